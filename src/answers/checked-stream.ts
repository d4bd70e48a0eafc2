/**
 * The decoder's prose on its way to the user: sentence by sentence it is checked, marked and its citations are put right, so
 * that what streams past is already the final text and nothing shown has to be taken back.
 */
import type { UnsupportedSpan } from '../protocol/answers.ts';
import type { SupportChecker } from './support.ts';

/** Stands after a sentence that claims what nothing read supports. */
const unsupportedMark = '[not supported by the sources]';

export interface CheckedStream {
  /** Takes what the decoder wrote next and gives back what can be shown now. */
  push(text: string): string;
  /** The rest, when the decoder has stopped. */
  end(): string;
  /** All that was given back so far. */
  readonly text: string;
  /** Offsets in `text`. */
  readonly unsupported: readonly UnsupportedSpan[];
  /** Numbers cited so far, in order of first use. */
  readonly cited: readonly number[];
  /** How often the sentence that came most often came. */
  readonly mostRepeated: number;
}

/** Shorter sentences may well stand twice in a list. */
const shortestRepeated = 30;

/** @param numbers the citation numbers that exist */
export function createCheckedStream(checker: SupportChecker, numbers: ReadonlySet<number>): CheckedStream {
  let waiting = '';
  let text = '';
  const unsupported: UnsupportedSpan[] = [];
  const cited: number[] = [];
  const times = new Map<string, number>();
  let mostRepeated = 0;

  const release = (raw: string): string => {
    const sentence = mendCitations(raw, numbers, (number) => {
      if (!cited.includes(number)) cited.push(number);
    });
    const claims = checker.check(sentence);
    const body = sentence.trimEnd();
    const count = (times.get(body) ?? 0) + 1;
    times.set(body, count);
    if (body.length >= shortestRepeated) mostRepeated = Math.max(mostRepeated, count);
    const fenced = /^ {0,3}`{3,}/m.test(body);
    const mark = claims.length === 0 ? '' : `${fenced ? '\n' : ' '}${unsupportedMark}`;
    for (const { start, end, text: claim } of claims)
      unsupported.push({ start: text.length + start, end: text.length + end, text: claim });
    const shown = body + mark + sentence.slice(body.length);
    text += shown;
    return shown;
  };

  return {
    push: (piece) => {
      waiting += piece;
      let shown = '';
      for (let end = sentenceEnd(waiting); end > 0; end = sentenceEnd(waiting)) {
        shown += release(waiting.slice(0, end));
        waiting = waiting.slice(end);
      }
      return shown;
    },
    end: () => {
      const rest = waiting;
      waiting = '';
      return rest === '' ? '' : release(rest);
    },
    get text() {
      return text;
    },
    unsupported,
    cited,
    get mostRepeated() {
      return mostRepeated;
    },
  };
}

/**
 * Where the first sentence of the text ends, its white space included; 0 when it is not complete yet. A code fence is one
 * sentence; a full stop inside backticks, or followed by no space, ends nothing; citations after the stop belong to it.
 */
function sentenceEnd(text: string): number {
  const open = /^\s*(`{3,})/.exec(text);
  if (open?.[1] !== undefined) {
    const close = new RegExp(String.raw`\n {0,3}${open[1]}\`*[ \t]*\n`).exec(text);
    return close ? close.index + close[0].length : 0;
  }
  let ticked = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '`') ticked = !ticked;
    if (sign === '\n') {
      const rest = /^\n+/.exec(text.slice(at))?.[0] ?? '';
      // More line ends may follow; they are white space of the same sentence.
      return at + rest.length < text.length ? at + rest.length : 0;
    }
    if (ticked || (sign !== '.' && sign !== '!' && sign !== '?')) continue;
    const after = /^[.!?]["”)]?(?:\s?\[\d[\d, –-]*\])*[.!?]?[ \t]+(?=[^\s[])/.exec(text.slice(at));
    if (after) return at + after[0].length;
  }
  return 0;
}

/** Splits `[1, 2]` and `[1-3]` into single numbers and takes out those that do not exist. */
function mendCitations(text: string, numbers: ReadonlySet<number>, onCited: (number: number) => void): string {
  // Inside backticks and fences brackets are code.
  return text.replaceAll(
    /(`+)[\s\S]*?\1| ?[[【](\d+(?:\s*[,–-]\s*\d+)*)[\]】](?!\()/g,
    (whole: string, _ticks: unknown, list: string | undefined) => {
      if (list === undefined) return whole;
      const wanted = list.split(/\s*,\s*/).flatMap((item) => {
        const [from = NaN, to = from] = item.split(/\s*[–-]\s*/).map(Number);
        // A range of code (`a[0-9]`) may be long; citations never are.
        return to - from > 20 ? [] : Array.from({ length: Math.max(to - from + 1, 0) }, (_, step) => from + step);
      });
      const kept = wanted.filter((number) => numbers.has(number));
      for (const number of kept) onCited(number);
      if (kept.length === 0) return '';
      return (whole.startsWith(' ') ? ' ' : '') + kept.map((number) => `[${number}]`).join('');
    },
  );
}
