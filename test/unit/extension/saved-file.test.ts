/** What is kept over a reload: whole or not at all, and never overwritten when it cannot be read. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { SavedFile } from '../../../src/extension/saved-file.ts';

describe('SavedFile', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'longsight-saved-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const open = (name: string, problems: string[] = []): SavedFile<{ n: number }> =>
    new SavedFile(path.join(folder, name), z.object({ n: z.int() }), (problem) => problems.push(problem));

  it('gives null before anything was saved, and the last value after', async () => {
    const file = open('deep/a.json');
    assert.equal(await file.load(), null);
    file.save({ n: 1 });
    file.save({ n: 2 });
    await file.flush();
    assert.deepEqual(await open('deep/a.json').load(), { n: 2 });
    assert.deepEqual(await readdir(path.join(folder, 'deep')), ['a.json']);
  });

  for (const [name, text] of [
    ['torn.json', '{"n": 1'],
    ['other.json', '{"n": "x"}'],
  ] as const) {
    it(`sets ${name} aside and says so`, async () => {
      await writeFile(path.join(folder, name), text);
      const problems: string[] = [];
      assert.equal(await open(name, problems).load(), null);
      assert.equal(await readFile(path.join(folder, `${name}.damaged`), 'utf8'), text);
      assert.equal(problems.length, 1);
    });
  }

  it('says when it cannot write, and goes on', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const problems: string[] = [];
    const file = open('file/below.json', problems);
    file.save({ n: 1 });
    await file.flush();
    assert.equal(problems.length, 1);
  });
});
