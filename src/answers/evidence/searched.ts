/** Sentences for when nothing fits a question: what was searched, and what was not. */
import { type Sentence, joined, say } from '../../base/sentences.ts';
import type { IndexCompleteness } from '../../protocol/answers.ts';
import { type IndexStatus, type SkipReason, skipReasons } from '../../protocol/status.ts';

/** How much there is, and what of it cannot be searched. */
export type Searchable = IndexCompleteness & Partial<Pick<IndexStatus, 'skipped' | 'failed'>>;

export interface Searched {
  readonly index: readonly Searchable[];
  /** Globs or folders; empty: everything. */
  readonly scope: readonly string[];
  /** Whether places near in meaning were looked for beside the words. */
  readonly byMeaning: boolean;
}

const notSearched: Readonly<Record<SkipReason, (files: number) => Sentence>> = {
  ignored: (files) => say('{0} ignored by Git', files),
  excluded: (files) => say('{0} excluded by the settings', files),
  binary: (files) => say('{0} binary', files),
  'too-large': (files) => say('{0} too large', files),
  generated: (files) => say('{0} generated', files),
  minified: (files) => say('{0} minified', files),
  unreadable: (files) => say('{0} unreadable', files),
  'not-a-file': (files) => say('{0} not regular files', files),
  'outside-repository': (files) => say('{0} outside of the repository', files),
  'unsupported-encoding': (files) => say('{0} in an unsupported encoding', files),
};

function sum(index: readonly Searchable[], of: (one: Searchable) => number): number {
  return index.reduce((total, one) => total + of(one), 0);
}

/** Left out by choice or for want of skill, so that what is in them is unknown; the others are no text of the repository's own. */
const unknownFiles: readonly SkipReason[] = [
  'excluded',
  'too-large',
  'unreadable',
  'outside-repository',
  'unsupported-encoding',
];

/** Whether every text of the repository's own is in the index. */
export function isWhole(index: readonly Searchable[]): boolean {
  const left = (one: Searchable): number =>
    one.pending + (one.failed?.length ?? 0) + unknownFiles.reduce((all, why) => all + (one.skipped?.[why] ?? 0), 0);
  return sum(index, left) === 0;
}

/** That nothing was found, as far as that is known. */
export function nothingFound({ index, scope }: Searched): Sentence {
  if (sum(index, ({ indexed }) => indexed) === 0) return say('No file is in the index, so nothing was searched.');
  return scope.length > 0
    ? say('Nothing that fits was found in the part that was searched.')
    : say('Nothing that fits was found in the files that are indexed.');
}

/** Of places that were found by their vectors alone. */
export const nearestOnly = say('None of them has a word of the query; they are the nearest in meaning.');

/** What was not looked at, which {@link nothingFound} says nothing about. */
export function notLookedAt({ index, byMeaning }: Searched): readonly Sentence[] {
  const left = [
    { files: sum(index, ({ pending }) => pending), words: (files: number) => say('{0} not indexed yet', files) },
    { files: sum(index, ({ failed }) => failed?.length ?? 0), words: (files: number) => say('{0} that failed', files) },
    ...skipReasons.map((reason) => ({
      files: sum(index, ({ skipped }) => skipped?.[reason] ?? 0),
      words: notSearched[reason],
    })),
  ].filter(({ files }) => files > 0);
  const sentences: Sentence[] = [];
  if (!byMeaning && sum(index, ({ indexed }) => indexed) > 0)
    sentences.push(say('Only words and names were compared, not meanings: there are no vectors to compare.'));
  if (left.length > 0)
    sentences.push(
      say(
        'Files that were not searched: {0}.',
        joined(
          left.map(({ files, words }) => words(files)),
          ', ',
        ),
      ),
    );
  return sentences;
}
