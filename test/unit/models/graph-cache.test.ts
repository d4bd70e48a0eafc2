/** The cache of graphs keeps to its limit: the least recently used go first, and never what a process has open. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../src/base/logging.ts';
import { type OpenGraphs, openGraphs } from '../../../src/models/graph-cache/graph-cache.ts';

const megabyte = 1e6;

describe('cache of graphs', () => {
  let home = '';
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'longsight-graph-cache-'));
    process.env.LONGSIGHT_GRAPHS_GB = '0.0035';
  });
  afterEach(async () => {
    delete process.env.LONGSIGHT_GRAPHS_GB;
    await rm(home, { recursive: true, force: true });
  });

  /** "Builds" a megabyte out of a file of that name. */
  async function open(name: string, minutesAgo?: number): Promise<OpenGraphs> {
    const source = path.join(home, name);
    await writeFile(source, `the weights of ${name}`);
    const opened = await openGraphs({
      home,
      builderVersion: 1,
      sources: [source],
      expectedBytes: megabyte,
      build: async (folder) => {
        await writeFile(path.join(folder, 'weights.bin'), new Uint8Array(megabyte));
        await writeFile(path.join(folder, 'weights.json'), '{}');
        return megabyte;
      },
      logger: silentLogger,
    });
    if (minutesAgo !== undefined) {
      const then = new Date(Date.now() - minutesAgo * 60_000);
      await utimes(path.join(opened.folder, 'model.json'), then, then);
      opened.dispose();
    }
    return opened;
  }
  const isThere = ({ folder }: OpenGraphs): Promise<boolean> =>
    access(folder).then(
      () => true,
      () => false,
    );

  it('drops what was not used for longest', async () => {
    const [old, middle, recent] = [await open('old', 50), await open('middle', 40), await open('recent', 30)];
    await open('fourth', 20);
    assert.deepEqual(await Promise.all([old, middle, recent].map(isThere)), [false, true, true]);
    // To be opened is to be used.
    assert.equal((await open('middle', 1)).folder, middle.folder);
    await open('fifth', 0);
    assert.deepEqual(await Promise.all([old, middle, recent].map(isThere)), [false, true, false]);
  });

  it('never drops what is in use, here or in another process', async () => {
    const here = await open('here');
    const there = await open('there', 30);
    const holder = fork(fileURLToPath(new URL('../../support/hold-graphs.ts', import.meta.url)), [there.folder]);
    try {
      await once(holder, 'message');
      await open('third', 20);
      await open('fourth', 10);
      await open('fifth', 5);
      assert.deepEqual(await Promise.all([here, there].map(isThere)), [true, true]);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    here.dispose();
    await open('here', 60);
    await open('sixth', 0);
    await open('seventh', 0);
    assert.deepEqual(await Promise.all([here, there].map(isThere)), [false, false], 'a dead process holds nothing');
  });

  it('keeps a model that is larger than the limit, alone, and refuses a limit that is none', async () => {
    process.env.LONGSIGHT_GRAPHS_GB = '0';
    const first = await open('first', 10);
    const second = await open('second');
    assert.deepEqual(await Promise.all([first, second].map(isThere)), [false, true]);
    process.env.LONGSIGHT_GRAPHS_GB = 'much';
    await assert.rejects(open('third'), /LS1002: .*LONGSIGHT_GRAPHS_GB is "much"/);
    assert.deepEqual(
      (await readdir(path.join(home, 'graphs'))).filter((name) => !name.startsWith('build.lock')),
      [path.basename(second.folder)],
    );
    second.dispose();
  });

  it('does not take graphs of a file that changed while they were built', async () => {
    const source = path.join(home, 'changing');
    await writeFile(source, 'before');
    await assert.rejects(
      openGraphs({
        home,
        builderVersion: 1,
        sources: [source],
        expectedBytes: 10,
        build: async (folder) => {
          await writeFile(path.join(folder, 'weights.bin'), 'ten bytes.');
          await writeFile(path.join(folder, 'weights.json'), '{}');
          await writeFile(source, 'meanwhile');
          return 10;
        },
        logger: silentLogger,
      }),
      /LS2302: .*changed/,
    );
  });
});
