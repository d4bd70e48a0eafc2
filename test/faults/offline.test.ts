/** LONGSIGHT_OFFLINE=1: no command opens a socket, looks up a name or starts a program that might. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import { longsight } from '../support/command-line.ts';
import { smallRepository, temporaryFolder } from '../support/small-repository.ts';

const hook = pathToFileURL(path.resolve(import.meta.dirname, '../support/deny-network.mjs')).href;

describe('offline', () => {
  it('no command tries to reach another machine', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    const log = path.join(home, 'denied.log');
    const env = { NODE_OPTIONS: `--import=${hook}`, DENIED_LOG: log };
    for (const args of [
      ['ask', 'How is the shortest route found?'],
      ['search', 'route'],
      ['explain', 'src/router.py:12'],
      ['summarize'],
      ['index', '--rebuild'],
      ['status'],
      ['why', 'src/router.py'],
      ['models', 'list'],
    ]) {
      const run = await longsight(args, { cwd, home, env });
      assert.equal(run.code, 0, `${args.join(' ')}: ${run.stderr}`);
    }
    for (const id of ['smollm2-135m-instruct-q4_1', 'all-minilm-l6-v2', 'qwen3-1.7b-q4_k_m']) {
      const run = await longsight(['models', 'get', id], { cwd, home, env });
      assert.equal(run.code, 1);
      assert.match(run.stderr, /^LS2007: /m);
    }
    assert.equal(existsSync(log) ? readFileSync(log, 'utf8') : '', '');
  });

  it('the hook that watches for it does see an attempt', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    const log = path.join(home, 'denied.log');
    const env = { NODE_OPTIONS: `--import=${hook}`, DENIED_LOG: log, LONGSIGHT_OFFLINE: '' };
    await longsight(['models', 'get', 'smollm2-135m-instruct-q4_1'], { cwd, home, env });
    assert.notEqual(readFileSync(log, 'utf8'), '');
  });
});
