/** Which files there are: real Git repositories and plain folders, with everything that makes listing hard. */
import { say } from '../../../src/base/sentences.ts';
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { changedSince } from '../../../src/repository/revisions.ts';
import { type Scan, type ScanSettings, scanRepository } from '../../../src/repository/scan.ts';
import { whyNotListed } from '../../../src/repository/why.ts';
import { git, gitRepository, temporaryFolder, writeFiles } from '../../support/temporary-repository.ts';

const settings: ScanSettings = { include: [], exclude: [], maxFileSize: 1_000_000 };

function scan(root: string, overrides: Partial<ScanSettings> = {}, only?: readonly string[]): Promise<Scan> {
  return scanRepository(
    root,
    { ...settings, ...overrides },
    { git: findRepository(root).git, logger: silentLogger, ...(only ? { only } : {}) },
  );
}

const pathsOf = (found: Scan): string[] => found.files.map((file) => file.path).sort();
const reasonOf = (found: Scan, file: string): string | undefined =>
  found.skipped.find((one) => one.path === file)?.reason;

test('Git: tracked and untracked files, without ignored ones; nested rules, negation and info/exclude count', async (t) => {
  const root = gitRepository(t, {
    '.gitignore': '*.log\nbuild/\n!keep.log\n',
    'src/a.ts': 'a',
    'src/.gitignore': 'secret*\n',
    'keep.log': 'kept',
  });
  writeFiles(root, {
    'new.ts': 'n',
    'x.log': 'x',
    'build/out.js': 'o',
    'src/secret.ts': 's',
    'src/fine.ts': 'f',
    'hidden.txt': 'h',
  });
  writeFileSync(path.join(root, '.git/info/exclude'), 'hidden.txt\n');
  const found = await scan(root);
  assert.equal(found.refusal, null);
  assert.deepEqual(pathsOf(found), ['.gitignore', 'keep.log', 'new.ts', 'src/.gitignore', 'src/a.ts', 'src/fine.ts']);
  for (const file of ['x.log', 'build/', 'src/secret.ts', 'hidden.txt'])
    assert.equal(reasonOf(found, file), 'ignored', file);
});

test('Git: deleted files are gone, names with newlines, quotes and other scripts are whole', async (t) => {
  const odd = ['with\nnewline.ts', 'quo"te.ts', 'tab\there.ts', 'ünï 日本.ts', '-dash.ts', ' space .ts', '*.ts'];
  const root = gitRepository(t, { ...Object.fromEntries(odd.map((name) => [name, name])), 'gone.ts': 'x' });
  rmSync(path.join(root, 'gone.ts'));
  assert.deepEqual(pathsOf(await scan(root)), [...odd].sort());
  assert.deepEqual(pathsOf(await scan(root, {}, ['*.ts', 'with\nnewline.ts'])), ['*.ts', 'with\nnewline.ts'].sort());
});

test('Git: submodules and untracked repositories inside are part of the repository', async (t) => {
  const inner = gitRepository(t, { 'lib.py': 'x = 1\n', '.gitignore': 'tmp\n' });
  const root = gitRepository(t, { 'main.py': 'import lib\n' });
  git(root, 'submodule', '--quiet', 'add', inner, 'vendor/inner');
  writeFiles(root, { 'vendor/inner/tmp': 'ignored there' });
  mkdirSync(path.join(root, 'clone'));
  git(path.join(root, 'clone'), 'init', '--quiet');
  writeFiles(root, { 'clone/more.py': 'y = 2\n' });
  const found = pathsOf(await scan(root));
  assert.deepEqual(found, [
    '.gitmodules',
    'clone/more.py',
    'main.py',
    'vendor/inner/.gitignore',
    'vendor/inner/lib.py',
  ]);
  const why = await whyNotListed(root, 'vendor/inner/tmp', settings, { git: true });
  assert.equal(why?.reason, 'ignored');
});

test('Git: links are not followed, neither as files nor as folders that the index names', async (t) => {
  const outside = temporaryFolder(t);
  writeFiles(outside, { 'secret.txt': 'secret' });
  const root = gitRepository(t, { 'a.ts': 'a', 'folder/inside.ts': 'i' });
  symlinkSync(path.join(outside, 'secret.txt'), path.join(root, 'link.txt'));
  symlinkSync(path.join(root, 'absent'), path.join(root, 'broken.txt'));
  symlinkSync(outside, path.join(root, 'out'));
  // The index still names folder/inside.ts, but the folder has become a way out.
  rmSync(path.join(root, 'folder'), { recursive: true });
  writeFiles(outside, { 'inside.ts': 'not ours' });
  symlinkSync(outside, path.join(root, 'folder'));
  const found = await scan(root);
  assert.deepEqual(pathsOf(found), ['a.ts']);
  assert.equal(reasonOf(found, 'link.txt'), 'not-a-file');
  assert.equal(reasonOf(found, 'broken.txt'), 'not-a-file');
  assert.equal(reasonOf(found, 'folder/inside.ts'), 'outside-repository');
});

test('Git: a pipe is named and not opened', { skip: process.platform === 'win32' }, async (t) => {
  const root = gitRepository(t, { 'a.ts': 'a', 'pipe.ts': 'x' });
  rmSync(path.join(root, 'pipe.ts'));
  execFileSync('mkfifo', [path.join(root, 'pipe.ts')]);
  const found = await scan(root);
  assert.deepEqual(pathsOf(found), ['a.ts']);
  assert.equal(reasonOf(found, 'pipe.ts'), 'not-a-file');
});

test('Git: what a repository configures is not run', async (t) => {
  const root = gitRepository(t, { 'a.txt': 'a\n', '.gitattributes': '* filter=evil diff=evil\n' });
  const trace = path.join(root, 'ran');
  writeFiles(root, {
    'evil.sh': `#!/bin/sh\ntouch ${trace}\ncat\n`,
    '.git/hooks/post-index-change': `#!/bin/sh\ntouch ${trace}\n`,
  });
  execFileSync('chmod', ['+x', path.join(root, 'evil.sh'), path.join(root, '.git/hooks/post-index-change')]);
  for (const key of [
    'core.fsmonitor',
    'filter.evil.clean',
    'filter.evil.smudge',
    'filter.evil.process',
    'diff.evil.textconv',
    'diff.external',
    'core.pager',
  ]) {
    git(root, 'config', key, path.join(root, 'evil.sh'));
  }
  git(root, 'config', 'core.worktree', '/');
  writeFiles(root, { 'a.txt': 'changed\n' });
  const found = await scan(root);
  await whyNotListed(root, 'a.txt', settings, { git: true });
  await changedSince(root, 'HEAD');
  assert.ok(pathsOf(found).includes('a.txt'));
  assert.equal(existsSync(trace), false, 'a program named by the repository was started');
});

test('Git: a repository that Git refuses is walked', async (t) => {
  const root = temporaryFolder(t);
  writeFiles(root, { '.git/HEAD': 'not a repository', 'a.ts': 'a', 'x.log': 'x', '.gitignore': '*.log\n' });
  const found = await scan(root);
  assert.match(found.refusal?.say ?? '', /Git did not list/);
  assert.deepEqual(pathsOf(found), ['.gitignore', 'a.ts']);
});

test('Git: an untracked dependency folder is left out by default, a tracked one is not', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'a', 'tracked/node_modules/own/index.js': 'o' });
  writeFiles(root, { 'node_modules/dep/index.js': 'd', 'env/pyvenv.cfg': 'home', 'env/lib/x.py': 'x' });
  const found = await scan(root);
  assert.deepEqual(pathsOf(found), ['a.ts', 'tracked/node_modules/own/index.js']);
  assert.equal(reasonOf(found, 'node_modules/'), 'excluded');
  assert.equal(reasonOf(found, 'env/'), 'excluded');
});

for (const kind of ['git', 'folder'] as const) {
  const make = (t: TestContext, files: Record<string, string>): string => {
    if (kind === 'git') return gitRepository(t, files);
    const root = temporaryFolder(t);
    writeFiles(root, files);
    return root;
  };

  test(`${kind}: include wins over ignore rules and generated names, exclude over everything`, async (t) => {
    const root = make(t, { '.gitignore': 'vendor/\n', 'a.ts': 'a', 'package-lock.json': '{}' });
    writeFiles(root, { 'vendor/lib/b.ts': 'b', 'vendor/lib/c.md': 'c' });
    assert.deepEqual(pathsOf(await scan(root)), ['.gitignore', 'a.ts']);
    assert.deepEqual(pathsOf(await scan(root, { include: ['vendor/**/*.ts', 'package-lock.json'] })), [
      '.gitignore',
      'a.ts',
      'package-lock.json',
      'vendor/lib/b.ts',
    ]);
    const both = await scan(root, { include: ['vendor'], exclude: ['*.md', 'a.ts'] });
    assert.deepEqual(pathsOf(both), ['.gitignore', 'vendor/lib/b.ts']);
    assert.equal(reasonOf(both, 'a.ts'), 'excluded');
  });

  test(`${kind}: large, generated and minified files are named with their reason`, async (t) => {
    const root = make(t, { 'big.txt': 'x'.repeat(2000), 'yarn.lock': 'l', 'app.min.js': 'm', 'ok.js': 'k' });
    const found = await scan(root, { maxFileSize: 1000 });
    assert.deepEqual(pathsOf(found), ['ok.js']);
    assert.equal(reasonOf(found, 'big.txt'), 'too-large');
    assert.equal(reasonOf(found, 'yarn.lock'), 'generated');
    assert.equal(reasonOf(found, 'app.min.js'), 'minified');
  });

  test(`${kind}: an empty repository has no files`, async (t) => {
    assert.deepEqual(pathsOf(await scan(make(t, {}))), []);
  });
}

test('folder: nested .gitignore files with negation, and default excludes', async (t) => {
  const root = temporaryFolder(t);
  writeFiles(root, {
    '.gitignore': '*.log\n/out/\n',
    'a.log': 'x',
    'sub/.gitignore': '!wanted.log\nprivate/\n',
    'sub/wanted.log': 'w',
    'sub/other.log': 'o',
    'sub/private/x.ts': 'p',
    'sub/out/kept.ts': 'k',
    'out/gone.ts': 'g',
    'node_modules/d/index.js': 'd',
    'target/release.rs': 'r',
    'rust/Cargo.toml': '[package]',
    'rust/target/built.rs': 'b',
  });
  const found = await scan(root);
  assert.equal(found.refusal, null);
  assert.deepEqual(pathsOf(found), [
    '.gitignore',
    'rust/Cargo.toml',
    'sub/.gitignore',
    'sub/out/kept.ts',
    'sub/wanted.log',
    'target/release.rs',
  ]);
  assert.equal(reasonOf(found, 'rust/target/'), 'excluded');
});

test('the repository of a folder is the nearest one above with a .git; a missing folder is LS4001', (t) => {
  const root = gitRepository(t, { 'a/b/c.ts': 'c' });
  assert.deepEqual(findRepository(path.join(root, 'a/b')), { root, git: true });
  const plain = temporaryFolder(t);
  assert.deepEqual(findRepository(plain), { root: plain, git: false });
  assert.throws(() => findRepository(path.join(plain, 'absent')), /LS4001/);
});

test('why names the rule by its file and line, the setting, or the limit', async (t) => {
  const root = gitRepository(t, {
    '.gitignore': '# comment\n*.log\n!keep.log\n',
    'a.ts': 'a',
    'keep.log': 'k',
    'sub/.gitignore': 'gen/\n',
  });
  writeFiles(root, { 'x.log': 'x', 'sub/gen/deep/file.ts': 'g', 'node_modules/m/i.js': 'm' });
  const why = (file: string, overrides: Partial<ScanSettings> = {}): ReturnType<typeof whyNotListed> =>
    whyNotListed(root, file, { ...settings, ...overrides }, { git: true });
  assert.equal(await why('a.ts'), undefined);
  assert.equal(await why('keep.log'), undefined);
  assert.deepEqual(await why('x.log'), {
    reason: 'ignored',
    explanation: say('The rule "{0}" ignores it: {1}.', '*.log', '.gitignore:2'),
  });
  assert.deepEqual(await why('sub/gen/deep/file.ts'), {
    reason: 'ignored',
    explanation: say('The rule "{0}" ignores it: {1}.', 'gen/', 'sub/.gitignore:1'),
  });
  assert.equal((await why('node_modules/m/i.js'))?.reason, 'excluded');
  assert.match(english.words((await why('a.ts', { exclude: ['*.ts'] }))?.explanation ?? ''), /"\*\.ts"/);
  assert.equal((await why('a.ts', { maxFileSize: 0.5 }))?.reason, 'too-large');
  assert.equal((await why('absent.ts'))?.reason, null);
  assert.equal((await why('../etc/passwd'))?.reason, 'outside-repository');
  assert.equal((await why('.git/config'))?.reason, 'excluded');
});

test('changes since a revision: committed, uncommitted and new files; an unknown revision is LS6017', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
  git(root, 'tag', 'v1');
  writeFiles(root, { 'b.ts': 'changed' });
  git(root, 'commit', '--quiet', '--all', '--message', 'second');
  writeFiles(root, { 'c.ts': 'dirty', 'new.ts': 'n' });
  assert.deepEqual(await changedSince(root, 'v1'), ['b.ts', 'c.ts', 'new.ts']);
  await assert.rejects(changedSince(root, 'nowhere'), /LS6017/);
  await assert.rejects(changedSince(root, '--output=evil'), /LS6017/);
});

test('names that are not UTF-8, pipes and sockets are listed with their reason, with Git and without', async (t) => {
  for (const folder of [gitRepository(t, { 'a.ts': 'a' }), temporaryFolder(t)]) {
    writeFiles(folder, { 'src/b.ts': 'b' });
    const odd = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9), Buffer.from('.txt')]);
    try {
      writeFileSync(odd, 'x');
    } catch {
      t.skip('this file system takes no such name');
      return;
    }
    execFileSync('mkfifo', [path.join(folder, 'src/pipe')]);
    const server = createServer().listen(path.join(folder, 'socket'));
    await once(server, 'listening');
    try {
      const found = await scan(folder);
      assert.equal(reasonOf(found, 'caf\\xe9.txt'), 'unreadable');
      assert.equal(reasonOf(found, 'src/pipe'), 'not-a-file');
      assert.equal(reasonOf(found, 'socket'), 'not-a-file');
      assert.ok(pathsOf(found).includes('src/b.ts'));
    } finally {
      server.close();
    }
  }
});

test('a .gitignore of seven megabytes is followed as far as it can be, which is said', async (t) => {
  const rules = Array.from({ length: 300_000 }, (_, i) => `generated/file-${i}.ts`).join('\n');
  const files = { '.gitignore': `*.log\n${rules}\n`, 'a.ts': 'a', 'x.log': 'x' };
  const walked = temporaryFolder(t);
  writeFiles(walked, files);
  const found = await scan(walked);
  assert.deepEqual(pathsOf(found), ['a.ts']);
  assert.equal(reasonOf(found, '.gitignore'), 'too-large');
  assert.equal(reasonOf(found, 'x.log'), 'ignored');
  const listed = await scan(gitRepository(t, files));
  assert.equal(reasonOf(listed, 'x.log'), 'ignored');
  assert.ok(pathsOf(listed).includes('a.ts'));
});

test('a Git that hangs or refuses is told, and the files are found by walking', async (t) => {
  const root = gitRepository(t, { 'a.ts': 'a', '.gitignore': '*.log\n', 'x.log': 'x' });
  const bin = temporaryFolder(t);
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = `${bin}${path.delimiter}${before}`;
  t.after(() => {
    process.env['PATH'] = before;
  });
  const says = async (script: string, limit: number): Promise<string> => {
    writeFileSync(path.join(bin, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const found = await scanRepository(root, settings, { git: true, logger: silentLogger, gitLimit: limit });
    assert.ok(pathsOf(found).includes('a.ts'));
    assert.equal(reasonOf(found, 'x.log'), 'ignored');
    return found.refusal ? english.words(found.refusal) : '';
  };
  assert.match(await says('sleep 30 & wait', 300), /no answer within 0.3 s/);
  assert.match(await says("echo 'fatal: detected dubious ownership' >&2; exit 128", 30_000), /dubious ownership/);
});
