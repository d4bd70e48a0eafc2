/** The index kept true: what is read and analysed when nothing, something or everything changed, and what survives what. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import type { Embedder } from '../../../src/runtime/embedding/embedder.ts';
import { CardVectors } from '../../../src/search/features/cards.ts';
import { parseQuery } from '../../../src/search/query.ts';
import { RepositoryWatcher } from '../../../src/repository/watcher.ts';
import { indexFileName } from '../../../src/index/store/schema.ts';
import { openedIndex, run, settle } from '../../support/repository-index.ts';
import { git, gitRepository, temporaryFolder, writeFiles } from '../../support/temporary-repository.ts';

const files = {
  'src/router.ts': '/** Routes. */\nexport class Router {\n  add(path: string): void {}\n}\n',
  'src/util.py': 'import os\n\ndef helper():\n    """Helps."""\n    return os.name\n',
  'docs/guide.md': '# Guide\n\nHow to add a route.\n',
  'data.bin': new Uint8Array([0, 1, 2, 3]),
};

test('files become chunks, symbols, imports, terms and phrases that the reader gives back', async (t) => {
  const index = openedIndex(t, gitRepository(t, files), temporaryFolder(t));
  const report = await run(index);
  assert.equal(report.files, 3);
  assert.equal(report.indexed, 3);
  assert.equal(report.read, 4);
  assert.deepEqual(report.skipped, { binary: 1 });
  assert.deepEqual(report.failed, []);
  const { reader } = index;
  assert.deepEqual(
    reader.files().map((file) => `${file.path} ${file.language} ${file.lines}`),
    ['docs/guide.md markdown 3', 'src/router.ts typescript 4', 'src/util.py python 5'],
  );
  const [chunk] = reader.chunksOf('src/router.ts');
  assert.ok(chunk);
  assert.equal(chunk.text, files['src/router.ts']);
  assert.deepEqual(
    chunk.symbols.map((s) => s.name),
    ['Router', 'add'],
  );
  assert.deepEqual(reader.chunk(chunk.id), chunk);
  assert.equal(chunk.id, `${reader.file('src/router.ts')?.contentHash.slice(0, 16)}:0`);
  assert.deepEqual(
    reader.definitions('helper').map((s) => [s.path, s.documentation, s.startLine]),
    [['src/util.py', 'Helps.', 3]],
  );
  assert.deepEqual(reader.importsOf('src/util.py'), [{ specifier: 'os', line: 1 }]);
  assert.ok((reader.terms('src/util.py')?.length ?? 0) > 0);
  assert.deepEqual(reader.phrase('add a route', 10), [reader.chunksOf('docs/guide.md')[0]?.id]);
  assert.deepEqual(reader.phrase('route a add', 10), []);
  assert.deepEqual(reader.phrase('" OR "', 10), reader.phrase('or', 10));
  assert.deepEqual(
    reader.symbolsLike('Rou', 5).map((s) => s.name),
    ['Router'],
  );
  for (const id of ['', 'x', '0123456789abcdef:0', `${chunk.id}9`, "'; DROP TABLE file; --"])
    assert.equal(reader.chunk(id), undefined);
  assert.deepEqual(reader.chunksOf('absent'), []);
});

test('a second run reads nothing, one edit reads one file, a touch reads but analyses nothing', async (t) => {
  const root = gitRepository(t, files);
  const home = temporaryFolder(t);
  const index = openedIndex(t, root, home);
  await settle(index);
  const second = await run(index);
  assert.deepEqual([second.read, second.bytes, second.indexed, second.unchanged], [0, 0, 0, 3]);
  assert.equal(second.chunks, 3);

  const again = openedIndex(t, root, home);
  assert.equal((await run(again)).read, 0, 'another process reads nothing either');

  writeFileSync(path.join(root, 'src/util.py'), 'def other():\n    pass\n');
  const edited = await run(index);
  assert.deepEqual([edited.read, edited.indexed], [1, 1]);
  assert.deepEqual(index.reader.definitions('helper'), []);
  assert.equal(index.reader.definitions('other').length, 1);

  const later = new Date(Date.now() - 60_000);
  utimesSync(path.join(root, 'src/router.ts'), later, later);
  await settle(index);
  const touched = await run(index);
  assert.deepEqual([touched.read, touched.indexed], [0, 0]);
});

test('an edit in the same instant with the same size is seen', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'const a = 1;\n' });
  const index = openedIndex(t, root, temporaryFolder(t));
  const file = path.join(root, 'a.ts');
  writeFileSync(file, 'const a = 2;\n');
  await run(index);
  const { atime, mtime } = statSync(file);
  writeFileSync(file, 'const b = 3;\n');
  utimesSync(file, atime, mtime);
  await run(index);
  assert.equal(index.reader.definitions('b').length, 1);
});

test('switching a branch analyses only content that was not seen; switching back analyses nothing', async (t) => {
  const root = gitRepository(t, files);
  git(root, 'switch', '--quiet', '--create', 'feature');
  writeFiles(root, { 'src/new.ts': 'export const fresh = 1;\n', 'src/router.ts': 'export class Other {}\n' });
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'feature');
  git(root, 'switch', '--quiet', '-');
  const index = openedIndex(t, root, temporaryFolder(t));
  await settle(index);
  git(root, 'switch', '--quiet', 'feature');
  const there = await run(index);
  assert.equal(there.indexed, 2);
  assert.equal(index.reader.definitions('Other').length, 1);
  const blobs = (): number => Number(new DatabaseSync(index.file).prepare('SELECT count(*) n FROM blob').get()?.['n']);
  const before = blobs();
  git(root, 'switch', '--quiet', '-');
  await run(index);
  assert.equal(blobs(), before, 'nothing was analysed');
  assert.equal(index.reader.definitions('Router').length, 1);
  assert.deepEqual(index.reader.definitions('Other'), []);
  assert.equal(index.reader.file('src/new.ts'), undefined);
  assert.deepEqual(index.reader.phrase('class Other', 5), [], 'unused content is found by nobody');
});

test('two paths with one content share it, and a renamed file is not analysed again', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'export const x = 1;\n', 'b.ts': 'export const x = 1;\n' });
  const index = openedIndex(t, root, temporaryFolder(t));
  await settle(index);
  assert.deepEqual(
    index.reader.definitions('x').map((s) => s.path),
    ['a.ts', 'b.ts'],
  );
  assert.equal(index.reader.chunk(index.reader.chunksOf('b.ts')[0]?.id ?? '')?.path, 'a.ts');
  renameSync(path.join(root, 'b.ts'), path.join(root, 'c.ts'));
  rmSync(path.join(root, 'a.ts'));
  await run(index);
  assert.deepEqual(
    index.reader.files().map((file) => file.path),
    ['c.ts'],
  );
  assert.equal(index.reader.chunk(index.reader.chunksOf('c.ts')[0]?.id ?? '')?.path, 'c.ts');
});

test('changed paths that a door tells of are brought up to date, with folders, removals and ignored files', async (t) => {
  const root = gitRepository(t, { ...files, '.gitignore': 'tmp/\n' });
  const index = openedIndex(t, root, temporaryFolder(t));
  await run(index);
  const told: string[] = [];
  index.reader.onDidChange((paths) => told.push(...paths));
  writeFiles(root, { 'lib/deep/new.go': 'package deep\n\nfunc New() {}\n', 'tmp/x.ts': 'const ignored = 1;\n' });
  await index.indexer.filesChanged([path.join(root, 'lib'), path.join(root, 'tmp/x.ts'), '/elsewhere/y.ts']);
  assert.equal(index.reader.definitions('New').length, 1);
  assert.deepEqual(index.reader.definitions('ignored'), []);
  assert.deepEqual(told, ['lib/deep/new.go']);
  rmSync(path.join(root, 'lib'), { recursive: true });
  rmSync(path.join(root, 'src/util.py'));
  await index.indexer.filesChanged([path.join(root, 'lib'), path.join(root, 'src/util.py')]);
  assert.deepEqual(
    index.reader.files().map((file) => file.path),
    ['.gitignore', 'docs/guide.md', 'src/router.ts'],
  );
  writeFileSync(path.join(root, '.gitignore'), 'docs/\n');
  await index.indexer.filesChanged([path.join(root, '.gitignore')]);
  assert.equal(index.reader.file('docs/guide.md'), index.reader.file('docs/guide.md'));
  assert.equal(index.reader.file('tmp/x.ts')?.path, 'tmp/x.ts', 'a changed rule is followed by a look at everything');
});

test('watching by itself sees new folders, edits and removals', { timeout: 30_000 }, async (t) => {
  const root = gitRepository(t, files);
  const index = openedIndex(t, root, temporaryFolder(t));
  await run(index);
  const watcher = new RepositoryWatcher({
    root,
    logger: silentLogger,
    onChange: (paths) => void index.indexer.filesChanged(paths),
  });
  t.after(() => {
    watcher.dispose();
  });
  const follow = (): void => {
    watcher.follow(index.reader.files().map((file) => file.path));
  };
  follow();
  index.reader.onDidChange(follow);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await setTimeout(20);
  };
  mkdirSync(path.join(root, 'fresh/inner'), { recursive: true });
  await setTimeout(300);
  writeFileSync(path.join(root, 'fresh/inner/a.ts'), 'export const seen = 1;\n');
  await until(() => index.reader.definitions('seen').length === 1);
  writeFileSync(path.join(root, 'src/util.py'), 'def edited(): pass\n');
  await until(() => index.reader.definitions('edited').length === 1);
  rmSync(path.join(root, 'fresh'), { recursive: true });
  await until(() => index.reader.definitions('seen').length === 0);
});

test('not a Git repository, empty folders and awkward files are no failure', async (t) => {
  const empty = openedIndex(t, temporaryFolder(t), temporaryFolder(t));
  assert.deepEqual([(await run(empty)).files, empty.reader.files().length], [0, 0]);
  assert.deepEqual([(await run(openedIndex(t, gitRepository(t, {}), temporaryFolder(t)))).files], [0]);

  const root = temporaryFolder(t);
  writeFiles(root, {
    'ok.ts': 'const a = 1;\n',
    'empty.ts': '',
    'brackets.js': `${'[\n'.repeat(200_000)}${']\n'.repeat(200_000)}`,
    'latin.txt': Buffer.from('caf\xe9\n', 'latin1'),
  });
  writeFileSync(path.join(root, 'fifty.txt'), 'x'.repeat(50_000_000));
  symlinkSync('absent', path.join(root, 'broken.ts'));
  const index = openedIndex(t, root, temporaryFolder(t));
  const report = await run(index);
  assert.deepEqual(
    index.reader.files().map((file) => file.path),
    ['brackets.js', 'empty.ts', 'latin.txt', 'ok.ts'],
  );
  assert.deepEqual(report.skipped, { 'too-large': 1, 'not-a-file': 1 });
  assert.deepEqual(index.skippedFiles('too-large'), ['fifty.txt']);
  assert.equal(index.reader.chunksOf('latin.txt')[0]?.text, 'café\n');
  assert.match(english.words((await index.why('fifty.txt')).explanation), /50,000,000 bytes/);
  assert.equal((await index.why(path.join(root, 'ok.ts'))).indexed, true);
});

test('a file that vanishes between the listing and the read is left out quietly', async (t) => {
  const root = gitRepository(
    t,
    Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.ts`, `export const v${i} = ${i};\n`])),
  );
  const index = openedIndex(t, root, temporaryFolder(t));
  const running = index.indexer.run({}, ({ message }) => {
    if (message.say === 'Indexing')
      for (let i = 0; i < 60; i += 2) rmSync(path.join(root, `f${i}.ts`), { force: true });
  });
  await running;
  await run(index);
  assert.equal(index.reader.files().length, 30);
});

test('a run is cancelled between files, keeps what was done, and goes on from there', async (t) => {
  const root = gitRepository(
    t,
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}.ts`, `export const v${i} = ${i};\n`])),
  );
  const index = openedIndex(t, root, temporaryFolder(t));
  const stop = new AbortController();
  await assert.rejects(
    index.indexer.run({}, ({ done }) => done > 0 && stop.abort(), stop.signal),
    CancelledError,
  );
  const done = index.reader.files().length;
  assert.ok(done > 0 && done < 300, `${done} files were done`);
  assert.equal(index.indexer.status().state, 'idle');
  const rest = await run(index);
  assert.equal(rest.indexed, 300 - done);
  await assert.rejects(run(index, {}, AbortSignal.abort()), CancelledError);
});

test('pausing holds the run, prioritised files come first', async (t) => {
  const root = gitRepository(
    t,
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}.ts`, `export const v${i} = ${i};\n`])),
  );
  const index = openedIndex(t, root, temporaryFolder(t));
  index.indexer.prioritise(['f77.ts']);
  index.indexer.pause(true);
  const running = run(index);
  while (index.indexer.status().state !== 'paused') await setTimeout(5);
  await setTimeout(50);
  assert.equal(index.reader.files().length, 0);
  const order: string[] = [];
  index.reader.onDidChange((paths) => order.push(...paths));
  index.indexer.pause(false);
  await running;
  assert.equal(order[0], 'f77.ts');
});

test('settings take effect with the next run: exclude, include of generated files', async (t) => {
  const root = gitRepository(t, {
    'a.ts': 'const a = 1;\n',
    'gen.ts': '// Code generated by x. DO NOT EDIT.\nexport const made = 1;\n',
  });
  const index = openedIndex(t, root, temporaryFolder(t));
  await settle(index);
  assert.equal((await index.why('gen.ts')).reason, 'generated');
  index.configure({ include: ['gen.ts'], exclude: ['a.ts'], maxFileSize: 1_000_000 });
  await run(index);
  assert.deepEqual(
    index.reader.files().map((file) => file.path),
    ['gen.ts'],
  );
  index.configure({ include: [], exclude: [], maxFileSize: 1_000_000 });
  await run(index);
  assert.deepEqual(
    index.reader.files().map((file) => file.path),
    ['a.ts'],
  );
});

test(
  'kill -9 at any time leaves a whole database, and the next run finishes the work',
  { timeout: 120_000 },
  async (t) => {
    const root = gitRepository(
      t,
      Object.fromEntries(
        Array.from({ length: 400 }, (_, i) => [
          `d${i % 7}/f${i}.py`,
          `def function_${i}():\n${'    print("some text to index")\n'.repeat(20)}`,
        ]),
      ),
    );
    const home = temporaryFolder(t);
    const child = path.join(import.meta.dirname, '../../support/index-in-child.ts');
    let interrupted = 0;
    for (let round = 0; round < 4; round++) {
      const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, root, home], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let told = 0;
      process_.stdout.on('data', () => {
        told += 1;
        if (told > round) process_.kill('SIGKILL');
      });
      const [, signal] = (await once(process_, 'exit')) as [number | null, string | null];
      if (signal === 'SIGKILL') interrupted += 1;
      const [folder = ''] = readdirSync(path.join(home, 'index'));
      const database = new DatabaseSync(path.join(home, 'index', folder, indexFileName));
      assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
      assert.equal(
        database.prepare('SELECT count(*) n FROM file WHERE blob NOT IN (SELECT id FROM blob)').get()?.['n'],
        0,
      );
      assert.equal(
        database
          .prepare(
            'SELECT count(*) n FROM blob WHERE symbol_count <> (SELECT count(*) FROM symbol WHERE blob = blob.id)',
          )
          .get()?.['n'],
        0,
        'no file is there by halves',
      );
      database.close();
    }
    assert.ok(interrupted > 0, 'at least one round was killed in the middle');
    const index = openedIndex(t, root, home);
    await run(index);
    assert.equal(index.reader.files().length, 400);
    assert.equal(index.reader.definitions('function_399').length, 1);
  },
);

test(
  'two processes index one repository at once: both end well, each file is analysed once',
  { timeout: 60_000 },
  async (t) => {
    const root = gitRepository(
      t,
      Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}.ts`, `export const v${i} = ${i};\n`])),
    );
    const home = temporaryFolder(t);
    const child = path.join(import.meta.dirname, '../../support/index-in-child.ts');
    const other = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, root, home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(other, 'exit');
    await once(other.stdout, 'data');
    const index = openedIndex(t, root, home);
    const messages = new Set<string>();
    const report = await index.indexer.run({}, ({ message }) => messages.add(message.say));
    assert.deepEqual(await ended, [0, null]);
    assert.ok(messages.has('Another process is indexing this repository'));
    assert.equal(report.indexed, 0);
    assert.equal(index.reader.files().length, 150, 'what the other process wrote is seen');
  },
);

/** Counts what it embeds; the vector tells the length of the text. */
function countingEmbedder(id = 'counting'): Embedder & { count: number } {
  const embedder = {
    id,
    dimensions: 2,
    maxTokens: 256,
    count: 0,
    fits: () => true,
    embed: (texts: readonly string[]) => {
      embedder.count += texts.length;
      return Promise.resolve(texts.map((text) => Float32Array.of(text.length, 1)));
    },
    dispose: () => Promise.resolve(),
  };
  return embedder;
}

test('cards are embedded once: nothing for an unchanged file, one for an edited one, all for another embedder', async (t) => {
  const root = gitRepository(t, files);
  const index = openedIndex(t, root, temporaryFolder(t));
  const embedder = countingEmbedder();
  assert.equal((await run(index, { embedder })).embedded, 3);
  assert.equal(index.indexer.status().embedded, 3);
  assert.equal((await run(index, { embedder })).embedded, 0);
  assert.equal(embedder.count, 3);
  writeFileSync(path.join(root, 'src/util.py'), 'def another_name():\n    pass\n');
  assert.equal((await run(index, { embedder })).embedded, 1);
  assert.equal(embedder.count, 4);
  assert.equal((await index.why('src/util.py')).embedded, true);
  assert.equal(
    (await run(index, { rebuild: true, embedder })).embedded,
    0,
    'a rebuild keeps vectors, they hang off the text',
  );
  assert.equal((await run(index, { embedder: countingEmbedder('other') })).embedded, 3);
});

test('the search finds the vectors of the embedding pass: it embeds the question and nothing else', async (t) => {
  const index = openedIndex(t, gitRepository(t, files), temporaryFolder(t));
  const embedder = countingEmbedder();
  await run(index, { embedder });
  const before = embedder.count;
  const paths = index.reader.files().map((file) => file.path);
  await new CardVectors(index.reader, embedder).cosines(
    parseQuery('how are routes added'),
    paths,
    new AbortController().signal,
  );
  assert.equal(embedder.count, before + 1);
});

test('an embedding pass that is cancelled keeps what it has', async (t) => {
  const root = gitRepository(
    t,
    Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}.ts`, `export const v${i} = ${i};\n`])),
  );
  const index = openedIndex(t, root, temporaryFolder(t));
  const stop = new AbortController();
  const embedder = countingEmbedder();
  await assert.rejects(
    index.indexer.run(
      { embedder },
      ({ message, done }) => message.say === 'Embedding' && done > 0 && stop.abort(),
      stop.signal,
    ),
    CancelledError,
  );
  const first = embedder.count;
  assert.ok(first > 0 && first < 64);
  assert.equal((await run(index, { embedder })).embedded, 64 - first);
});

test('clearing forgets everything and gives the space back', async (t) => {
  const root = gitRepository(t, files);
  const index = openedIndex(t, root, temporaryFolder(t));
  await run(index, { embedder: countingEmbedder() });
  index.documents.put('summary', 'hash', '{}');
  await index.clear();
  assert.deepEqual(
    [index.reader.files().length, index.documents.get('summary', 'hash'), index.reader.phrase('route', 5)],
    [0, undefined, []],
  );
  assert.equal((await run(index)).indexed, 3);
  assert.ok(existsSync(index.file));
});
