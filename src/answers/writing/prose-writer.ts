/** The prose of a decoder that may write: each sentence is checked against what was read before it is shown. */
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import type { PlannedSource } from '../../reading/plan.ts';
import { createAttribution } from '../truth/attribution.ts';
import { createCheckedStream } from '../truth/checked-stream.ts';
import type { Relations } from '../truth/relations/relations.ts';
import { createSupportChecker } from '../truth/support.ts';
import { createWording } from '../truth/wording.ts';
import { createRenumbering } from './renumbering.ts';
import type { Writer } from './writer.ts';

export interface ProseOptions {
  /** What was read of the repository beside the sources. */
  readonly map: string;
  /** Names that the question names and the repository has: an answer may say them, read or not. */
  readonly asked?: readonly string[];
  /** Words of the question as stems, to mark what could not be checked; left out: that is not marked. */
  readonly words?: readonly string[];
  /** What is known of the code; left out: only names are checked. */
  readonly relations?: Relations;
  readonly unsupported?: UnsupportedSentences;
  /** The number of each source by the label under which it was read, null for none now; left out: they are the same. */
  readonly labels?: ReadonlyMap<number, number | null>;
  /** Sentences that are written again in one answer, at most; 0 where the decoder cannot go on from a given text. */
  readonly rewrites: number;
}

/** Sentences in a row that only repeat others: a loop. */
const mostRepeats = 2;
/** Of an answer; more was asked of no decoder. Items of a list count as sentences too. */
const mostSentences = 24;

export function proseWriter(
  read: readonly PlannedSource[],
  { map, asked = [], words, relations, unsupported, labels, rewrites }: ProseOptions,
): Writer {
  const sources = read.map(({ source }) => source);
  const checker = createSupportChecker([...sources, { path: '', text: `${map}\n${asked.join('\n')}` }]);
  const renumbering = labels && createRenumbering(labels);
  let left = rewrites;
  let isSecondTry = false;
  let sentencesBefore = 0;
  const stream = createCheckedStream(checker, new Set(sources.map(({ number }) => number)), {
    attribute: createAttribution(sources),
    ...(words && { wording: createWording(sources, words) }),
    ...(relations && { relations }),
    asked,
    ...(unsupported && { unsupported }),
    mayRewrite: () => left > 0 && !isSecondTry,
  });
  const shown = (text: string): string => {
    // What stands now is new: the next sentence has its own second try.
    if (stream.accepted.length > sentencesBefore) {
      isSecondTry = false;
      sentencesBefore = stream.accepted.length;
    }
    return text;
  };
  return {
    take: (event) =>
      event.type === 'token' && stream.refused === null
        ? shown(stream.push(renumbering?.push(event.text) ?? event.text))
        : '',
    end: (isCut) => {
      const rest = renumbering?.end() ?? '';
      return `${rest === '' || stream.refused !== null ? '' : stream.push(rest)}${stream.end(isCut)}`;
    },
    isDone: () => stream.repeats >= mostRepeats || stream.sentences >= mostSentences,
    again: () => {
      if (stream.refused === null) return null;
      const { names } = stream.refused;
      left -= 1;
      isSecondTry = true;
      stream.resume();
      return { accepted: stream.accepted, names };
    },
    isRefusing: () => stream.refused !== null,
    written: () => ({
      text: stream.text.trimEnd(),
      unsupported: stream.unsupported,
      unchecked: stream.unchecked,
      cited: stream.cited,
      verified: stream.verified,
    }),
  };
}
