/** One file's state on disk, and the signature by which an unchanged file is known without reading it. */
import { type Sentence, say } from '../base/sentences.ts';
import { type BigIntStats, lstatSync } from 'node:fs';
import { absoluteOf } from './paths.ts';
import type { SkipReason } from '../protocol/status.ts';

export interface FileStat {
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Size, modification time, change time and inode: as long as it is the same, the content is, but see {@link isRacy}. */
  readonly signature: string;
}

export type StatResult =
  | { readonly kind: 'file'; readonly stat: FileStat }
  | { readonly kind: 'gone' }
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly explanation: Sentence };

/** The state of what stands at the path itself; a symbolic link is not followed. */
export function statFile(root: string, path: string): StatResult {
  let stat: BigIntStats | undefined;
  try {
    stat = lstatSync(absoluteOf(root, path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return {
      kind: 'skipped',
      reason: 'unreadable',
      explanation: say('{0}', error instanceof Error ? error.message : String(error)),
    };
  }
  if (!stat) return { kind: 'gone' };
  if (stat.isSymbolicLink()) {
    return {
      kind: 'skipped',
      reason: 'not-a-file',
      explanation: say('It is a symbolic link; links are not followed, their targets are indexed where they are.'),
    };
  }
  if (stat.isDirectory()) return { kind: 'skipped', reason: 'not-a-file', explanation: say('It is a folder.') };
  if (!stat.isFile())
    return { kind: 'skipped', reason: 'not-a-file', explanation: say('It is a pipe, socket or device.') };
  return { kind: 'file', stat: fileStatOf(stat) };
}

export function fileStatOf(stat: BigIntStats): FileStat {
  return {
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    signature: `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`,
  };
}

/**
 * Whether a file may change again without its signature changing: it was modified so shortly before it was read that a later
 * write could carry the same time (Git's "racy" entries). The file system's clock is taken as coarse when the time shows no
 * fraction of a second (2 s, FAT), else as a kernel tick.
 */
export function isRacy(mtimeNs: bigint, readAtNs: bigint): boolean {
  const granularity = mtimeNs % 1_000_000_000n === 0n ? 2_000_000_000n : 20_000_000n;
  return mtimeNs + granularity >= readAtNs;
}
