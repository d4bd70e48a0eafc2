/** From evidence to an answer: shows it at once, lets the decoder speak over it, checks the citations, and says what was read. */
import { type Sentence, counted, say } from '../../base/sentences.ts';
import type { Speaker } from '../../base/speaker.ts';
import { isCancelled, raceCancellation, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError } from '../../base/errors.ts';
import type { Answer, AnswerEvent, AnswerForm, IndexCompleteness, Turn } from '../../protocol/answers.ts';
import type { PlannedSource, PromptFrame } from '../../reading/plan.ts';
import type { PassPurpose } from '../../reading/strategy.ts';
import type { StrategyChoice } from '../../reading/strategies/table.ts';
import type { Effort } from '../../protocol/effort.ts';
import { paragraph } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import { noBudget } from '../../reading/budget.ts';
import type { ReadingTestReport } from '../../protocol/models.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import type { HeldDecoder } from '../../runtime/reading-test/held-decoder.ts';
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import { createRelationsAcross } from '../truth/relations/across.ts';
import type { Relations } from '../truth/relations/relations.ts';
import type { AnswersDependencies } from '../dependencies.ts';
import { conversationKey } from './conversation-store.ts';
import { type Evidence, toSource } from '../evidence/evidence.ts';
import { noticeOf, testingWords } from './notice.ts';
import { citationsOf, coverageOf, sourcesOf, timingsOf } from './report.ts';
import { type Spoken, speak } from './speak.ts';

export type OnAnswerEvent = (event: AnswerEvent) => void;

export interface Composition {
  readonly question: string;
  /** The turns before, for a question of a conversation; left out: it is none. */
  readonly history?: readonly Turn[];
  /** The words that were searched for, as stems; empty when nothing was asked. */
  readonly words: readonly string[];
  /** What is cited stands first, in the order of its numbers. */
  readonly evidence: readonly Evidence[];
  /** The evidence as Markdown, true on its own. */
  readonly body: string;
  /**
   * The places of these numbers as Markdown, shown under prose so that the answer says word for word what it rests on; left out:
   * prose stands without.
   */
  readonly placesUnder?: (numbers: ReadonlySet<number>) => string;
  /** What was not looked at, where nothing was found. */
  readonly notLookedAt?: readonly Sentence[];
  /** Which words of the question occur nowhere. */
  readonly nowhere?: Sentence;
  /** What is not known of the commits that were asked for; left out: nothing. */
  readonly historyGap?: Sentence;
  /** The prompt for a decoder that may only quote, or for one that may write. */
  readonly frame: (readingTest: ReadingTestReport) => PromptFrame;
  readonly strategy: StrategyChoice;
  readonly options: {
    readonly model?: string;
    readonly effort?: Effort;
    readonly unsupported?: UnsupportedSentences;
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
  const { question, evidence, index, started, retrieveMs } = composition;
  const cited = evidence.filter((one) => one.cited);
  for (const one of cited)
    onEvent({ type: 'source', source: toSource(one, { tokens: 0, used: true, reason: one.reason }) });

  let decoder: Decoder | null = null;
  let spoken: Spoken | null = null;
  let failure: LongsightError | null = null;
  let stopped = composition.stopped;
  let isGivenSources = false;
  let readingTest: ReadingTestReport | null = null;
  const isAsked = composition.words.length > 0 || composition.options.model !== undefined;
  // Without a question there is nothing to pick lines for: a decoder that may only quote is not even loaded.
  const wanted = isAsked || (await mayWriteBeforeStart(dependencies));
  if (cited.length > 0 && !stopped && wanted) {
    try {
      throwIfCancelled(signal);
      const found = await raceCancellation(decoderOf(composition.options.model, dependencies, onEvent), signal);
      throwIfCancelled(signal);
      if (found instanceof LongsightError) failure = found;
      else if (found) {
        ({ decoder } = found);
        readingTest = found.readingTest ?? (await testReading(found, onEvent, signal));
        if (readingTest.passed) await tryReuse(decoder, dependencies, onEvent, signal);
        if (readingTest.passed || decoder.info.quotes !== false) {
          isGivenSources = true;
          spoken = await run(
            {
              decoder,
              readingTest,
              relations: relationsOf(evidence, dependencies),
              asked: askedNames(question, dependencies),
            },
            composition,
            onEvent,
            signal,
          );
          stopped = spoken.stopped;
        }
      }
    } catch (error) {
      if (isCancelled(error)) stopped = true;
      else if (decoder && error instanceof LongsightError) failure = error;
      else throw error;
    }
    if (failure)
      dependencies.logger.warn({ error: failure.userError }, 'the decoder cannot be used; the evidence is the answer');
  }

  const mayWrite = readingTest?.passed === true;
  const written = spoken?.text ?? '';
  const form: AnswerForm = written === '' ? 'evidence' : mayWrite ? 'prose' : 'quote';
  const shownPlaces = cited.map((_, at) => at + 1);
  const inProse = new Set(form === 'prose' ? spoken?.cited : []);
  const areShown = form !== 'prose' || composition.placesUnder !== undefined;
  const numbers = new Set([...inProse, ...(areShown ? shownPlaces : [])]);
  const isChecked = new Set(
    form === 'prose' ? [...(spoken?.verified ?? []), ...shownPlaces.filter((one) => !inProse.has(one))] : numbers,
  );
  const citations = await citationsOf(evidence, numbers, isChecked, dependencies);
  for (const citation of citations) onEvent({ type: 'citation', citation });
  const sources = sourcesOf(evidence, spoken, decoder);
  const better = form === 'quote' || form === 'evidence' ? await dependencies.betterModel?.() : null;
  const answer: Answer = {
    question,
    form,
    answer:
      form === 'prose'
        ? withPlaces(written, composition.placesUnder?.(numbers) ?? '')
        : withQuote(composition.body, written, decoder?.info.displayName ?? '', dependencies.speaker),
    written,
    ...(spoken?.thoughts !== undefined && { thoughts: spoken.thoughts }),
    notice: noticeOf({
      form,
      wanted,
      decoder: decoder?.info ?? null,
      readingTest,
      failure,
      spoken,
      index,
      stopped,
      ...(better != null && { better }),
      found: cited.length > 0,
      ...(composition.notLookedAt && { notLookedAt: composition.notLookedAt }),
      ...(composition.nowhere && { nowhere: composition.nowhere }),
      ...(composition.historyGap && { historyGap: composition.historyGap }),
    }),
    citations,
    sources,
    unsupported: form === 'prose' ? (spoken?.unsupported ?? []) : [],
    budget: spoken?.budget ?? noBudget,
    strategy: spoken?.strategy ?? 'stuff',
    ...(spoken?.strategyReason && { strategyReason: spoken.strategyReason }),
    coverage: coverageOf(evidence, sources, spoken),
    index,
    model: decoder?.info.id ?? null,
    provider: decoder?.info.provider ?? null,
    ...(decoder?.info.server && isGivenSources && spoken?.silentBecause == null && { server: decoder.info.server }),
    timings: timingsOf(spoken, retrieveMs, started),
    outboundRequests: dependencies.outboundRequests(),
    stopped,
  };
  if (composition.history && form === 'prose' && !stopped && spoken?.conversation)
    dependencies.conversations?.put(
      conversationKey([...composition.history, { question, answer: answer.answer }]),
      spoken.conversation,
    );
  onEvent({ type: 'done', answer });
  return answer;
}

/** The names in a question that a repository defines. */
function askedNames(question: string, dependencies: AnswersDependencies): string[] {
  const readers = [dependencies, ...(dependencies.others ?? [])].map(({ reader }) => reader);
  return [...new Set(question.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu))].filter((name) =>
    readers.some((reader) => reader.definitions(name).length > 0),
  );
}

/** What is known of the code that was found, in all repositories that it is of. */
function relationsOf(found: readonly Evidence[], dependencies: AnswersDependencies): Relations | null {
  const read = [dependencies, ...(dependencies.others ?? [])].flatMap(({ repositoryRoot, reader }) => {
    const sources = found.filter(
      // Of the lines that a commit changed only its message was read.
      ({ repository, commit }) => !commit && (repository?.root ?? dependencies.repositoryRoot) === repositoryRoot,
    );
    return sources.length > 0 ? [{ reader, sources }] : [];
  });
  return read.length > 0 ? createRelationsAcross(read) : null;
}

/** The decoder, null when there is none, or why it cannot be used. One that was asked for by name must be there. */
async function decoderOf(
  model: string | undefined,
  { decoder }: AnswersDependencies,
  onEvent: OnAnswerEvent,
): Promise<HeldDecoder | LongsightError | null> {
  try {
    return await decoder(model, (displayName, progress) => {
      onEvent({ type: 'status', phase: 'loading', message: say('Loading {0}', displayName), ...progress });
    });
  } catch (error) {
    if (model !== undefined || !(error instanceof LongsightError)) throw error;
    return error;
  }
}

/** Whether the chosen decoder may write as far as is known before it runs: one that was not tested may turn out to. */
async function mayWriteBeforeStart({ readingTestOf }: AnswersDependencies): Promise<boolean> {
  try {
    return (await readingTestOf())?.passed !== false;
  } catch (error) {
    // What hinders it is told when it is started.
    if (error instanceof LongsightError) return true;
    throw error;
  }
}

/** Tests a decoder that was never tested; the evidence is shown by then. */
function testReading(
  { decoder, runReadingTest }: HeldDecoder,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<ReadingTestReport> {
  return runReadingTest(({ done, total, secondsLeft }) => {
    onEvent({ type: 'status', phase: 'testing', message: testingWords(decoder.info, secondsLeft), done, total });
  }, signal);
}

/** Tries once for a model how well it reads what is used again; without that it reads everything again, so a failure hinders nothing. */
async function tryReuse(
  decoder: Decoder,
  { logger }: AnswersDependencies,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<void> {
  const { info } = decoder;
  if (!decoder.tryReuse || info.reuse || info.provider !== 'cpu') return;
  const message = say('Trying how well {0} uses again what it has read, once', info.displayName);
  const onProgress = (done: number, total: number): void => {
    onEvent({ type: 'status', phase: 'testing', message, done, total });
  };
  onProgress(0, 1);
  try {
    await decoder.tryReuse(onProgress, signal);
  } catch (error) {
    if (!(error instanceof LongsightError)) throw error;
    logger.warn({ error: error.userError }, 'the reuse of what was read could not be tried');
  }
}

function run(
  {
    decoder,
    readingTest,
    relations,
    asked,
  }: {
    readonly decoder: Decoder;
    readonly readingTest: ReadingTestReport;
    readonly relations: Relations | null;
    readonly asked: readonly string[];
  },
  {
    evidence,
    frame,
    strategy,
    words,
    started,
    options: { effort, unsupported, maxTokens, seed, temperature },
  }: Composition,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Spoken> {
  const writesProse = readingTest.passed;
  let reading = say('Reading');
  return speak({
    decoder,
    writesProse,
    words,
    frame: frame(readingTest),
    strategy,
    evidence: readableOf(evidence, writesProse),
    started,
    ...(effort && { effort }),
    ...(unsupported && { unsupported }),
    ...(relations && { relations }),
    asked,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(seed === undefined ? {} : { seed }),
    ...(temperature === undefined ? {} : { temperature }),
    onPlan: (read, seconds, purpose) => {
      reading = readingWords(read, decoder, seconds, purpose);
      onEvent({ type: 'status', phase: 'reading', message: reading });
    },
    onReading: (done, total) => {
      onEvent({ type: 'status', phase: 'reading', message: reading, done, total });
    },
    onPhase: (phase) => {
      const message = phase === 'thinking' ? say('Thinking') : writesProse ? say('Writing') : say('Choosing the lines');
      onEvent({ type: 'status', phase: 'writing', message, ...(!writesProse && { quotes: true }) });
    },
    onText: (text) => {
      onEvent({ type: 'token', text });
    },
    onThought: (text) => {
      onEvent({ type: 'thought', text });
    },
    signal,
  });
}

/**
 * What may be read, under its numbers: for prose all that is worth reading; a quote comes from what is shown, whose lines are all
 * there.
 */
function readableOf(evidence: readonly Evidence[], writesProse: boolean): { evidence: Evidence; number: number }[] {
  return evidence.flatMap(({ reading, ...one }, at) => {
    if (!one.cited && (!writesProse || !reading)) return [];
    // What is quoted is code.
    if (one.commit && (!writesProse || !reading)) return [];
    return [{ evidence: writesProse && reading ? { ...one, reading } : one, number: at + 1 }];
  });
}

/** What is read, where it is sent, and about how long it takes where that is long enough to be told. */
function readingWords(
  read: readonly PlannedSource[],
  { info: { server } }: Decoder,
  seconds: number | null,
  purpose: PassPurpose | null,
): Sentence {
  const files = new Set(read.map(({ source }) => source.path)).size;
  const passages = counted(
    files,
    say('{0} passages of {1} file', read.length, files),
    say('{0} passages of {1} files', read.length, files),
  );
  if (server && !server.isLoopback) return say('Sending {0} to {1}', passages, server.host);
  if (purpose !== null && purpose !== 'choice')
    return seconds !== null && seconds >= 2
      ? say('Reading part {0} of {1}: {2}, about {3} s', purpose.part, purpose.of, passages, Math.round(seconds))
      : say('Reading part {0} of {1}: {2}', purpose.part, purpose.of, passages);
  if (purpose === 'choice')
    return seconds !== null && seconds >= 2
      ? say('Choosing from {0}, about {1} s', passages, Math.round(seconds))
      : say('Choosing from {0}', passages);
  return seconds !== null && seconds >= 2
    ? say('Reading {0}, about {1} s', passages, Math.round(seconds))
    : say('Reading {0}', passages);
}

/** Prose, and under it what it rests on. */
export function withPlaces(written: string, places: string): string {
  return places === '' ? written : `${written}\n\n${places}`;
}

/** The evidence, and under it the lines that a small decoder chose from it. */
function withQuote(body: string, written: string, model: string, speaker: Speaker): string {
  return written === ''
    ? body
    : `${body}\n\n${write([paragraph(speaker.say('Lines that {0} chose from these:', model))])}\n\n${written}`;
}
