/** A copy of the indexed files of a repository without the comments that are asked for: what is searched in an evaluation. */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { IndexReader } from '../../index/types.ts';
import type { LineRange } from '../../protocol/answers.ts';
import type { EvaluationQuestion } from '../../protocol/evaluation.ts';
import type { DocumentedQuestion } from './questions.ts';

export interface EvaluationCopy {
  readonly root: string;
  /** The questions with their places as they are in the copy. */
  readonly questions: readonly EvaluationQuestion[];
  /** Deletes it. */
  dispose(): Promise<void>;
}

/** @throws CancelledError, what reading and writing throw */
export async function copyWithout(
  reader: IndexReader,
  repositoryRoot: string,
  documented: readonly DocumentedQuestion[],
  others: readonly EvaluationQuestion[],
  signal: AbortSignal,
): Promise<EvaluationCopy> {
  const root = path.join(await realpath(await mkdtemp(path.join(tmpdir(), 'longsight-evaluate-'))), 'copy');
  const dispose = (): Promise<void> => rm(path.dirname(root), { recursive: true, force: true });
  try {
    const cuts = new Map<string, Cut>();
    for (const { path: file } of reader.files()) {
      throwIfCancelled(signal);
      const own = documented.filter((question) => question.path === file);
      const bytes = await readFile(path.join(repositoryRoot, file));
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      if (own.length === 0) {
        await writeFile(path.join(root, file), bytes);
        continue;
      }
      const cut = withoutComments(bytes.toString('utf8'), own);
      cuts.set(file, cut);
      await writeFile(path.join(root, file), cut.text);
    }
    const moved = (place: LineRange): LineRange => {
      const cut = cuts.get(place.path);
      return cut
        ? { path: place.path, startLine: cut.lineNow(place.startLine), endLine: cut.lineNow(place.endLine) }
        : place;
    };
    const questions = [...documented, ...others].map(({ kind, question, truth, places }): EvaluationQuestion => ({
      kind,
      question,
      truth,
      places: places.map(moved),
    }));
    return { root, questions, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Cut {
  readonly text: string;
  /** Where a line is now, or where the next that is left is. */
  lineNow(line: number): number;
}

/** The text without the lines of the comments; where a docstring was the whole body, `pass` is. */
function withoutComments(text: string, questions: readonly Pick<DocumentedQuestion, 'comment' | 'symbol'>[]): Cut {
  const gone = new Set<number>();
  const lines = text.split('\n');
  for (const { comment, symbol } of questions) {
    for (let line = comment.startLine; line <= comment.endLine; line++) gone.add(line);
    const isBody = comment.startLine > symbol.startLine && comment.endLine >= symbol.endLine;
    if (!isBody) continue;
    gone.delete(comment.startLine);
    lines[comment.startLine - 1] = `${/^\s*/.exec(lines[comment.startLine - 1] ?? '')?.[0] ?? ''}pass`;
  }
  return {
    text: lines.filter((_, at) => !gone.has(at + 1)).join('\n'),
    lineNow: (line) => line - [...gone].filter((one) => one < line).length,
  };
}
