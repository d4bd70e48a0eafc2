/** What a question on the command line does first: index what is missing, so that the answer rests on the files as they are. */
import { isUnwritable } from '../base/errors.ts';
import type { IndexReport } from '../protocol/status.ts';
import { formatCount, inline, note, words } from './output.ts';
import type { Session } from './session.ts';

/**
 * Brings the words and symbols of the index up to date. The vectors of all files are left to `longsight index`, for no answer
 * waits for them to be made; the embedder, where it is installed, still compares the best files with the question.
 */
export async function bringUpToDate(session: Session): Promise<void> {
  const { engine, progress } = session;
  // It starts while files are read; why it cannot, when it cannot, is in the log and in the status.
  const embedder = engine.joinEmbedder();
  embedder.catch(() => undefined);
  const report = await indexOrUse(session, { lexicalOnly: true });
  if (!report) return;
  const [first] = report.failed;
  if (first) {
    progress.clear();
    note(
      `${formatCount(report.failed.length, 'file')} could not be indexed; the first is ${inline(first.path)}: ${words(first.reason)}`,
    );
  }
  await embedder;
  await engine.sharpenIfQuick(session.signal);
  progress.clear();
}

/** Indexes; null when nothing can be written and an index from before is there, which is said. */
export async function indexOrUse(
  { engine, progress, signal }: Session,
  request: { readonly lexicalOnly?: true },
): Promise<IndexReport | null> {
  try {
    return await engine.index(
      request,
      ({ message, done, total }) => {
        progress.update(message, done, total);
      },
      signal,
    );
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    const { index } = await engine.status();
    if (index.indexed === 0) throw error;
    progress.clear();
    note(error.userError);
    note('This uses the index as it was; later changes of files are not in it.');
    return null;
  }
}
