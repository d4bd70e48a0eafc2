/** Asks the command line one question after the other, as a user does, and keeps each answer at once. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { type QuestionRow, treeOf } from './rows.ts';
import type { AnswerRun } from './score.ts';

const Lines = z.object({ path: z.string(), startLine: z.number(), endLine: z.number() });
const Answered = z.object({
  form: z.string(),
  answer: z.string(),
  citations: z.array(Lines),
  sources: z.array(Lines.extend({ used: z.boolean() })),
  unsupported: z.array(z.unknown()),
  budget: z.object({ used: z.number(), sources: z.number() }),
  timings: z.object({ retrieveMs: z.number(), firstTokenMs: z.number().nullable(), totalMs: z.number() }),
});

export interface AskAllOptions {
  readonly trees: string;
  /** Answers are added to it, a line each. */
  readonly output: string;
  readonly launcher: string;
  readonly model?: string;
  readonly effort?: string;
  /** No question is begun after so many seconds. */
  readonly seconds: number;
  /** Ids of questions not to ask. */
  readonly done: ReadonlySet<string>;
  readonly onAnswer: (run: AnswerRun) => void;
}

/** The same seed and temperature 0 in every run. @throws when an answer is no JSON document of the shape it should have */
export async function askAll(rows: readonly QuestionRow[], options: AskAllOptions): Promise<void> {
  const { launcher, output, model, effort } = options;
  const started = performance.now();
  for (const row of rows) {
    if (options.done.has(row.id)) continue;
    if (performance.now() - started > options.seconds * 1000) return;
    const asked = await run([
      ...[launcher, 'ask', row.question, '--repository', treeOf(options.trees, row)],
      ...['--json', '--no-download', '--seed', '1', '--temperature', '0'],
      ...(model === undefined ? [] : ['--model', model]),
      ...(effort === undefined ? [] : ['--effort', effort]),
    ]);
    const { form, answer, citations, sources, unsupported, budget, timings } = Answered.parse(JSON.parse(asked));
    const answered: AnswerRun = {
      ...{ id: row.id, answer, form, citations, sources, unsupported },
      notFound: !sources.some(({ used }) => used),
      ...{ promptTokens: budget.used, sourceTokens: budget.sources },
      ...{ retrieveMs: timings.retrieveMs, firstMs: timings.firstTokenMs, totalMs: timings.totalMs },
    };
    appendFileSync(output, `${JSON.stringify(answered)}\n`);
    options.onAnswer(answered);
  }
}

function run(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`ask ended with ${String(code)}: ${errors.slice(-500)}`));
    });
  });
}
