/** The decoder's part of an answer: it reads the evidence, then quotes lines of it or writes prose over it, checked as it streams. */
import { isCancelled } from '../base/cancellation.ts';
import type { Budget, UnsupportedSpan } from '../protocol/answers.ts';
import { noBudget, readingLimits } from '../reading/budget.ts';
import type { LeftOut, PlannedSource, PromptFrame, ReadableSource, ReadingStrategy } from '../reading/plan.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, Decoder } from '../runtime/decoder.ts';
import { settled } from '../runtime/settled.ts';
import { createCheckedStream } from './checked-stream.ts';
import type { Evidence } from './evidence.ts';
import { excerptLines, fence } from './evidence-text.ts';
import { place, qualifiedName } from './file-text.ts';
import { createSupportChecker } from './support.ts';
import { wordsOf } from './words.ts';

export interface SpeakInput {
  readonly decoder: Decoder;
  readonly writesProse: boolean;
  readonly frame: PromptFrame;
  readonly strategy: ReadingStrategy;
  /** What may be read, best first, with the numbers under which the answer shows it. */
  readonly evidence: readonly { readonly evidence: Evidence; readonly number: number }[];
  /** The question's words as stems: what a quote must have to do with; empty when nothing was asked. */
  readonly words: readonly string[];
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly onText: (text: string) => void;
  readonly onReading: (done: number, total: number) => void;
  readonly onFirstToken: () => void;
  readonly signal: AbortSignal;
}

export interface Spoken {
  /** Markdown; empty when the decoder had nothing to say or no room to read. */
  readonly text: string;
  readonly unsupported: readonly UnsupportedSpan[];
  /** Citation numbers in the text. */
  readonly cited: readonly number[];
  readonly budget: Budget;
  readonly read: readonly PlannedSource[];
  readonly leftOut: readonly LeftOut[];
  readonly droppedTurns: number;
  /** Why the decoder did not speak at all; null when it did. */
  readonly silentBecause: string | null;
  readonly stopped: boolean;
  /** `performance.now()` at the first token; null when none came. */
  readonly firstTokenAt: number | null;
  readonly result: Pick<DecodeResult, 'prefillTokens' | 'reusedTokens' | 'decodeTokensPerSecond'> & {
    readonly decodeTokens: number;
  };
}

/** A quote of a few lines; more would be the source itself, which stands above it anyway. */
const maxQuoteLines = 3;
const maxQuotes = 1;
/** Sources that a quote may come from: a small decoder is easily drawn to the wrong one, and search knows better. */
const mostQuotable = 2;
const mostQuotableLines = 10;
/** A line with fewer names (a brace, `else:`, `return value`) says nothing when it stands alone. */
const fewestNames = 2;
const controlWords =
  /^(?:return|yield|await|else|elif|if|then|do|end|begin|try|catch|except|finally|default|case|break|continue|pass|next|throw|raise|const|let|var|new|not)$/;
/** A sentence said so often is a loop. */
const repetitions = 3;
/** Low enough to stay with the sources, above 0 so that a decoder does not fall into a loop. */
const proseTemperature = 0.2;

/** Runs the decoder over the evidence. A cancellation ends it and keeps what was said. */
export async function speak(input: SpeakInput): Promise<Spoken> {
  const { decoder, writesProse, frame, signal } = input;
  const limits = readingLimits(decoder.info.window ?? decoder.info.contextLength, writesProse, input.maxTokens);
  const sources = input.evidence.map(({ evidence, number }) => readable(evidence, number));
  const plan = await settled(decoder, () => input.strategy.plan({ frame, sources, counter: decoder, limits }), signal);
  const budget = { ...plan.budget, ...(decoder.info.tokenCounts === 'estimated' && { counts: 'estimated' as const }) };
  const base = { budget, read: plan.read, leftOut: plan.leftOut, droppedTurns: plan.droppedTurns };
  const nothing = { text: '', unsupported: [], cited: [], firstTokenAt: null, stopped: false, result: noResult };
  if (plan.read.length === 0) {
    const silentBecause =
      plan.budget.used + limits.reserve > limits.window
        ? `the question takes ${plan.budget.question} tokens and the window of ${decoder.info.displayName} has ${limits.window}`
        : 'no source fits into its window';
    return { ...base, ...nothing, budget: noBudget, silentBecause };
  }

  const texts = writesProse ? [] : quotable(plan.read, new Set(input.words));
  if (!writesProse && texts.length === 0) {
    const why =
      input.words.length === 0
        ? 'there is no question to pick lines for'
        : "no line beyond those shown holds the question's words";
    return {
      ...base,
      ...nothing,
      read: [],
      budget: noBudget,
      silentBecause: `${decoder.info.displayName} only quotes, and ${why}`,
    };
  }

  let firstTokenAt: number | null = null;
  let decodeTokens = 0;
  const enough = new AbortController();
  const writer = writesProse ? proseWriter(plan.read, frame.map) : quoteWriter(plan.read, texts, new Set(input.words));
  const onEvent = (event: DecodeEvent): void => {
    if (event.type === 'prefill') input.onReading(event.done, event.total);
    if (event.type === 'token') {
      if (firstTokenAt === null) input.onFirstToken();
      firstTokenAt ??= performance.now();
      decodeTokens += 1;
    }
    const shown = writer.take(event);
    if (shown !== '') input.onText(shown);
    if (writer.isLooping()) enough.abort();
  };
  const request: DecodeRequest = {
    messages: plan.messages,
    ...(plan.assistantPrefix === '' ? {} : { assistantPrefix: plan.assistantPrefix }),
    maxTokens: limits.reserve,
    sampling: {
      temperature: writesProse ? (input.temperature ?? proseTemperature) : 0,
      topK: 40,
      topP: 0.95,
      minP: 0.05,
      repetitionPenalty: 1,
      seed: input.seed ?? 0,
    },
    ...(writesProse ? {} : { constraint: quoteConstraint(texts) }),
  };
  let result: Spoken['result'] = { ...noResult };
  let stopped = false;
  try {
    const done = await decoder.decode(request, onEvent, AbortSignal.any([signal, enough.signal]));
    result = { ...done, decodeTokens: done.decodeTokens ?? done.tokenIds.length };
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = signal.aborted;
    result = { ...noResult, decodeTokens };
  }
  const rest = writer.end();
  if (rest !== '') input.onText(rest);
  return { ...base, ...writer.written(), silentBecause: null, stopped, firstTokenAt, result };
}

const noResult = { prefillTokens: 0, reusedTokens: 0, decodeTokensPerSecond: 0, decodeTokens: 0 };

function readable(evidence: Evidence, number: number): ReadableSource {
  const { id, path, startLine, endLine, language, text, symbol } = evidence;
  return {
    id,
    path,
    startLine,
    endLine,
    language,
    text,
    number,
    anchorLine: Math.max(symbol?.startLine ?? startLine, startLine),
    quotableFrom: startLine + bodyStart(text.split('\n'), evidence.declaration),
    ...(symbol ? { symbol: qualifiedName(symbol) } : {}),
  };
}

/** Index of the first line behind what the evidence shows: the declaration and the docstring, or an excerpt. */
function bodyStart(lines: readonly string[], declaration: string): number {
  const declared = declaration.split('\n');
  const first = declaration === '' ? -1 : lines.indexOf(declared[0] ?? '');
  // What is no definition is shown by its first lines.
  if (declaration === '') return Math.min(excerptLines, lines.length);
  if (first < 0) return 0;
  let at = first + declared.length;
  while (lines[at]?.trim() === '') at += 1;
  const sign = /^\s*[rRuUbB]*("""|''')/.exec(lines[at] ?? '');
  if (!sign?.[1]) return at;
  const closes = (line: string, from: number): boolean => line.indexOf(sign[1] ?? '', from) >= 0;
  if (!closes(lines[at] ?? '', sign[0].length)) {
    at += 1;
    while (at < lines.length && !closes(lines[at] ?? '', 0)) at += 1;
  }
  at += 1;
  while (lines[at]?.trim() === '') at += 1;
  return at;
}

/** Lines that may be quoted, as part of the source with this number. */
interface Quotable {
  readonly id: string;
  readonly number: number;
  readonly startLine: number;
  readonly lines: readonly string[];
}

/**
 * What may be quoted: of the bodies of the best sources the lines with most of the question's words, each with the line after it.
 * A small decoder given every line picks one that has nothing to do with the question more often than not.
 */
function quotable(read: readonly PlannedSource[], words: ReadonlySet<string>): Quotable[] {
  const candidates = read
    .toSorted((a, b) => a.source.number - b.source.number)
    .slice(0, mostQuotable)
    .flatMap(({ source: { number, text, startLine, quotableFrom } }) =>
      text.split('\n').flatMap((line, at) => {
        const hits = new Set(wordsOf(line).filter((word) => words.has(word))).size;
        return hits === 0 || startLine + at < quotableFrom || isBare(line)
          ? []
          : [{ number, line: startLine + at, hits }];
      }),
    );
  const best = Math.max(...candidates.map(({ hits }) => hits));
  const chosen = candidates.filter(({ hits }) => hits >= best - 1).slice(0, mostQuotableLines);
  const runs: { number: number; startLine: number; endLine: number }[] = [];
  for (const { number, line } of chosen.toSorted((a, b) => a.number - b.number || a.line - b.line)) {
    const last = runs.at(-1);
    if (last?.number === number && line <= last.endLine + 1) last.endLine = line + 1;
    else runs.push({ number, startLine: line, endLine: line + 1 });
  }
  return runs.flatMap(({ number, startLine, endLine }) => {
    const source = read.find((planned) => planned.source.number === number)?.source;
    const lines = source?.text.split('\n').slice(startLine - source.startLine, endLine - source.startLine + 1) ?? [];
    while (lines.at(-1)?.trim() === '') lines.pop();
    return [{ id: `${number}:${startLine}`, number, startLine, lines }];
  });
}

/** Whether a line has no more than one name or word besides those that steer: nothing that could answer a question. */
function isBare(line: string): boolean {
  const names = line.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
  return names.filter((name) => !controlWords.test(name)).length < fewestNames;
}

function quoteConstraint(texts: readonly Quotable[]): NonNullable<DecodeRequest['constraint']> {
  return {
    kind: 'quote',
    texts: texts.map(({ id, lines }) => ({ id, text: lines.join('\n') })),
    maxLines: maxQuoteLines,
    maxQuotes,
  };
}

interface Writer {
  /** Text that can be shown now. */
  take(event: DecodeEvent): string;
  end(): string;
  /** True when it says the same over and over: a decoder in a loop never leaves it. */
  isLooping(): boolean;
  written(): Pick<Spoken, 'text' | 'unsupported' | 'cited'>;
}

function proseWriter(read: readonly PlannedSource[], map: string): Writer {
  const checker = createSupportChecker([...read.map(({ source }) => source), { path: '', text: map }]);
  const stream = createCheckedStream(checker, new Set(read.map(({ source }) => source.number)));
  return {
    take: (event) => (event.type === 'token' ? stream.push(event.text) : ''),
    end: () => stream.end(),
    isLooping: () => stream.mostRepeated >= repetitions,
    written: () => ({ text: stream.text.trimEnd(), unsupported: stream.unsupported, cited: stream.cited }),
  };
}

/** Shows a quote when it is complete, taken from the text that was read, never from what the decoder wrote. */
function quoteWriter(read: readonly PlannedSource[], texts: readonly Quotable[], words: ReadonlySet<string>): Writer {
  const quotes: string[] = [];
  const cited: number[] = [];
  return {
    take: (event) => {
      if (event.type !== 'quote') return '';
      const text = texts.find(({ id }) => id === event.textId);
      const source = read.find((planned) => planned.source.number === text?.number)?.source;
      if (!text || !source) return '';
      // A quote that begins on the line after one with the question's words is cut off from what it is about.
      const isApart =
        event.startLine > 0 && !wordsOf(text.lines[event.startLine] ?? '').some((word) => words.has(word));
      const first = isApart ? event.startLine - 1 : event.startLine;
      const lines = text.lines.slice(first, event.endLine + 1);
      while (lines.length > 1 && isBare(lines.at(-1) ?? '')) lines.pop();
      if (lines.every(isBare)) return '';
      const startLine = text.startLine + first;
      const range = { path: source.path, startLine, endLine: startLine + lines.length - 1 };
      const quote = `\`${place(range)}\` [${source.number}]\n${fence(lines.join('\n'), source.language)}`;
      const shown = quotes.length === 0 ? quote : `\n\n${quote}`;
      quotes.push(shown);
      if (!cited.includes(source.number)) cited.push(source.number);
      return shown;
    },
    end: () => '',
    isLooping: () => false,
    written: () => ({ text: quotes.join(''), unsupported: [], cited }),
  };
}
