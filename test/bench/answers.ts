/**
 * Asks the command line questions whose right answers are known as facts, and scores what it says without a judge.
 *
 *   node test/bench/answers.ts QUESTIONS.jsonl TREES --output RUN.jsonl [--model FILE.gguf]… [--effort quick] [--ids FILE]
 *     [--split dev] [--kind how] [--seconds 540] [--launcher dist/longsight.mjs]     asks what RUN.jsonl has not yet
 *   node test/bench/answers.ts QUESTIONS.jsonl --runs A.jsonl [B.jsonl …] [--per-question]      a table for each result file
 *   node test/bench/answers.ts QUESTIONS.jsonl --paired A.jsonl B.jsonl                         B minus A, over what both have
 *   node test/bench/answers.ts QUESTIONS.jsonl TREES --check              absent things must occur nowhere, places must exist
 *
 * With several models RUN.jsonl is written once for each, as RUN.<name of the model>.jsonl. Rows: `answers/rows.ts`; figures: `answers/score.ts`.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { askAll } from './answers/ask-all.ts';
import { checkRows } from './answers/check-rows.ts';
import { pairedReport, perQuestion, runReport } from './answers/report.ts';
import { linesOf, readRows } from './answers/rows.ts';
import type { AnswerRun } from './answers/score.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string' },
    model: { type: 'string', multiple: true },
    effort: { type: 'string' },
    ids: { type: 'string' },
    split: { type: 'string' },
    kind: { type: 'string' },
    seconds: { type: 'string', default: '540' },
    launcher: { type: 'string', default: path.join(import.meta.dirname, '../../dist/longsight.mjs') },
    runs: { type: 'boolean', default: false },
    paired: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    'per-question': { type: 'boolean', default: false },
  },
});
const [questionsFile, ...rest] = positionals;
const write = (text: string): void => void process.stdout.write(`${text}\n`);
if (questionsFile === undefined) {
  process.stderr.write(
    'usage: node test/bench/answers.ts QUESTIONS.jsonl TREES --output RUN.jsonl [--model FILE.gguf]\n',
  );
  process.exit(2);
}
const ids = values.ids === undefined ? undefined : linesOf(values.ids).map((line) => line.trim());
const rows = readRows(questionsFile)
  .filter(
    ({ id, split, kind }) =>
      (!ids || ids.includes(id)) && (values.kind ?? kind) === kind && (values.split ?? split) === split,
  )
  .toSorted((a, b) => (ids ? ids.indexOf(a.id) - ids.indexOf(b.id) : 0));

function runOf(file: string): Map<string, AnswerRun> {
  const runs = existsSync(file) ? linesOf(file).map((line) => JSON.parse(line) as AnswerRun) : [];
  return new Map(runs.map((run) => [run.id, run]));
}

if (values.check) {
  const faults = checkRows(rows, rest[0] ?? '');
  write(faults.length === 0 ? `${String(rows.length)} rows are as they say` : faults.join('\n'));
  process.exitCode = faults.length === 0 ? 0 : 1;
} else if (values.paired) {
  const [before = '', after = ''] = rest;
  write(pairedReport(rows, runOf(before), runOf(after)));
} else if (values.runs) {
  for (const file of rest) {
    write(`${path.basename(file)}\n${runReport(rows, runOf(file))}`);
    if (values['per-question']) write(perQuestion(rows, runOf(file)));
  }
} else {
  const [trees = '.'] = rest;
  const output = values.output ?? 'answers.jsonl';
  const models: readonly (string | undefined)[] = values.model ?? [undefined];
  for (const model of models) {
    const name = model === undefined ? 'none' : path.basename(model, '.gguf');
    const file = models.length < 2 ? output : output.replace(/\.jsonl$/, `.${name}.jsonl`);
    const { launcher, effort } = values;
    await askAll(rows, {
      ...{ trees, output: file, launcher, seconds: Number(values.seconds) },
      ...(model !== undefined && { model }),
      ...(effort !== undefined && { effort }),
      done: new Set(runOf(file).keys()),
      onAnswer: (run) => write(`${run.id}  ${run.form ?? ''}  ${((run.totalMs ?? 0) / 1000).toFixed(0)} s`),
    });
    write(`${name}\n${runReport(rows, runOf(file))}`);
  }
}
