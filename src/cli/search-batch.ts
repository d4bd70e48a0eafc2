/** The benchmark form of search: a file of queries in, a run file out, and the times. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { fault } from '../base/errors.ts';
import { indexOrUse } from './bring-up-to-date.ts';
import { visibleJson } from '../base/visible-text.ts';
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
    // A benchmark measures the search at its best: with vectors, where there is an embedder.
    await indexOrUse(session, {});
    await engine.sharpen(signal);
    // The engine's repository may begin above the folder that was named.
    const { repository } = await engine.status();
    const placed = rows.map(({ id, query, index_root }) => ({
      id,
      query,
      index_root: folderIn(repository, path.resolve(parameters.repository, index_root ?? '.')),
    }));
    progress.update(`answering ${formatCount(rows.length, 'question')}`, 0, null);
    const { runs, ...report } = await engine.searchBatch(placed, limit, signal);
    progress.clear();
    await writeWhole(output, runs.map((run) => `${visibleJson(run)}\n`).join(''));
    if (options.json) printJson(report);
    else
      print(
        `${formatCount(report.questions, 'question')}, median ${formatMs(report.ms50)}, 99th percentile ${formatMs(report.ms99)}\n`,
      );
  });
}

/** The folder relative to the repository with forward slashes, empty for the repository itself. */
function folderIn(repository: string, folder: string): string {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw fault('LS4001', folder);
  const relative = path.relative(repository, realpathSync(folder)).split(path.sep).join('/');
  if (relative.startsWith('..')) throw fault('LS1002', `index_root ${folder} lies outside the repository`);
  return relative;
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
        throw fault('LS1002', `line ${number} of ${file} is not a JSON object with "id" and "query"`, error);
      }
    });
}
