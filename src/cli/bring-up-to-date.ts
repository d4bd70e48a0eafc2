/** What a question on the command line does first: index what is missing, so that the answer rests on the files as they are. */
import { note } from './output.ts';
import type { Session } from './session.ts';

/**
 * Brings the words and symbols of the index up to date. The vectors of all files are left to `longsight index`, for no answer
 * waits for them to be made; the embedder, where it is installed, still compares the best files with the question.
 */
export async function bringUpToDate({ engine, progress, signal }: Session): Promise<void> {
  // It starts while files are read; why it cannot, when it cannot, is in the log and in the status.
  const embedder = engine.joinEmbedder();
  embedder.catch(() => undefined);
  const report = await engine.index(
    { lexicalOnly: true },
    ({ message, done, total }) => {
      progress.update(message, done, total);
    },
    signal,
  );
  const [first] = report.failed;
  if (first) {
    progress.clear();
    note(`${report.failed.length} files could not be indexed, the first is ${first.path}: ${first.reason}`);
  }
  await embedder;
  progress.clear();
}
