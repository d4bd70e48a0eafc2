/**
 * The part of a file that an earlier try left in the download's folder, `<name>.part`, with a note `<name>.part.json` of the content
 * it belongs to: whichever source comes next goes on with it, because the same hash means the same bytes.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../onnx/external-data.ts';
import { hasCode } from './storage-faults.ts';
import { type Expected, VerifiedFile } from './verified-file.ts';

export interface ResumedFile {
  readonly out: VerifiedFile;
  /** Closes the file; what was written stays for another try, unless it was put in place. */
  readonly close: () => Promise<void>;
}

/** @param kept of the bytes that an earlier try wrote, how many this source can go on with; left out: all */
export async function openResumed(
  scratch: string,
  name: string,
  { hash }: Pick<Expected, 'hash'>,
  signal: AbortSignal | undefined,
  kept: (found: number) => number = (found) => found,
): Promise<ResumedFile> {
  const partial = path.join(scratch, `${name}.part`);
  const note = `${partial}.json`;
  const isSame = (await partOf(note)) === hash.hex;
  const out = await VerifiedFile.open(partial, isSame ? kept : undefined, signal);
  const close = async (): Promise<void> => {
    await out.close();
    // Without its part the note has nothing to say.
    if (!(await exists(partial))) await rm(note, { force: true });
  };
  try {
    await writeAtomically(note, JSON.stringify({ hash: hash.hex }));
  } catch (error) {
    await close();
    throw error;
  }
  return { out, close };
}

const noteSchema = z.object({ hash: z.string() });

/** The hash of the content that the part beside this note belongs to; a note that cannot be read belongs to nothing. */
async function partOf(note: string): Promise<string | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(note, 'utf8'))).hash;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
