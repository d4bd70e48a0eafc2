/** Bad input and bad surroundings through the command line: each gives its error of the catalogue or a right answer, and nothing is lost. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { type Run, longsight } from '../support/command-line.ts';
import { answerShape, errorShape, indexReportShape, whyShape } from '../support/shapes.ts';
import { smallFiles, smallRepository, temporaryFolder, writeFiles } from '../support/small-repository.ts';

function codeOf({ stdout }: Run): string {
  return errorShape.parse(JSON.parse(stdout)).error.code;
}

/** No line of a stack and no object that was printed by mistake. */
function assertFitForPeople({ stderr }: Run): void {
  assert.doesNotMatch(stderr, /^\s+at |\[object |undefined/m);
}

/** A file system of so many kilobytes, or null when this machine lets nobody mount one. */
function smallDisk(t: TestContext, kilobytes: number): string | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'longsight-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
    rmdirSync(folder);
  });
  return folder;
}

/** A file of the GGUF format (version 3) that says it has more than there is. */
function truncatedGguf(): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.write('GGUF', 0, 'latin1');
  bytes.writeUInt32LE(3, 4);
  bytes.writeBigUInt64LE(200n, 8);
  bytes.writeBigUInt64LE(30n, 16);
  return bytes;
}

describe('bad input', () => {
  it('a model file that is cut off', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    const model = path.join(home, 'cut.gguf');
    writeFileSync(model, truncatedGguf());
    for (const args of [
      ['ask', 'How is the shortest route found?', '--model', model],
      ['generate', '--prompt', 'x', '--model', model],
      ['models', 'inspect', model],
      ['models', 'import', model],
    ]) {
      const run = await longsight([...args, '--json'], { cwd, home });
      assert.equal(run.code, 1, args.join(' '));
      assert.equal(codeOf(run), 'LS2301', args.join(' '));
      assertFitForPeople(run);
    }
    // Chosen for all questions rather than for this one, it does not take the evidence away.
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], {
      cwd,
      home,
      env: { LONGSIGHT_MODEL: model },
    });
    assert.equal(run.code, 0, run.stderr);
    const answer = answerShape.parse(JSON.parse(run.stdout));
    assert.equal(answer.citations[0]?.path, 'src/router.py');
    assert.match(String(answer.notice), /cut off or damaged/);
  });

  it('models that are not there', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    for (const model of ['no-such-model', './no/such.gguf', 'smollm2-135m-instruct-q4_1']) {
      const run = await longsight(['generate', '--prompt', 'x', '--model', model, '--json'], { cwd, home });
      assert.equal(run.code, 1, model);
      assert.match(codeOf(run), /^LS200[12]$/, model);
    }
    const none = await longsight(['generate', '--prompt', 'x', '--json'], { cwd, home });
    assert.equal(none.code, 1);
    assert.match(codeOf(none), /^LS2/);
  });

  it('a cache folder that cannot be written', async (t) => {
    const cwd = smallRepository(t);
    const folder = temporaryFolder(t, 'home');
    writeFileSync(path.join(folder, 'file'), '');
    const home = path.join(folder, 'file', 'below');
    for (const args of [['ask', 'How is the shortest route found?'], ['index'], ['search', 'route']]) {
      const run = await longsight([...args, '--json'], { cwd, home });
      assert.equal(run.code, 1, args.join(' '));
      assert.match(codeOf(run), /^LS[25]\d{3}$/, args.join(' '));
      assertFitForPeople(run);
    }
  });

  it('a read-only cache folder', async (t) => {
    const home = smallDisk(t, 20_000);
    if (home === null) {
      t.skip('no file system can be mounted here');
      return;
    }
    const cwd = smallRepository(t);
    assert.equal((await longsight(['index'], { cwd, home })).code, 0);
    execFileSync('mount', ['-o', 'remount,ro', home], { stdio: 'ignore' });
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], { cwd, home });
    assertFitForPeople(run);
    if (run.code === 0) assert.equal(answerShape.parse(JSON.parse(run.stdout)).citations[0]?.path, 'src/router.py');
    else assert.match(codeOf(run), /^LS5\d{3}$/);
  });

  it('a full disk, and then room again', async (t) => {
    const home = smallDisk(t, 600);
    if (home === null) {
      t.skip('no file system can be mounted here');
      return;
    }
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `src/module_${i}.py`,
        `def function_${i}(parcel):\n    """Weighs parcel ${i}."""\n    return parcel.weight * ${i}\n`.repeat(20),
      ]),
    );
    const cwd = smallRepository(t, { files: { ...smallFiles, ...many } });
    const run = await longsight(['index', '--json'], { cwd, home });
    assert.equal(run.code, 1);
    assert.match(codeOf(run), /^LS5\d{3}$/);
    assertFitForPeople(run);
    execFileSync('mount', ['-o', 'remount,size=60000k', home], { stdio: 'ignore' });
    const again = await longsight(['index', '--json'], { cwd, home });
    assert.equal(again.code, 0, again.stderr);
    const report = indexReportShape.parse(JSON.parse(again.stdout));
    assert.equal(report.indexed + report.unchanged, report.files);
    assert.ok(report.files >= 305);
  });

  it('a folder that is no Git repository', async (t) => {
    const cwd = smallRepository(t, { git: false });
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], {
      cwd,
      home: temporaryFolder(t, 'home'),
    });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(answerShape.parse(JSON.parse(run.stdout)).citations[0]?.path, 'src/router.py');
  });

  it('a bare repository', async (t) => {
    const cwd = path.join(temporaryFolder(t, 'bare'), 'it.git');
    execFileSync('git', ['init', '--quiet', '--bare', cwd]);
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], {
      cwd,
      home: temporaryFolder(t, 'home'),
    });
    assert.equal(run.code, 1);
    assert.equal(codeOf(run), 'LS4002');
  });

  it('a repository with nothing in it', async (t) => {
    const cwd = smallRepository(t, { files: {} });
    const home = temporaryFolder(t, 'home');
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], { cwd, home });
    assert.equal(run.code, 0, run.stderr);
    const answer = answerShape.parse(JSON.parse(run.stdout));
    assert.deepEqual(answer.citations, []);
    assert.notEqual(answer.answer, '');
    for (const args of [['index'], ['search', 'x'], ['status'], ['summarize']]) {
      const other = await longsight([...args, '--json'], { cwd, home });
      assertFitForPeople(other);
      if (other.code !== 0) assert.match(codeOf(other), /^LS6/, args.join(' '));
    }
  });

  it('binary files and one of 50 MB', async (t) => {
    const cwd = smallRepository(t, {
      files: {
        ...smallFiles,
        'logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
        'src/noise.py': Buffer.from([1, 2, 3, 0, 0, 0, 255]),
      },
    });
    writeFileSync(path.join(cwd, 'dump.sql'), Buffer.alloc(50_000_000, 'INSERT INTO parcel VALUES (1);\n'));
    const home = temporaryFolder(t, 'home');
    const run = await longsight(['index', '--json'], { cwd, home });
    assert.equal(run.code, 0, run.stderr);
    const report = indexReportShape.parse(JSON.parse(run.stdout));
    assert.equal(report.skipped['too-large'], 1);
    assert.ok((report.skipped.binary ?? 0) >= 1);
    assert.ok(report.bytes < 1_000_000);
    for (const [file, reason] of [
      ['dump.sql', 'too-large'],
      ['src/noise.py', 'binary'],
    ] as const) {
      const why = await longsight(['why', file, '--json'], { cwd, home });
      assert.equal(whyShape.parse(JSON.parse(why.stdout)).reason, reason);
    }
  });

  it('a question of 100,000 characters, and none', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    const run = await longsight(['ask', 'Where is the route chosen? '.repeat(3704).slice(0, 100_000), '--json'], {
      cwd,
      home,
    });
    assertFitForPeople(run);
    if (run.code === 0) answerShape.parse(JSON.parse(run.stdout));
    else assert.equal(codeOf(run), 'LS6012');
    const none = await longsight(['ask', '   ', '--json'], { cwd, home });
    assert.equal(none.code, 1);
    assert.equal(codeOf(none), 'LS6011');
  });

  it('files named on the command line that are not there or not what they should be', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    mkdirSync(path.join(home, 'folder'));
    const place = { id: '', path: '../x', startLine: 0, endLine: -1 };
    const turns = JSON.stringify([{ question: 'a', answer: 'b', sources: [place] }]);
    writeFiles(home, { 'not-json': '{', 'turns.json': turns, 'rows.jsonl': '{"id":"a","query":"b"}\nnonsense\n' });
    for (const [args, code, status] of [
      [['ask', 'x', '--history', path.join(home, 'not-json')], 'LS1002', 2],
      [['ask', 'x', '--history', path.join(home, 'turns.json')], 'LS1002', 2],
      [['search', '--batch', path.join(home, 'none'), '--output', path.join(home, 'out')], 'LS1003', 1],
      [['search', '--batch', path.join(home, 'rows.jsonl'), '--output', path.join(home, 'out')], 'LS1002', 2],
      [['summarize', '--output', path.join(home, 'folder')], 'LS1004', 1],
      [['generate', '--prompt-file', path.join(home, 'none')], 'LS1003', 1],
      [['perplexity', '--text-file', path.join(home, 'folder')], 'LS1003', 1],
    ] as const) {
      const run = await longsight([...args, '--json'], { cwd, home });
      assert.equal(codeOf(run), code, args.join(' '));
      assert.equal(run.code, status, args.join(' '));
    }
  });
});
