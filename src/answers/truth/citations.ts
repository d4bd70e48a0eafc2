/**
 * Checks citations against the files on disk at the time of the answer: `verified` when the cited lines stand there as they
 * were read, `moved` when they stand elsewhere in the file (the citation then points there), `stale` when they are gone.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { Logger } from '../../base/logging.ts';
import type { IndexReader } from '../../index/types.ts';
import type { Citation, LineRange } from '../../protocol/answers.ts';

/** A place with the text that was read there. */
export interface CitedPlace extends LineRange {
  readonly id: string;
  readonly number: number;
  readonly text: string;
}

export interface CitationContext {
  readonly reader: IndexReader;
  readonly repositoryRoot: string;
  readonly logger: Logger;
}

/** Citations with their status, in the order given. */
export async function checkCitations(
  places: readonly CitedPlace[],
  context: CitationContext,
  signal?: AbortSignal,
): Promise<Citation[]> {
  const files = new Map<string, Promise<DiskFile | null>>();
  const checked: Citation[] = [];
  for (const cited of places) {
    throwIfCancelled(signal);
    const pending = files.get(cited.path) ?? readFromDisk(cited.path, context);
    files.set(cited.path, pending);
    const { id, number, path: file } = cited;
    checked.push({ id, number, path: file, ...anchor(cited, await pending, context.reader.file(file)?.contentHash) });
  }
  return checked;
}

interface DiskFile {
  readonly bytes: Buffer;
  readonly lines: readonly string[];
}

async function readFromDisk(file: string, { repositoryRoot, logger }: CitationContext): Promise<DiskFile | null> {
  try {
    const bytes = await readFile(path.join(repositoryRoot, file));
    return { bytes, lines: linesIn(bytes.toString('utf8')) };
  } catch (error) {
    // Deleted or unreadable: either way nobody can look at the lines now, which is what stale says.
    logger.debug({ path: file, error: String(error) }, 'a cited file cannot be read');
    return null;
  }
}

function anchor(
  cited: CitedPlace,
  file: DiskFile | null,
  contentHash: string | undefined,
): Pick<Citation, 'startLine' | 'endLine' | 'status'> {
  const { startLine, endLine } = cited;
  if (!file) return { startLine, endLine, status: 'stale' };
  if (contentHash !== undefined && hasHash(file.bytes, contentHash)) return { startLine, endLine, status: 'verified' };
  const wanted = linesIn(cited.text);
  const standsAt = (from: number): boolean => wanted.every((line, at) => file.lines[from + at] === line);
  if (standsAt(startLine - 1)) return { startLine, endLine, status: 'verified' };
  let nearest: number | undefined;
  for (let from = 0; from + wanted.length <= file.lines.length; from++) {
    if (!standsAt(from)) continue;
    if (nearest === undefined || Math.abs(from + 1 - startLine) < Math.abs(nearest + 1 - startLine)) nearest = from;
  }
  // Lines of white space alone are found anywhere: they prove nothing.
  if (nearest === undefined || cited.text.trim() === '') return { startLine, endLine, status: 'stale' };
  return { startLine: nearest + 1, endLine: nearest + wanted.length, status: 'moved' };
}

function linesIn(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/\r?\n/);
}

/** Whether the bytes have this hash: a SHA-256 of them, or Git's blob id (SHA-1 or, in newer repositories, SHA-256). */
function hasHash(bytes: Buffer, contentHash: string): boolean {
  const blob = `blob ${bytes.length}\0`;
  if (contentHash.length === 40) return createHash('sha1').update(blob).update(bytes).digest('hex') === contentHash;
  return (
    createHash('sha256').update(bytes).digest('hex') === contentHash ||
    createHash('sha256').update(blob).update(bytes).digest('hex') === contentHash
  );
}
