/** The command line as scripts use it: JSON shapes, exit statuses, what goes to which stream. No model is on the machine here. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import type { z } from 'zod';
import { type Run, longsight } from '../../support/command-line.ts';
import {
  answerShape,
  batchLineShape,
  batchReportShape,
  errorShape,
  indexReportShape,
  searchShape,
  statusShape,
  streamLineShape,
  summaryShape,
  whyShape,
} from '../../support/shapes.ts';
import { smallRepository, temporaryFolder, writeFiles } from '../../support/small-repository.ts';

const launcher = path.resolve(import.meta.dirname, '../../../dist/longsight.mjs');

interface Place {
  readonly cwd: string;
  readonly home: string;
}

function place(t: TestContext): Place {
  return { cwd: smallRepository(t), home: temporaryFolder(t, 'home') };
}

/** The one JSON document of a run that was done. */
function documentOf<T>({ code, stdout, stderr }: Run, shape: z.ZodType<T>): T {
  assert.equal(code, 0, stderr);
  return shape.parse(JSON.parse(stdout));
}

describe('the command line', () => {
  it('answers with the evidence when there is no model, and says so', async (t) => {
    const where = place(t);
    const run = await longsight(['ask', 'How is the shortest route found?', '--json'], where);
    const answer = documentOf(run, answerShape);
    assert.equal(answer.citations[0]?.path, 'src/router.py');
    assert.equal(answer.model, null);
    assert.equal(answer.outboundRequests, 0);
    assert.equal(answer.index.pending, 0);
    assert.match(run.stderr, /LONGSIGHT_OFFLINE/);
    assert.match(String(answer.notice), /evidence alone/);
  });

  it('shows a person the evidence first, as places to click, then one line of coverage', async (t) => {
    const where = place(t);
    const { code, stdout } = await longsight(['ask', 'How is the shortest route found?', '--no-download'], where);
    assert.equal(code, 0);
    const [first = ''] = stdout.split('\n');
    assert.match(first, /^src\/router\.py:\d+(-\d+)?/);
    assert.match(stdout, / · no outbound requests\n$/);
    assert.ok(!stdout.includes('\u001b'), 'no escape codes with NO_COLOR');
  });

  it('streams one JSON object a line, done last', async (t) => {
    const where = place(t);
    const { code, stdout } = await longsight(['ask', 'Where is a package shown?', '--stream-json'], where);
    assert.equal(code, 0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => streamLineShape.parse(JSON.parse(line)));
    const last = lines.at(-1);
    assert.equal(last?.type, 'done');
    answerShape.parse(last);
    assert.ok(lines.some(({ type }) => type === 'source'));
    assert.equal(lines.filter(({ type }) => type === 'done').length, 1);
  });

  it('searches', async (t) => {
    const where = place(t);
    const { results } = documentOf(
      await longsight(['search', 'tracking url', '--json', '--limit', '3'], where),
      searchShape,
    );
    assert.equal(results[0]?.path, 'web/tracking.ts');
    assert.ok(results.length <= 3);
    const scoped = documentOf(
      await longsight(['search', 'tracking url', '--scope', 'src/**', '--json'], where),
      searchShape,
    );
    assert.ok(scoped.results.every((result) => result.path.startsWith('src/')));
  });

  it('searches a file of queries', async (t) => {
    const where = place(t);
    const files = temporaryFolder(t, 'batch');
    const rows = [
      { id: 'a', query: 'shortest route', extra: 1 },
      { id: 'b', query: 'tracking url', index_root: 'web' },
    ];
    const [input, output] = [path.join(files, 'in.jsonl'), path.join(files, 'out.jsonl')];
    writeFileSync(input, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const args = ['search', '--batch', input, '--output', output, '--repository', where.cwd, '--json'];
    const report = documentOf(await longsight(args, { ...where, cwd: files }), batchReportShape);
    assert.equal(report.questions, 2);
    const lines = readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => batchLineShape.parse(JSON.parse(line)));
    assert.deepEqual(
      lines.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.equal(lines[0]?.ranked[0]?.path, 'src/router.py');
    assert.ok(lines[1]?.ranked.every((result) => result.path.startsWith('web/')));
  });

  it('explains a symbol by its line, from a folder inside the repository too', async (t) => {
    const where = place(t);
    const inside = { ...where, cwd: path.join(where.cwd, 'src') };
    const answer = documentOf(await longsight(['explain', 'router.py:12', '--json'], inside), answerShape);
    assert.equal(answer.citations[0]?.path, 'src/router.py');
    const missing = await longsight(['explain', 'no-such-file.py:1', '--json'], where);
    assert.equal(missing.code, 1);
    assert.equal(errorShape.parse(JSON.parse(missing.stdout)).error.code, 'LS6014');
  });

  it('summarizes, and a second time reuses what did not change', async (t) => {
    const where = place(t);
    const first = documentOf(await longsight(['summarize', '--json'], where), summaryShape);
    assert.match(first.markdown, /router/i);
    assert.ok(first.nodes.some(({ kind }) => kind === 'repository'));
    writeFiles(where.cwd, { 'web/tracking.ts': 'export const changed = 1;\n' });
    const second = documentOf(await longsight(['summarize', '--json'], where), summaryShape);
    const reused = second.nodes.filter((node) => node.reused).map((node) => node.path);
    assert.ok(reused.includes('src/router.py'), reused.join());
    assert.ok(!reused.includes('web/tracking.ts'));
  });

  it('indexes once, then finds nothing to do, then only what was edited', async (t) => {
    const where = place(t);
    const run = await longsight(['index', '--json'], where);
    assert.doesNotMatch(run.stderr, /ExperimentalWarning/, 'Node’s own warnings are not shown');
    const first = documentOf(run, indexReportShape);
    assert.equal(first.indexed, first.files);
    assert.ok(first.files >= 5);
    const second = documentOf(await longsight(['index', '--json'], where), indexReportShape);
    assert.deepEqual(
      { indexed: second.indexed, read: second.read, unchanged: second.unchanged },
      { indexed: 0, read: 0, unchanged: first.files },
    );
    writeFiles(where.cwd, { 'src/depot.py': 'class Depot:\n    pass\n' });
    const third = documentOf(await longsight(['index', '--json'], where), indexReportShape);
    assert.equal(third.indexed, 1);
  });

  it('follows the files with --watch and reports what was indexed', async (t) => {
    const where = place(t);
    let edits = 0;
    // Edited until it is noticed: the watchers are set some time after the first report.
    const edit = setInterval(() => {
      if (edits > 0) writeFiles(where.cwd, { 'src/depot.py': `class Depot:\n    edition = ${edits++}\n` });
    }, 400);
    t.after(() => {
      clearInterval(edit);
    });
    const run = await longsight(['index', '--watch', '--json'], {
      ...where,
      interruptWhen: ({ stdout }) => {
        const reports = stdout.split('\n').length - 1;
        edits ||= reports;
        return reports >= 2;
      },
    });
    assert.equal(run.code, 130, run.stderr);
    const reports = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => indexReportShape.parse(JSON.parse(line)));
    assert.equal(reports[1]?.indexed, 1);
  });

  it('tells the status, and why a path is or is not in the index', async (t) => {
    const where = place(t);
    await longsight(['index'], where);
    const status = documentOf(await longsight(['status', '--json'], where), statusShape);
    assert.equal(status.index.pending, 0);
    assert.equal(status.outboundRequests, 0);
    assert.ok(status.git);
    const ignored = documentOf(await longsight(['why', 'build/generated.py', '--json'], where), whyShape);
    assert.deepEqual([ignored.indexed, ignored.reason], [false, 'ignored']);
    const indexed = documentOf(await longsight(['why', 'src/depot.py', '--json'], where), whyShape);
    assert.equal(indexed.indexed, true);
  });

  it('clears the index and the kept prompts, and says what that freed', async (t) => {
    const where = place(t);
    await longsight(['index', '--lexical-only'], where);
    const folder = path.join(where.home, 'prefixes', 'a'.repeat(32));
    mkdirSync(folder, { recursive: true });
    const kept = path.join(folder, `${'b'.repeat(32)}-64-${'c'.repeat(32)}.kv`);
    writeFileSync(kept, Buffer.alloc(5000));
    const before = documentOf(await longsight(['status', '--json'], where), statusShape);
    assert.equal(before.prefixCache.bytes, 5000);
    const cleared = await longsight(['index', '--clear', '--json'], where);
    assert.equal((JSON.parse(cleared.stdout) as { freed: number }).freed, before.index.bytes + 5000);
    assert.ok(!existsSync(kept));
    const after = documentOf(await longsight(['status', '--json'], where), statusShape);
    assert.deepEqual([after.index.indexed, after.prefixCache.bytes], [0, 0]);
  });

  it('lists the catalogue and refuses to download when it must stay offline', async (t) => {
    const where = place(t);
    const run = await longsight(['models', 'list', '--json'], where);
    const { models } = JSON.parse(run.stdout) as { models: { id: string; isDefault: boolean }[] };
    const id = models.find((model) => model.isDefault)?.id ?? '';
    const get = await longsight(['models', 'get', id, '--json'], where);
    assert.equal(get.code, 1);
    assert.equal(errorShape.parse(JSON.parse(get.stdout)).error.code, 'LS2007');
  });

  it('leaves with 2 for wrong usage and with 1 for a failure, each on standard error and with --json on standard output', async (t) => {
    const where = place(t);
    // What wrong usage is, of every command: program.test.ts.
    const usage = await longsight(['serach', 'x'], where);
    assert.deepEqual([usage.code, usage.stdout], [2, '']);
    assert.match(usage.stderr, /^LS1002: .+/);
    const asked = await longsight(['search', 'x', '--limit', 'many', '--json'], where);
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /^LS1002: .+/);
    assert.equal(errorShape.parse(JSON.parse(asked.stdout)).error.code, 'LS1002');
    const missing = await longsight(['search', 'x', '--repository', path.join(where.cwd, 'nowhere'), '--json'], where);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^LS4001: .+\n$/);
    assert.equal(errorShape.parse(JSON.parse(missing.stdout)).error.code, 'LS4001');
  });

  it('has help and a version', async (t) => {
    const where = place(t);
    const help = await longsight(['ask', '--help'], where);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, /Examples?:\n {2}\$ longsight/);
    const { stdout } = await longsight(['--version'], where);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('is quiet when the reader of its output goes away', async (t) => {
    const where = place(t);
    await longsight(['index'], where);
    const child = spawn(process.execPath, [launcher, 'models', 'list'], {
      cwd: where.cwd,
      env: { ...process.env, LONGSIGHT_HOME: where.home, LONGSIGHT_OFFLINE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0);
    assert.equal(stderr, '');
  });

  it('fails when its output cannot be written', (t) => {
    if (!existsSync('/dev/full')) {
      t.skip('this system has no /dev/full');
      return;
    }
    const where = place(t);
    const full = openSync('/dev/full', 'w');
    t.after(() => {
      closeSync(full);
    });
    const run = spawnSync(process.execPath, [launcher, 'status', '--json'], {
      cwd: where.cwd,
      env: { ...process.env, LONGSIGHT_HOME: where.home, LONGSIGHT_OFFLINE: '1' },
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^LS1005: .+\n$/);
  });

  it('lists models for people: what is here, what can be got', async (t) => {
    const { stdout } = await longsight(['models', 'list'], place(t));
    assert.match(stdout, /^To download: longsight models get ID\n/);
    assert.match(stdout, /smollm2-135m-instruct-q4_1 {2}decoder, 98 MB, .* of memory, .* tokens, Apache-2\.0/);
    assert.equal(stdout.match(/For this machine\./g)?.length, 1, 'one model is the one to get');
    for (const id of ['qwen2.5-coder-1.5b', 'gemma-3-1b', 'llama-3.2-1b', 'qwen3-1.7b'])
      assert.match(stdout, new RegExp(`^${id.replaceAll('.', '[.]')}[^ ]* {2}decoder, `, 'm'));
    // Every model of the catalogue has an architecture that is run.
    assert.doesNotMatch(stdout, /Not run by this version/);
  });

  it('tells an old Node what is needed', () => {
    const pretend =
      "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
    const run = spawnSync(process.execPath, ['--import', pretend, launcher, 'status', '--json'], { encoding: 'utf8' });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^LS1001: /);
    assert.equal(errorShape.parse(JSON.parse(run.stdout)).error.code, 'LS1001');
  });
});
