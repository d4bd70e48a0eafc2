/** The index file when it is damaged, foreign, of another version, unwritable, or when the disk is full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { schemaVersion } from '../../../src/index/store/schema.ts';
import { Store } from '../../../src/index/store/store.ts';
import { openedIndex, run } from '../../support/repository-index.ts';
import { gitRepository, temporaryFolder } from '../../support/temporary-repository.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof LongsightError && error.userError.code === code;

/** A closed index with some content, and how to open it again. */
async function closedIndex(t: TestContext): Promise<{ root: string; home: string; file: string }> {
  const files = Object.fromEntries(
    Array.from({ length: 80 }, (_, i) => [
      `f${i}.py`,
      `def function_${i}():\n${'    print("some text")\n'.repeat(30)}`,
    ]),
  );
  const root = gitRepository(t, files);
  const home = temporaryFolder(t);
  const index = openedIndex(t, root, home);
  await run(index);
  index.dispose();
  return { root, home, file: index.file };
}

test('a file of garbage is moved aside, kept, and the index is made again with a notice', async (t) => {
  const { root, home, file } = await closedIndex(t);
  writeFileSync(file, 'this is no database, but it is long enough to be looked at '.repeat(100));
  const index = openedIndex(t, root, home);
  assert.match(index.notice ?? '', /damaged/);
  assert.match(readFileSync(`${file}.damaged-1`, 'utf8'), /^this is no database/);
  assert.equal((await run(index)).indexed, 80);
});

test('a truncated file is moved aside', async (t) => {
  const { root, home, file } = await closedIndex(t);
  truncateSync(file, 8192);
  const index = openedIndex(t, root, home);
  assert.equal((await run(index)).files, 80);
  assert.ok(readdirSync(path.dirname(file)).some((name) => name.includes('damaged')));
  assert.match(index.notice ?? '', /damaged/);
  assert.equal(index.reader.definitions('function_79').length, 1);
});

test('damage that shows only in the middle of a run is repaired in that run', async (t) => {
  const { root, home, file } = await closedIndex(t);
  const handle = openSync(file, 'r+');
  for (let page = 2; page < 40; page++) writeSync(handle, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096);
  closeSync(handle);
  const index = openedIndex(t, root, home);
  const report = await run(index, { rebuild: true });
  assert.equal(report.files, 80);
  assert.equal(index.reader.files().length, 80);
});

test("another program's database is never touched", async (t) => {
  const { root, home, file } = await closedIndex(t);
  rmSync(file);
  const foreign = new DatabaseSync(file);
  foreign.exec("CREATE TABLE theirs(x); INSERT INTO theirs VALUES('precious'); PRAGMA user_version = 7");
  foreign.close();
  assert.throws(() => openedIndex(t, root, home), hasCode('LS5004'));
  const again = new DatabaseSync(file);
  assert.equal(again.prepare('SELECT x FROM theirs').get()?.['x'], 'precious');
  again.close();
});

test('an index of another version is made again; vectors and documents stay', async (t) => {
  const { root, home, file } = await closedIndex(t);
  const store = new Store(file);
  store.putVectors([{ key: 'k', vector: Float32Array.of(0.25, -1) }]);
  store.putDocument('summary', 'h', 'text');
  store.dispose();
  const raw = new DatabaseSync(file);
  raw.exec(`PRAGMA user_version = ${schemaVersion - 1}; DROP TABLE symbol; CREATE TABLE symbol(other)`);
  raw.close();
  const index = openedIndex(t, root, home);
  assert.equal(index.reader.files().length, 0);
  assert.deepEqual(index.reader.vector('k'), Float32Array.of(0.25, -1));
  assert.equal(index.documents.get('summary', 'h'), 'text');
  assert.equal((await run(index)).indexed, 80);
});

test('a home that cannot be written, or is a file, is LS5001', (t) => {
  const root = gitRepository(t, { 'a.ts': 'a' });
  const file = path.join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => openedIndex(t, root, file), hasCode('LS5001'));
  assert.throws(
    () => openedIndex(t, root, '/proc/longsight'),
    (error) => hasCode('LS5001')(error) || process.platform !== 'linux',
  );
});

test('a read-only folder is LS5001', { skip: process.getuid?.() === 0 ? 'root may write anywhere' : false }, (t) => {
  const root = gitRepository(t, { 'a.ts': 'a' });
  const home = temporaryFolder(t);
  chmodSync(home, 0o500);
  assert.throws(() => openedIndex(t, root, home), hasCode('LS5001'));
});

test('a full disk is LS5002, and what was indexed before is kept', async (t) => {
  const home = temporaryFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=700k', 'tmpfs', home], { stdio: 'ignore' });
  } catch {
    t.skip('this user may not mount a small file system');
    return;
  }
  try {
    const root = gitRepository(
      t,
      Object.fromEntries(
        Array.from({ length: 200 }, (_, i) => [
          `f${i}.py`,
          `def function_${i}():\n${`    print("text number ${i}")\n`.repeat(100)}`,
        ]),
      ),
    );
    const index = openedIndex(t, root, home);
    await assert.rejects(run(index), hasCode('LS5002'));
    const kept = index.reader.files().length;
    assert.ok(kept > 0 && kept < 200, `${kept} files are kept`);
    assert.ok(index.reader.chunksOf(index.reader.files()[0]?.path ?? '').length > 0);
    await assert.rejects(run(index), hasCode('LS5002'));
    assert.ok(index.reader.files().length >= kept);
    index.dispose();
  } finally {
    execFileSync('umount', ['--lazy', home]);
  }
});

test('two processes may open a new index at the same moment', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'export const a = 1;\n' });
  const home = temporaryFolder(t);
  const first = openedIndex(t, root, home);
  const second = openedIndex(t, root, home);
  const told: string[] = [];
  second.reader.files();
  second.reader.onDidChange((paths) => told.push(...paths));
  await run(first);
  assert.equal(second.reader.definitions('a').length, 1);
  assert.deepEqual(
    second.reader.files().map((file) => file.path),
    ['a.ts'],
  );
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(told, ['a.ts'], 'a change by another process is told too');
});

test('unused content goes after thirty days, and never what a path still has', async (t) => {
  const { root, home, file } = await closedIndex(t);
  for (let i = 0; i < 40; i++) rmSync(path.join(root, `f${i}.py`));
  const index = openedIndex(t, root, home);
  await run(index);
  index.dispose();
  const store = new Store(file);
  t.after(() => store.dispose());
  assert.equal(store.collectUnused(), 0);
  assert.equal(store.collectUnused(Date.now() + 31 * 86_400_000), 40);
  assert.equal(store.rows().size, 40);
  const raw = new DatabaseSync(file);
  assert.equal(raw.prepare('SELECT count(*) n FROM symbol WHERE blob NOT IN (SELECT id FROM blob)').get()?.['n'], 0);
  raw.close();
});
