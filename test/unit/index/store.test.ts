/** The index file when it is damaged, foreign, of another version, unwritable, or when the disk is full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { schemaVersion } from '../../../src/index/store/schema.ts';
import type { RepositoryIndex } from '../../../src/index/open-index.ts';
import { Store } from '../../../src/index/store/store.ts';
import { openedIndex, run } from '../../support/repository-index.ts';
import { gitRepository, temporaryFolder } from '../../support/temporary-repository.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof LongsightError && error.userError.code === code;

/** A closed index with some content, and how to open it again. */
async function closedIndex(t: TestContext, count = 80): Promise<{ root: string; home: string; file: string }> {
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
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
  assert.match(index.notice?.say ?? '', /damaged/);
  assert.match(readFileSync(`${file}.damaged`, 'utf8'), /^this is no database/);
  assert.equal((await run(index)).indexed, 80);
});

test('a truncated file is moved aside', async (t) => {
  const { root, home, file } = await closedIndex(t);
  truncateSync(file, 8192);
  const index = openedIndex(t, root, home);
  assert.equal((await run(index)).files, 80);
  assert.ok(readdirSync(path.dirname(file)).some((name) => name.includes('damaged')));
  assert.match(index.notice?.say ?? '', /damaged/);
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

test('a file that was cut off within its first page is ours and is built again', async (t) => {
  for (const bytes of [50, 99, 300]) {
    const { root, home, file } = await closedIndex(t, 3);
    truncateSync(file, bytes);
    const index = openedIndex(t, root, home);
    assert.match(index.notice?.say ?? '', /damaged/, `${bytes} bytes`);
    assert.equal((await run(index)).indexed, 3);
  }
});

test('only the last damaged file is kept', async (t) => {
  const { root, home, file } = await closedIndex(t, 3);
  for (let i = 0; i < 3; i++) {
    writeFileSync(file, `damage number ${i} `.repeat(100));
    openedIndex(t, root, home).dispose();
  }
  assert.deepEqual(
    readdirSync(path.dirname(file)).filter((name) => name.includes('damaged')),
    [`${path.basename(file)}.damaged`],
  );
  assert.match(readFileSync(`${file}.damaged`, 'utf8'), /^damage number 2/);
});

const nonsense: readonly (readonly [what: string, sql: string, ask: (index: RepositoryIndex) => unknown])[] = [
  ['a text', "UPDATE blob SET text = replace(text, 'print', 'prinz')", ({ reader }) => reader.chunksOf('f0.py')],
  ['chunks', 'UPDATE blob SET chunks = zeroblob(32)', ({ reader }) => reader.chunksOf('f0.py')],
  ['a type', 'UPDATE blob SET chunks = 7', ({ reader }) => reader.chunksOf('f0.py')],
  ['terms', 'UPDATE blob SET terms = randomblob(length(terms))', ({ reader }) => reader.terms('f0.py')],
  ['symbols', "UPDATE symbol SET name = 'other'", ({ reader }) => reader.symbolsOf('f0.py')],
  ['a vector', 'UPDATE vector SET vector = randomblob(8)', ({ reader }) => reader.vector('k')],
];
for (const [what, sql, ask] of nonsense)
  test(`nonsense inside whole pages is noticed and the index built again: ${what}`, async (t) => {
    const { root, home, file } = await closedIndex(t, 3);
    const store = new Store(file);
    store.putVectors([{ key: 'k', vector: Float32Array.of(0.25, -1) }]);
    store.dispose();
    const raw = new DatabaseSync(file);
    raw.exec(sql);
    raw.close();
    const index = openedIndex(t, root, home);
    assert.equal(index.isDamaged, false);
    assert.throws(() => ask(index), hasCode('LS5003'));
    assert.equal(index.isDamaged, true);
    assert.equal((await index.indexer.mend()).indexed, 3);
    assert.equal(index.isDamaged, false);
    assert.ok(index.reader.chunksOf('f0.py').every(({ text }) => !text.includes('prinz')));
    assert.equal(index.reader.symbolsOf('f0.py')[0]?.name, 'function_0');
  });

test('content whose analysis was given up is tried again, but not for ever', async (t) => {
  const { root, home, file } = await closedIndex(t, 3);
  const giveUp = (attempts: number): void => {
    const raw = new DatabaseSync(file);
    raw.exec(`UPDATE blob SET failure = 'the time ran out', attempts = ${attempts}; DELETE FROM symbol`);
    raw.exec('UPDATE blob SET symbols_sum = 0');
    raw.close();
  };
  for (const attempts of [1, 2]) {
    giveUp(attempts);
    const index = openedIndex(t, root, home);
    assert.equal(index.indexer.status().failed.length, 3);
    const report = await run(index);
    assert.deepEqual(report.failed, []);
    assert.equal(index.reader.definitions('function_0').length, 1);
    index.dispose();
  }
  for (const attempts of [0, 3]) {
    giveUp(attempts);
    const index = openedIndex(t, root, home);
    const report = await run(index);
    assert.equal(report.failed.length, 3, 'the reason is the content itself');
    assert.equal(report.read, 0);
    index.dispose();
  }
});

test('content that two files share is analysed again for both at once', async (t) => {
  const { root, home, file } = await closedIndex(t, 3);
  for (const name of ['twin.py', 'other_twin.py']) copyFileSync(path.join(root, 'f0.py'), path.join(root, name));
  const first = openedIndex(t, root, home);
  await run(first);
  first.dispose();
  const raw = new DatabaseSync(file);
  raw.exec(`UPDATE blob SET failure = 'the time ran out', attempts = 1`);
  raw.close();
  const index = openedIndex(t, root, home);
  assert.deepEqual((await run(index)).failed, []);
  assert.equal(index.isDamaged, false);
  assert.deepEqual(
    index.reader
      .definitions('function_0')
      .map((one) => one.path)
      .toSorted(),
    ['f0.py', 'other_twin.py', 'twin.py'],
  );
});

test('a database that is deleted or replaced under a running engine is noticed and made again', async (t) => {
  const { root, home, file } = await closedIndex(t, 3);
  const index = openedIndex(t, root, home);
  let replaced = 0;
  index.onDidReplace(() => (replaced += 1));
  assert.equal((await run(index)).indexed, 0);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  assert.equal((await run(index)).indexed, 3);
  assert.equal(replaced, 1);
  assert.equal(index.reader.files().length, 3);
  index.dispose();
  const other = new DatabaseSync(file, { readOnly: true });
  assert.equal(other.prepare('SELECT count(*) n FROM file').get()?.['n'], 3, 'what was written is in the file on disk');
  other.close();
});

test('two versions share a home: each has its file, vectors and documents are taken over, old files go', async (t) => {
  const { root, home, file } = await closedIndex(t, 3);
  const store = new Store(file);
  store.putVectors([{ key: 'k', vector: Float32Array.of(0.25, -1) }]);
  store.putDocument('summary', 'h', 'text');
  store.dispose();
  const folder = path.dirname(file);
  const older = path.join(folder, 'index.db');
  renameSync(file, older);
  const old = (name: string, days: number): string => {
    const other = path.join(folder, name);
    writeFileSync(other, 'an index of another version');
    const time = new Date(Date.now() - days * 86_400_000);
    utimesSync(other, time, time);
    return other;
  };
  const raw = new DatabaseSync(older);
  raw.exec("INSERT INTO vector(key, sum, vector) VALUES('damaged', 1, x'00000000')");
  raw.close();
  const before = readFileSync(older);
  const kept = old('index-1001.db', 29);
  const gone = [old('index-1002.db', 40), old('index-1003.db', 30.5)];
  const others = ['notes.txt', 'index-1.db.damaged'].map((name) => old(name, 400));
  const index = openedIndex(t, root, home);
  assert.deepEqual(index.reader.vector('k'), Float32Array.of(0.25, -1));
  assert.equal(index.reader.vector('damaged'), undefined);
  assert.equal(index.documents.get('summary', 'h'), 'text');
  assert.equal(index.reader.files().length, 0);
  assert.equal((await run(index)).indexed, 3);
  assert.deepEqual(readFileSync(older), before, 'the other version finds its index as it left it');
  assert.deepEqual([kept, ...gone, ...others].map(existsSync), [true, false, false, true, true]);
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

/** Runs work with a small file system of its own mounted on the folder; skips where this user may not mount one. */
async function onSmallDisk(t: TestContext, folder: string, size: string, work: () => Promise<void>): Promise<void> {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    t.skip('this user may not mount a small file system');
    return;
  }
  try {
    await work();
  } finally {
    execFileSync('umount', ['--lazy', folder]);
  }
}

test('a full disk is LS5002, and what was indexed before is kept', async (t) => {
  const home = temporaryFolder(t);
  await onSmallDisk(t, home, '700k', async () => {
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
  });
});

test('a whole index is searched on a read-only disk, and what cannot be written is LS5001', async (t) => {
  const home = temporaryFolder(t);
  await onSmallDisk(t, home, '8m', async () => {
    const root = gitRepository(t, { 'a.py': 'def alpha():\n    return 1\n' });
    const first = openedIndex(t, root, home);
    await run(first);
    first.dispose();
    execFileSync('mount', ['-o', 'remount,ro', home]);
    const index = openedIndex(t, root, home);
    assert.equal(index.reader.definitions('alpha')[0]?.path, 'a.py');
    assert.equal(index.reader.chunksOf('a.py').length, 1);
    assert.equal(index.reader.phrase('return', 5).length, 1);
    index.reader.putVectors([{ key: 'k', vector: Float32Array.of(1) }]);
    await assert.rejects(run(index), hasCode('LS5001'));
    index.dispose();
  });
});

test('a whole index is searched on a full disk, and what cannot be written is LS5002', async (t) => {
  const home = temporaryFolder(t);
  await onSmallDisk(t, home, '8m', async () => {
    const root = gitRepository(t, { 'a.py': 'def alpha():\n    return 1\n' });
    const first = openedIndex(t, root, home);
    await run(first);
    first.dispose();
    const rest = openSync(path.join(home, 'rest'), 'w');
    const piece = Buffer.alloc(4096, 1);
    assert.throws(() => {
      for (;;) writeSync(rest, piece);
    }, /ENOSPC/);
    closeSync(rest);
    const index = openedIndex(t, root, home);
    assert.equal(index.reader.definitions('alpha')[0]?.path, 'a.py');
    assert.equal(index.reader.chunksOf('a.py').length, 1);
    index.reader.putVectors([{ key: 'k', vector: new Float32Array(100_000) }]);
    writeFileSync(path.join(root, 'b.py'), `def beta():\n${'    return "some longer text"\n'.repeat(2000)}`);
    await assert.rejects(run(index), hasCode('LS5002'));
    assert.equal(index.reader.chunksOf('a.py').length, 1);
    index.dispose();
  });
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
