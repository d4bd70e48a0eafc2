/** From evidence to an answer: shows it at once, lets the decoder speak over it, checks the citations, and says what was read. */
import { isCancelled, raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError } from '../base/errors.ts';
import type {
  Answer,
  AnswerEvent,
  AnswerForm,
  Coverage,
  IndexCompleteness,
  Source,
  Timings,
} from '../protocol/answers.ts';
import type { PromptFrame, ReadingStrategy } from '../reading/plan.ts';
import { noBudget } from '../reading/budget.ts';
import type { Decoder } from '../runtime/decoder.ts';
import { checkCitations } from './citations.ts';
import type { AnswersDependencies } from './dependencies.ts';
import { type Evidence, toSource } from './evidence.ts';
import { noticeOf } from './notice.ts';
import { type Spoken, speak } from './speak.ts';

export type OnAnswerEvent = (event: AnswerEvent) => void;

export interface Composition {
  readonly question: string;
  /** The words that were searched for, as stems; empty when nothing was asked. */
  readonly words: readonly string[];
  /** What is cited stands first, in the order of its numbers. */
  readonly evidence: readonly Evidence[];
  /** The evidence as Markdown, true on its own. */
  readonly body: string;
  /** The prompt for a decoder that may only quote, or for one that may write. */
  readonly frame: (writesProse: boolean) => PromptFrame;
  readonly strategy: ReadingStrategy;
  readonly options: {
    readonly model?: string;
    readonly maxTokens?: number;
    readonly seed?: number;
    readonly temperature?: number;
  };
  readonly index: IndexCompleteness;
  /** `performance.now()` when the request came. */
  readonly started: number;
  readonly retrieveMs: number;
  /** True when it was cancelled before there was evidence. */
  readonly stopped: boolean;
}

/** Makes the answer. Aborting the signal does not reject: what is there by then is the answer, with `stopped`. */
export async function compose(
  composition: Composition,
  dependencies: AnswersDependencies,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Answer> {
  const { question, evidence, strategy, index, started, retrieveMs } = composition;
  const cited = evidence.filter((one) => one.cited);
  for (const one of cited)
    onEvent({ type: 'source', source: toSource(one, { tokens: 0, used: true, reason: one.reason }) });

  let decoder: Decoder | null = null;
  let spoken: Spoken | null = null;
  let failure: LongsightError | null = null;
  let stopped = composition.stopped;
  const writesProse = (): boolean => dependencies.writesProse() === true;
  let mayWrite = false;
  // Without a question there is nothing to pick lines for: a decoder that may only quote is not even loaded.
  const wanted = composition.words.length > 0 || composition.options.model !== undefined || writesProse();
  if (cited.length > 0 && !stopped && wanted) {
    try {
      throwIfCancelled(signal);
      const found = await raceCancellation(decoderOf(composition.options.model, dependencies), signal);
      if (found instanceof LongsightError) failure = found;
      else decoder = found;
      throwIfCancelled(signal);
      if (decoder) {
        // Asked only now: a probe may have run while the decoder was loading.
        mayWrite = writesProse();
        spoken = await run(decoder, mayWrite, cited, composition, onEvent, signal);
        stopped = spoken.stopped;
      }
    } catch (error) {
      if (isCancelled(error)) stopped = true;
      else if (decoder && error instanceof LongsightError) failure = error;
      else throw error;
    }
    if (failure)
      dependencies.logger.warn({ error: failure.userError }, 'the decoder cannot be used; the evidence is the answer');
  }

  const written = spoken?.text ?? '';
  const form: AnswerForm = written === '' ? 'evidence' : mayWrite ? 'prose' : 'quote';
  const numbers = new Set(
    form === 'prose' && spoken && spoken.cited.length > 0 ? spoken.cited : cited.map((_, at) => at + 1),
  );
  const places = cited
    .map(({ id, path, startLine, endLine, text }, at) => ({ id, path, startLine, endLine, text, number: at + 1 }))
    .filter(({ number }) => numbers.has(number));
  const citations = await checkCitations(places, dependencies);
  for (const citation of citations) onEvent({ type: 'citation', citation });
  const sources = sourcesOf(evidence, spoken, decoder);
  const answer: Answer = {
    question,
    form,
    answer: form === 'prose' ? written : withQuote(composition.body, written, decoder?.info.displayName ?? ''),
    written,
    notice: noticeOf({
      form,
      wanted,
      decoder: decoder?.info ?? null,
      failure,
      spoken,
      index,
      stopped,
      found: cited.length > 0,
    }),
    citations,
    sources,
    unsupported: form === 'prose' ? (spoken?.unsupported ?? []) : [],
    budget: spoken?.budget ?? noBudget,
    strategy: strategy.name,
    coverage: coverageOf(sources, spoken),
    index,
    model: decoder?.info.id ?? null,
    provider: decoder?.info.provider ?? null,
    ...(decoder?.info.server && { server: decoder.info.server }),
    timings: timingsOf(spoken, retrieveMs, started),
    outboundRequests: dependencies.outboundRequests(),
    stopped,
  };
  onEvent({ type: 'done', answer });
  return answer;
}

/** The decoder, null when there is none, or why it cannot be used. One that was asked for by name must be there. */
async function decoderOf(
  model: string | undefined,
  { decoder }: AnswersDependencies,
): Promise<Decoder | LongsightError | null> {
  try {
    return await decoder(model);
  } catch (error) {
    if (model !== undefined || !(error instanceof LongsightError)) throw error;
    return error;
  }
}

function run(
  decoder: Decoder,
  writesProse: boolean,
  cited: readonly Evidence[],
  { frame, strategy, words, options: { maxTokens, seed, temperature } }: Composition,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Spoken> {
  const files = new Set(cited.map(({ path }) => path)).size;
  const passages = `${cited.length} passages of ${files} ${files === 1 ? 'file' : 'files'}`;
  const { server } = decoder.info;
  const reading = server && !server.isLoopback ? `Sending ${passages} to ${server.host}` : `Reading ${passages}`;
  onEvent({ type: 'status', phase: 'reading', message: reading });
  let writing = false;
  return speak({
    decoder,
    writesProse,
    words,
    frame: frame(writesProse),
    strategy,
    evidence: cited.map((evidence, at) => ({ evidence, number: at + 1 })),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(seed === undefined ? {} : { seed }),
    ...(temperature === undefined ? {} : { temperature }),
    onReading: (done, total) => {
      onEvent({ type: 'status', phase: 'reading', message: reading, done, total });
    },
    onFirstToken: () => {
      if (!writing)
        onEvent({ type: 'status', phase: 'writing', message: writesProse ? 'Writing' : 'Choosing the lines' });
      writing = true;
    },
    onText: (text) => {
      onEvent({ type: 'token', text });
    },
    signal,
  });
}

/** The evidence, and under it the lines that a small decoder chose from it. */
function withQuote(body: string, written: string, model: string): string {
  return written === '' ? body : `${body}\n\nLines that ${model} picked from these:\n\n${written}`;
}

function sourcesOf(evidence: readonly Evidence[], spoken: Spoken | null, decoder: Decoder | null): Source[] {
  return evidence.map((one, at) => {
    const read = spoken?.read.find(({ source }) => source.number === at + 1);
    const left = spoken?.leftOut.find(({ number }) => number === at + 1);
    // What was not read is not sent to a server to be counted either.
    const tokens = read?.tokens ?? (decoder?.info.server ? 0 : decoder?.countTokens(one.text)) ?? 0;
    // When the decoder did not speak, the answer is made of what is cited.
    const used = spoken && spoken.silentBecause === null ? read !== undefined : one.cited;
    const outcome = read?.reason ?? left?.reason;
    return toSource(one, { tokens, used, reason: outcome === undefined ? one.reason : `${one.reason}; ${outcome}` });
  });
}

function coverageOf(sources: readonly Source[], spoken: Spoken | null): Coverage {
  const files = new Set(sources.map(({ path }) => path));
  const read = new Set(sources.filter(({ used }) => used).map(({ path }) => path));
  return {
    filesRelevant: files.size,
    filesRead: read.size,
    tokensRead: spoken?.budget.sources ?? 0,
    skipped: sources.filter(({ used, path }) => !used && !read.has(path)).map(({ path, reason }) => ({ path, reason })),
  };
}

function timingsOf(spoken: Spoken | null, retrieveMs: number, started: number): Timings {
  const { prefillTokens = 0, reusedTokens = 0, decodeTokens = 0, decodeTokensPerSecond = 0 } = spoken?.result ?? {};
  return {
    retrieveMs,
    firstTokenMs: spoken?.firstTokenAt == null ? null : spoken.firstTokenAt - started,
    totalMs: performance.now() - started,
    prefillTokens,
    reusedTokens,
    decodeTokens,
    decodeTokensPerSecond,
  };
}
