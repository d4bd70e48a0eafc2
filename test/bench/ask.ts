/**
 * Asks real questions about repositories through the command line and prints, for each: is the right file first among the
 * cited ones, is every quoted line in the file it cites, the times and the peak memory of the whole process.
 *
 *   node test/bench/ask.ts FOLDER-OF-REPOSITORIES [questions.jsonl]
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const Row = z.object({ repo: z.string(), question: z.string(), files: z.array(z.string()) });
const Answer = z.object({
  form: z.string(),
  answer: z.string(),
  citations: z.array(z.object({ path: z.string(), startLine: z.number(), endLine: z.number(), status: z.string() })),
  unsupported: z.array(z.unknown()),
  timings: z.object({ retrieveMs: z.number(), firstTokenMs: z.number().nullable(), totalMs: z.number() }),
  outboundRequests: z.number(),
});

interface Run {
  readonly answer: z.infer<typeof Answer>;
  /** Highest resident set of the process, MB. */
  readonly peak: number;
  readonly wallMs: number;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [repositories, questionsFile = path.join(import.meta.dirname, 'ask-questions.jsonl')] = positionals;
if (repositories === undefined)
  throw new Error('usage: node test/bench/ask.ts FOLDER-OF-REPOSITORIES [questions.jsonl]');
const launcher = path.join(import.meta.dirname, '../../dist/longsight.mjs');

function ask(repository: string, question: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [launcher, 'ask', question, '--repository', repository, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let peak = 0;
    const poll = setInterval(() => {
      try {
        // VmHWM is the kernel's own high-water mark, so a slow poll misses nothing but the last moments.
        const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        clearInterval(poll);
      }
    }, 20);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('close', (code) => {
      clearInterval(poll);
      const wallMs = performance.now() - started;
      if (code !== 0) reject(new Error(`ask ended with ${code ?? 'a signal'}: ${output}`));
      else resolve({ answer: Answer.parse(JSON.parse(output)), peak, wallMs });
    });
  });
}

/** Lines of the answer's code fences that are in none of the cited files. */
function inventedLines(repository: string, answer: z.infer<typeof Answer>): string[] {
  const real = new Set(
    answer.citations.flatMap(({ path: file }) =>
      readFileSync(path.join(repository, file), 'utf8')
        .split(/\r?\n/)
        .map((line) => line.trim()),
    ),
  );
  const fenced = [...answer.answer.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap((match) =>
    (match[1] ?? '').split('\n'),
  );
  return fenced.map((line) => line.trim()).filter((line) => line !== '' && line !== '…' && !real.has(line));
}

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const rows = readFileSync(questionsFile, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => Row.parse(JSON.parse(line)));
const runs: Run[] = [];
let right = 0;
let invented = 0;
for (const row of rows) {
  const repository = path.join(repositories, row.repo);
  const run = await ask(repository, row.question);
  const first = run.answer.citations[0];
  const isRight = first !== undefined && row.files.includes(first.path);
  const wrong = inventedLines(repository, run.answer);
  right += isRight ? 1 : 0;
  invented += wrong.length;
  runs.push(run);
  const { timings, form } = run.answer;
  write(
    `${isRight ? 'right' : 'WRONG'}  ${row.repo}: ${row.question}\n       ${form}, first cited ${first ? `${first.path}:${first.startLine}-${first.endLine}` : 'nothing'}; ` +
      `evidence ${timings.retrieveMs.toFixed(0)} ms, first token ${timings.firstTokenMs?.toFixed(0) ?? '-'} ms, total ${timings.totalMs.toFixed(0)} ms, process ${run.wallMs.toFixed(0)} ms, peak ${run.peak.toFixed(0)} MB` +
      (wrong.length > 0 ? `\n       lines that stand in no cited file: ${JSON.stringify(wrong)}` : ''),
  );
}
write(
  `right file first ${right} of ${rows.length}; invented lines ${invented}; median evidence ${median(runs.map((r) => r.answer.timings.retrieveMs)).toFixed(0)} ms, ` +
    `first token ${median(runs.map((r) => r.answer.timings.firstTokenMs ?? NaN)).toFixed(0)} ms, total ${median(runs.map((r) => r.answer.timings.totalMs)).toFixed(0)} ms; ` +
    `highest peak ${Math.max(...runs.map((r) => r.peak)).toFixed(0)} MB; outbound requests ${runs.reduce((sum, r) => sum + r.answer.outboundRequests, 0)}`,
);
