/** What a saved file costs: one look at the files, which is three calls of Git, and no more when everything has settled. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { silentLogger } from '../../../src/base/logging.ts';
import { createEngine } from '../../../src/engine/engine.ts';
import { protocolVersion } from '../../../src/protocol/engine.ts';
import { gitRepository, temporaryFolder } from '../../support/temporary-repository.ts';

const callsOfOneScan = 3;
/** Longer than the engine waits for changes to settle, milliseconds. */
const settled = 4000;

test('one save costs one scan', { skip: process.platform === 'win32' }, async (t) => {
  const root = gitRepository(t, { 'a.ts': 'export const a = 1;\n', 'b.ts': 'export const b = 1;\n' });
  const bin = temporaryFolder(t);
  const calls = path.join(bin, 'calls');
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho "$*" >> '${calls}'\nexec '${git}' "$@"\n`, { mode: 0o755 });
  writeFileSync(calls, '');
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = `${bin}${path.delimiter}${before}`;
  const settings = { model: null, threads: null, embeddings: true, offline: true };
  const engine = await createEngine(
    { protocolVersion, repository: root, home: temporaryFolder(t), settings, watchesFiles: true },
    silentLogger,
  );
  t.after(async () => {
    process.env['PATH'] = before;
    await engine.dispose();
  });
  const count = (): number => readFileSync(calls, 'utf8').split('\n').length - 1;
  engine.startInBackground();
  while ((await engine.status()).index.indexed < 2 || (await engine.status()).index.state !== 'idle')
    await setTimeout(50);
  await setTimeout(200);
  assert.equal(count(), callsOfOneScan, 'the first pass');
  const file = path.join(root, 'a.ts');
  appendFileSync(file, 'export const more = 2;\n');
  // The editor tells of a save and its watcher of the change.
  await Promise.all([engine.filesChanged([file]), engine.filesChanged([file])]);
  await setTimeout(settled);
  assert.equal(count(), 2 * callsOfOneScan);
  assert.equal((await engine.search({ query: 'more' }, new AbortController().signal)).results[0]?.path, 'a.ts');
});
