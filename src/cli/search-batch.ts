/** The benchmark form of search: a file of queries in, a run file out, and the times. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { throwIfCancelled } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import { bringUpToDate } from './bring-up-to-date.ts';
import { formatCount, formatMs, print, printJson } from './output.ts';
import type { CommonOptions, WithEngine } from './session.ts';
import { writeWhole } from './write-whole.ts';

const row = z.looseObject({ id: z.string(), query: z.string(), index_root: z.string().optional() });
type Row = z.output<typeof row>;

/**
 * Answers every row over the folder it names (`index_root`, relative to the repository; all of it when it names none) and writes
 * the run file whole at the end.
 */
export async function searchBatch(
  input: string,
  output: string,
  limit: number,
  options: CommonOptions,
  withEngine: WithEngine,
): Promise<void> {
  const rows = readRows(input);
  await withEngine(options, async (session) => {
    const { engine, parameters, progress, signal } = session;
    await bringUpToDate(session);
    // The engine's repository may begin above the folder that was named.
    const { repository } = await engine.status();
    const lines: string[] = [];
    const times: number[] = [];
    for (const { id, query, index_root } of rows) {
      throwIfCancelled(signal);
      progress.update('searching', lines.length, rows.length);
      const scope = scopeOf(repository, path.resolve(parameters.repository, index_root ?? '.'));
      const { results, ms } = await engine.search({ query, limit, ...(scope && { scope }) }, signal);
      times.push(ms);
      const ranked = results.map((result) => ({
        path: result.path,
        start_line: result.startLine,
        end_line: result.endLine,
      }));
      lines.push(`${JSON.stringify({ id, ranked })}\n`);
    }
    progress.clear();
    await writeWhole(output, lines.join(''));
    times.sort((a, b) => a - b);
    const report = { questions: rows.length, ms50: quantile(times, 0.5), ms99: quantile(times, 0.99) };
    if (options.json) printJson(report);
    else
      print(
        `${formatCount(report.questions, 'question')}, median ${formatMs(report.ms50)}, 99th percentile ${formatMs(report.ms99)}\n`,
      );
  });
}

/** The scope that holds a search to the folder; undefined when that is the whole repository. */
function scopeOf(repository: string, folder: string): readonly string[] | undefined {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw fault('LS4001', folder);
  const relative = path.relative(repository, realpathSync(folder)).split(path.sep).join('/');
  if (relative.startsWith('..')) throw fault('LS1002', `index_root ${folder} lies outside the repository`);
  return relative === '' ? undefined : [`${relative}/**`];
}

function readRows(file: string): readonly Row[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('LS1003', file, error);
  }
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      try {
        return row.parse(JSON.parse(line));
      } catch (error) {
        throw fault('LS1002', `line ${number} of ${file} is no JSON object with "id" and "query"`, error);
      }
    });
}

/** The nearest-rank quantile of ascending values; 0 of none. */
function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? 0;
}
