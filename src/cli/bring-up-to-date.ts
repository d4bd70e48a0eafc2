/** What a question on the command line does first: index what is missing, so that the answer rests on the files as they are. */
import { note } from './output.ts';
import type { Session } from './session.ts';

/** Brings the lexical and symbol index up to date; vectors are left to `longsight index`, for no answer waits for them. */
export async function bringUpToDate({ engine, progress, signal }: Session): Promise<void> {
  const report = await engine.index(
    { lexicalOnly: true },
    ({ message, done, total }) => {
      progress.update(message, done, total);
    },
    signal,
  );
  progress.clear();
  if (report.failed.length > 0)
    note(
      `${report.failed.length} files could not be indexed, the first is ${report.failed[0]?.path ?? ''}: ${report.failed[0]?.reason ?? ''}`,
    );
}
