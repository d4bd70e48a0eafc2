/** The decoder's part of an answer: it reads the evidence, then quotes lines of it or writes prose over it, checked as it streams. */
import { isCancelled } from '../base/cancellation.ts';
import type { Budget, UnsupportedSpan } from '../protocol/answers.ts';
import { noBudget, readingLimits } from '../reading/budget.ts';
import type { LeftOut, PlannedSource, PromptFrame, ReadableSource, ReadingStrategy } from '../reading/plan.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, Decoder } from '../runtime/decoder.ts';
import { createCheckedStream } from './checked-stream.ts';
import type { Evidence } from './evidence.ts';
import { fence } from './evidence-text.ts';
import { place, qualifiedName } from './file-text.ts';
import { createSupportChecker } from './support.ts';

export interface SpeakInput {
  readonly decoder: Decoder;
  readonly writesProse: boolean;
  readonly frame: PromptFrame;
  readonly strategy: ReadingStrategy;
  /** What may be read, best first, with the numbers under which the answer shows it. */
  readonly evidence: readonly { readonly evidence: Evidence; readonly number: number }[];
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
/** A sentence said so often is a loop. */
const repetitions = 3;
/** Low enough to stay with the sources, above 0 so that a decoder does not fall into a loop. */
const proseTemperature = 0.2;

/** Runs the decoder over the evidence. A cancellation ends it and keeps what was said. */
export async function speak(input: SpeakInput): Promise<Spoken> {
  const { decoder, writesProse, frame, signal } = input;
  const limits = readingLimits(decoder.info.contextLength, writesProse, input.maxTokens);
  const sources = input.evidence.map(({ evidence, number }) => readable(evidence, number));
  const plan = input.strategy.plan({ frame, sources, counter: decoder, limits });
  const base = { budget: plan.budget, read: plan.read, leftOut: plan.leftOut, droppedTurns: plan.droppedTurns };
  const nothing = { text: '', unsupported: [], cited: [], firstTokenAt: null, stopped: false, result: noResult };
  if (plan.read.length === 0) {
    const silentBecause =
      plan.budget.used + limits.reserve > limits.window
        ? `the question takes ${plan.budget.question} tokens and the window of ${decoder.info.displayName} has ${limits.window}`
        : 'no source fits into its window';
    return { ...base, ...nothing, budget: noBudget, silentBecause };
  }

  let firstTokenAt: number | null = null;
  let decodeTokens = 0;
  const enough = new AbortController();
  const writer = writesProse ? proseWriter(plan.read, frame.map) : quoteWriter(plan.read);
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
    ...(writesProse ? {} : { constraint: quoteConstraint(plan.read) }),
  };
  let result: Spoken['result'] = { ...noResult };
  let stopped = false;
  try {
    const done = await decoder.decode(request, onEvent, AbortSignal.any([signal, enough.signal]));
    result = { ...done, decodeTokens: done.tokenIds.length };
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
    ...(symbol ? { symbol: qualifiedName(symbol) } : {}),
  };
}

function quoteConstraint(read: readonly PlannedSource[]): NonNullable<DecodeRequest['constraint']> {
  // By number, not by chunk: two passages may come from one chunk.
  const texts = read.map(({ source }) => ({ id: String(source.number), text: source.text }));
  return { kind: 'quote', texts, maxLines: maxQuoteLines, maxQuotes };
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
function quoteWriter(read: readonly PlannedSource[]): Writer {
  const quotes: string[] = [];
  const cited: number[] = [];
  return {
    take: (event) => {
      if (event.type !== 'quote') return '';
      const source = read.find((planned) => String(planned.source.number) === event.textId)?.source;
      const lines = source?.text.split('\n').slice(event.startLine, event.endLine + 1);
      if (!source || !lines || lines.join('').trim() === '') return '';
      const range = {
        path: source.path,
        startLine: source.startLine + event.startLine,
        endLine: source.startLine + event.startLine + lines.length - 1,
      };
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
