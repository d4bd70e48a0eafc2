/** Writes a file the user named whole or not at all. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { fault } from '../base/errors.ts';

/** Writes beside the file and renames; an error leaves what was there before. Rejects with LS1004. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, text, { flush: true });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw fault('LS1004', file, error);
  }
}
