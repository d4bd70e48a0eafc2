/** What a question on the command line does first: index what is missing, so that the answer rests on the files as they are. */
import { note } from './output.ts';
import type { Session } from './session.ts';

/**
 * Brings the words and symbols of the index up to date. Vectors are left to `longsight index`, for no answer waits for them to
 * be made; where they are, search is sharpened by them.
 */
export async function bringUpToDate({ engine, progress, signal }: Session): Promise<void> {
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
  const { index } = await engine.status();
  if (index.embedded > 0) await engine.sharpen(signal);
  progress.clear();
}
