/** Removes what dead processes left behind; called only while the lock of the model is held, so nobody is using it. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Empties a download's scratch folder but for the parts that a next try takes up again.
 * @param keepParts false once the model is there and the parts are of no more use
 */
export async function sweepScratch(scratch: string, keepParts: boolean): Promise<void> {
  for (const name of await readdir(scratch)) {
    const resumable = name.endsWith('.part') || name.endsWith('.part.json');
    if (!(keepParts && resumable)) await rm(path.join(scratch, name), { recursive: true, force: true });
  }
}
