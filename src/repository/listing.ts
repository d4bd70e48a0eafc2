/** What a listing of a repository's files gives, however it was made. */
import type { SkipReason } from '../protocol/status.ts';
import { type Sentence, say } from '../base/sentences.ts';

/** What a listing found; paths are relative to the repository's root. */
export interface Listing {
  readonly files: readonly string[];
  /** Ignored files and folders; a folder, which ends in a slash, stands for all below it. */
  readonly ignored: readonly string[];
  /** Left out by Longsight's own defaults, with the sentence that says why; a folder ends in a slash. */
  readonly excluded: readonly { readonly path: string; readonly explanation: Sentence }[];
  /** What has no path that can be worked with, or is no file: names that are not UTF-8, pipes, sockets, devices. */
  readonly unlistable: readonly {
    readonly path: string;
    readonly reason: SkipReason;
    readonly explanation: Sentence;
  }[];
}

export type Unlistable = Listing['unlistable'][number];

/** What stands for a file whose name is no UTF-8; `shown` has its other bytes in a form that can be read. */
export function unnameable(shown: string): Unlistable {
  return {
    path: shown,
    reason: 'unreadable',
    explanation: say('Its name is not UTF-8; rename it to have it indexed.'),
  };
}

/** What stands for a pipe, socket or device. */
export function special(path: string): Unlistable {
  return { path, reason: 'not-a-file', explanation: say('It is a pipe, socket or device.') };
}
