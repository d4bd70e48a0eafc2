/**
 * The decoder's prose on its way to the user: sentence by sentence it is checked, marked and its citations are put right, so
 * that what streams past is already the final text and nothing shown has to be taken back.
 */
import { codeSpans, escapeAt, escapesOf } from '../../markdown/prose.ts';
import type { Nodes } from 'mdast';
import { read } from '../../markdown/read.ts';
import { fence } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import type { UnsupportedSpan } from '../../protocol/answers.ts';
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import type { Attribution } from './attribution.ts';
import { createContextCheck } from './check-in-context.ts';
import type { Relations } from './relations/relations.ts';
import { createRepetition } from './repetition.ts';
import type { SupportChecker } from './support.ts';
import type { Wording } from './wording.ts';

/** After a sentence that claims what nothing read supports, and after one that may be right but could not be held against the code. */
const unsupportedMark = '[not supported by the sources]';
export const uncheckedMark = '[?]';

/** A text without what was said of its sentences. */
export function withoutMarks(text: string): string {
  return text.replaceAll(` ${unsupportedMark}`, '').replaceAll(` ${uncheckedMark}`, '');
}

export interface CheckedStream {
  /** Takes what the decoder wrote next and gives back what can be shown now. */
  push(text: string): string;
  /**
   * The rest, when the decoder has stopped.
   * @param isCut it was stopped in the middle: a sentence without its end is left out
   */
  end(isCut?: boolean): string;
  /** All that was given back so far. */
  readonly text: string;
  /** Offsets in `text`. */
  readonly unsupported: readonly UnsupportedSpan[];
  /** Numbers cited so far, in order of first use. */
  readonly cited: readonly number[];
  /** Those of them that a sentence cites which was checked: a relation of code that it states holds, or it says what the lines say. */
  readonly verified: readonly number[];
  /** Sentences shown that state something which could not be checked. */
  readonly unchecked: number;
  /** Sentences in a row that only said again what was said; they are not shown. */
  readonly repeats: number;
  /** Sentences shown, code and headings left out. */
  readonly sentences: number;
  /** What the decoder wrote of what was shown. */
  readonly accepted: string;
  /** The sentence that is to be written again, with the names that do not hold; null: none is. */
  readonly refused: Refused | null;
  /** What is pushed from now on follows `accepted`. */
  resume(): void;
}

interface Refused {
  readonly names: readonly string[];
}

export interface StreamOptions {
  /** What is known of the code; left out: only names are checked. */
  readonly relations?: Relations;
  /** Names in the question that the repository has: what "it" means in the first sentence. */
  readonly asked?: readonly string[];
  /** Finds the source of a sentence that cites none; left out: it stays without. */
  readonly attribute?: (sentence: string) => Attribution;
  /** Finds the lines that say a sentence in its words; left out: what could not be checked is not marked. */
  readonly wording?: Wording;
  /** What becomes of a sentence that does not hold. */
  readonly unsupported?: UnsupportedSentences;
  /** Whether a sentence that does not hold may be written again; asked each time. */
  readonly mayRewrite?: () => boolean;
}

/** @param numbers the citation numbers that exist */
export function createCheckedStream(
  checker: SupportChecker,
  numbers: ReadonlySet<number>,
  { relations, asked, attribute, wording, unsupported: treatment = 'mark', mayRewrite }: StreamOptions = {},
): CheckedStream {
  let waiting = '';
  let text = '';
  let accepted = '';
  let refused: Refused | null = null;
  let repeats = 0;
  let sentences = 0;
  let unchecked = 0;
  const unsupported: UnsupportedSpan[] = [];
  const cited: number[] = [];
  const verified: number[] = [];
  const repetition = createRepetition();
  const context = createContextCheck(relations ?? null, asked);
  let before = '';

  const check = (sentence: string): CheckedSentence => {
    const claims = checker.check(sentence);
    const { supported, contradicted } = context.check(sentence);
    const isFalse = contradicted.length > 0;
    // A relation that does not hold makes the whole sentence wrong, not a word of it.
    const whole = { start: 0, end: sentence.trimEnd().length, text: sentence.trim() };
    return {
      wrong: claims.length > 0 || !isFalse ? claims : [whole],
      names: claims.map((claim) => claim.text),
      isChecked: supported.length > 0,
    };
  };

  const release = (raw: string): string => {
    const fenced = wholeFence(raw, text === '' || text.endsWith('\n'));
    if (fenced === undefined && repetition.repeats(raw)) {
      repeats += 1;
      return '';
    }
    const own: number[] = [];
    const mended = fenced ?? mendCitations(raw, numbers, checker, (number) => own.push(number));
    const { wrong, names, isChecked: isRelated } = check(mended);
    // What it speaks of must be in the same lines: its name, or without one the words of the sentence before.
    const worded = wording && fenced === undefined ? wording(context.named(mended) ?? `${before} ${mended}`) : null;
    const isChecked = isRelated || worded !== null;
    if (wrong.length > 0 && fenced === undefined && mayRewrite?.() === true) {
      refused = { names };
      waiting = '';
      return '';
    }
    repeats = 0;
    if (fenced === undefined) {
      repetition.remember(raw);
      context.remember(mended);
      before = mended.trim();
    }
    accepted += raw;
    if (wrong.length > 0 && treatment === 'drop') return '';
    const safely = (sentence: string): Escaped => {
      const places =
        fenced === undefined ? escapesOf(sentence, (at) => isCitation(sentence, at, numbers, checker)) : [];
      return escapeAt(sentence, places);
    };
    let { text: safe, moved } = safely(mended);
    let isForeign = false;
    if (fenced === undefined && isStatement(mended)) {
      sentences += 1;
      if (own.length === 0 && wrong.length === 0 && attribute) {
        const { number: likeliest, isForeign: nowhere } = attribute(mended);
        const number = worded ?? likeliest;
        isForeign = nowhere;
        const at = citationPlace(mended);
        const cites = number === null ? null : safely(`${mended.slice(0, at)} [${number}]${mended.slice(at)}`);
        // Only where Markdown reads it as text: never in code, an address or a heading of its own making.
        if (number !== null && cites && hasCitation(text + cites.text, text.length + cites.moved(at) + 1)) {
          ({ text: safe, moved } = cites);
          own.push(number);
        }
      }
    }
    for (const number of own) {
      if (!cited.includes(number)) cited.push(number);
      if (isChecked && wrong.length === 0 && !verified.includes(number)) verified.push(number);
    }
    const body = safe.trimEnd();
    // Where it is told what could not be checked, other words than the sources' are only that.
    const isMarked = wrong.length > 0 || (isForeign && !wording);
    const isUnchecked =
      wording && !isMarked && !isChecked && fenced === undefined && isStatement(mended) && !isAboutSources(mended);
    if (isUnchecked === true) unchecked += 1;
    const sign = isMarked ? unsupportedMark : isUnchecked === true ? uncheckedMark : '';
    const mark = sign === '' ? '' : `${fenced === undefined ? ' ' : '\n'}${sign}`;
    const spans = isMarked && isForeign ? [{ start: 0, end: mended.trimEnd().length, text: mended.trim() }] : wrong;
    for (const { start, end, text: claim } of spans)
      unsupported.push({ start: text.length + moved(start), end: text.length + moved(end), text: claim });
    const shown = body + mark + safe.slice(body.length);
    text += shown;
    return shown;
  };

  return {
    push: (piece) => {
      // A lone carriage return ends a line too; one before a line feed says nothing.
      waiting = (waiting + piece).replaceAll(/\r\n|\r(?=[^])/g, '\n');
      let shown = '';
      for (let end = sentenceEnd(waiting); end > 0; end = sentenceEnd(waiting)) {
        const sentence = waiting.slice(0, end);
        waiting = waiting.slice(end);
        shown += release(sentence);
      }
      return shown;
    },
    end: (isCut = false) => {
      const rest = waiting.replaceAll('\r', '\n');
      waiting = '';
      const isWhole = !isCut || text.trim() === '' || /[.!?:)\]`]["”)]*\s*$/.test(rest) || opening.test(rest);
      return rest === '' || !isWhole ? '' : release(rest);
    },
    get text() {
      return text;
    },
    unsupported,
    cited,
    verified,
    get unchecked() {
      return unchecked;
    },
    get repeats() {
      return repeats;
    },
    get sentences() {
      return sentences;
    },
    get accepted() {
      return accepted;
    },
    get refused() {
      return refused;
    },
    resume: () => {
      refused = null;
    },
  };
}

interface CheckedSentence {
  readonly wrong: readonly UnsupportedSpan[];
  readonly names: readonly string[];
  readonly isChecked: boolean;
}

/** Prose that states something: no heading, no row of a table, nothing that only leads to what follows. */
function isStatement(sentence: string): boolean {
  const body = sentence.trim();
  return (
    body !== '' &&
    !/^(?:#{1,6}\s|\||[-*_=]{3,}$)/.test(body) &&
    !body.endsWith(':') &&
    /\p{L}{3,}.*\s.*\p{L}{2,}/su.test(body)
  );
}

/** That it was not found is said of what was read, not of the code. */
function isAboutSources(sentence: string): boolean {
  return (
    /\b(?:sources?|passages?|repository|code (?:above|shown|provided))\b/i.test(sentence) &&
    /\b(?:not|no|none|nothing|cannot)\b|n't\b/i.test(sentence)
  );
}

/** Where a citation belongs in a sentence: before its full stop, and behind it where that is in code. */
function citationPlace(sentence: string): number {
  const body = sentence.trimEnd();
  const end = /[.!?]["”)*_]*$/.exec(body);
  // A full stop inside a quotation is the quotation's.
  const stop = end && !/["”]/.test(end[0]) ? end.index : body.length;
  const isInside = codeSpans(body).some(({ start, end }) => start < stop && stop < end);
  return isInside ? body.length : stop;
}

/** Whether Markdown reads a citation at the offset. */
function hasCitation(markdown: string, offset: number): boolean {
  const isThere = (node: Nodes): boolean =>
    node.type === 'citation'
      ? node.position?.start.offset === offset
      : node.type !== 'heading' && 'children' in node && node.children.some(isThere);
  return isThere(read(markdown));
}

type Escaped = ReturnType<typeof escapeAt>;

/**
 * The line that opens a block of code: its fence and what follows it. After backticks no further backtick may follow, else they
 * open a code span (CommonMark 4.5).
 */
const opening = /^\s*(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n/;
/** A last line that may become one. */
const mayOpen = /^\s*(?:`{3,}[^`\n]*|~{3,}[^\n]*)$/;

/**
 * A stretch that is a block of code, written again so that it is one wherever it stands; undefined for one that is none.
 * @param atLineStart whether what was shown before ends a line
 */
function wholeFence(raw: string, atLineStart: boolean): string | undefined {
  const open = opening.exec(raw);
  if (open?.[1] === undefined) return undefined;
  const inside = raw.slice(open[0].length);
  const close = new RegExp(String.raw`^[ \t]*${open[1]}[\`~]*[ \t]*$`, 'm').exec(inside);
  const lines = (close ? inside.slice(0, close.index) : inside).replace(/\n$/, '');
  const after = close ? inside.slice(close.index + close[0].length) : '';
  const language = (open[2] ?? '').trim().split(/\s/)[0] ?? '';
  return `${atLineStart ? '' : '\n'}${write([fence(lines, language)])}${after}`;
}

/** Its stop ends no sentence. */
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|resp|approx|incl|no|fig)\.$/i;

/**
 * Where the first sentence of the text ends, its white space included; 0 when it is not complete yet. A code fence is one
 * sentence; a full stop inside backticks, or followed by no space, ends nothing; citations after the stop belong to it.
 */
function sentenceEnd(text: string): number {
  if (mayOpen.test(text)) return 0;
  const open = opening.exec(text);
  if (open?.[1] !== undefined) {
    const close = new RegExp(String.raw`\n[ \t]*${open[1]}[\`~]*[ \t]*\n`).exec(text);
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
    if (after && !abbreviation.test(text.slice(0, at + 1))) return at + after[0].length;
  }
  return 0;
}

/** Splits `[1, 2]` and `[1-3]` into single numbers and takes out those that do not exist; brackets of code stay. */
function mendCitations(
  prose: string,
  numbers: ReadonlySet<number>,
  checker: SupportChecker,
  onCited: (number: number) => void,
): string {
  const spans = codeSpans(prose);
  return prose.replaceAll(
    / ?[[【](\d+(?:\s*[,–-]\s*\d+)*)[\]】](?!\()/g,
    (whole: string, list: string, offset: number) => {
      const at = offset + (whole.startsWith(' ') ? 1 : 0);
      if (spans.some(({ start, end }) => start <= at && at < end) || isIndex(prose, at, checker)) return whole;
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

/** Whether the bracket at an offset of mended prose opens a citation. */
function isCitation(prose: string, at: number, numbers: ReadonlySet<number>, checker: SupportChecker): boolean {
  const number = /^\[(\d{1,4})\](?!\()/.exec(prose.slice(at, at + 8))?.[1];
  return number !== undefined && numbers.has(Number(number)) && !isIndex(prose, at, checker);
}

/** Whether the bracket at an offset belongs to the code before it: `argv[1]` does where the sources say `argv[1]`. */
function isIndex(prose: string, at: number, checker: SupportChecker): boolean {
  const word = prose
    .slice(0, at)
    .replace(/^[^]*[\s`]/, '')
    .replace(/^["'({,=]+/, '');
  if (!/^[\p{L}_$](?:.*[\p{L}\p{N}_$)\]])?$/u.test(word)) return false;
  const close = prose.indexOf(']', at);
  return close >= 0 && checker.stands(word + prose.slice(at, close + 1));
}
