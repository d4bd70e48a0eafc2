/** The decoder's part of an answer: a strategy reads the evidence, and what the decoder then gives becomes quotes or checked prose. */
import { type Sentence, say } from '../../base/sentences.ts';
import { isCancelled } from '../../base/cancellation.ts';
import type { UserError } from '../../base/errors.ts';
import type { Budget } from '../../protocol/answers.ts';
import { type Effort, effortSeconds } from '../../protocol/effort.ts';
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import { noBudget, readingLimits } from '../../reading/budget.ts';
import type {
  LeftOut,
  PlannedSource,
  PromptFrame,
  ReadConversation,
  ReadingLimits,
  ReadingPlan,
} from '../../reading/plan.ts';
import { conversationAfter } from '../../reading/conversation.ts';
import type { PassCost, PassPurpose } from '../../reading/strategy.ts';
import type { StrategyChoice } from '../../reading/strategies/table.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, Decoder } from '../../runtime/decoder.ts';
import { secondsToRead } from '../../runtime/probing/prefill-speed.ts';
import { onlyThoughts } from '../../runtime/thoughts/only-thoughts.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { proseWriter } from './prose-writer.ts';
import { withoutPlaces } from './prompts.ts';
import { quotable, quoteConstraint, quoteWriter } from './quote-writer.ts';
import { readable } from './readable-source.ts';
import { withoutMarks } from '../truth/checked-stream.ts';
import type { Relations } from '../truth/relations/relations.ts';
import type { SecondTry, WrittenText } from './writer.ts';

export interface SpeakInput {
  readonly decoder: Decoder;
  readonly writesProse: boolean;
  readonly frame: PromptFrame;
  readonly strategy: StrategyChoice;
  /** What may be read, best first, with the numbers under which the answer shows it. */
  readonly evidence: readonly { readonly evidence: Evidence; readonly number: number }[];
  /** The question's words as stems: what a quote must have to do with; empty when nothing was asked. */
  readonly words: readonly string[];
  /** How long the first word may take; left out: `normal`. */
  readonly effort?: Effort;
  /** `performance.now()` when the question came; left out: now. */
  readonly started?: number;
  /** What is known of the code that was found; left out: only names are checked. */
  readonly relations?: Relations;
  /** Names of the question that the repository has. */
  readonly asked?: readonly string[];
  readonly unsupported?: UnsupportedSentences;
  /** Left out: true. */
  readonly marksUnchecked?: boolean;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly onText: (text: string) => void;
  readonly onThought?: (text: string) => void;
  /**
   * What is read now, and the seconds that this is expected to take; null: its speed is not known.
   * @param purpose of a pass before the answer; null: the answer is written from it
   */
  readonly onPlan?: (read: readonly PlannedSource[], seconds: number | null, purpose: PassPurpose | null) => void;
  /** Tokens of what is read now. */
  readonly onReading: (done: number, total: number) => void;
  /** What the decoder is doing, each time that changes. */
  readonly onPhase: (phase: 'thinking' | 'writing') => void;
  readonly signal: AbortSignal;
}

/** What came of the decoder; without text when it had nothing to say or no room to read. */
export interface Spoken extends WrittenText {
  readonly budget: Budget;
  /** How it was read. */
  readonly strategy: string;
  /** Why it is not another strategy; null: none comes before it. */
  readonly strategyReason: Sentence | null;
  /** In the order of the prompt, and behind them what was only read to choose from. */
  readonly read: readonly PlannedSource[];
  readonly leftOut: readonly LeftOut[];
  readonly droppedTurns: number;
  /** The conversation as it is read now, this answer included; left out: it cannot be gone on with. */
  readonly conversation?: ReadConversation;
  /** Why the decoder did not speak at all; null when it did. */
  readonly silentBecause: Sentence | null;
  readonly stopped: boolean;
  /** What the decoder thought before it answered; left out: nothing. */
  readonly thoughts?: string;
  /** Why there are only thoughts; null when there is an answer, or neither. */
  readonly onlyThought: UserError | null;
  /** `performance.now()` at the first token; null when none came. */
  readonly firstTokenAt: number | null;
  readonly result: Pick<DecodeResult, 'prefillTokens' | 'reusedTokens' | 'decodeTokensPerSecond' | 'speculation'> & {
    readonly decodeTokens: number;
  };
}

/**
 * How much prose is held against what the decoder would say without the sources: the paper's value for questions. Qwen2.5-Coder 1.5B
 * then wrote less of what code usually does, and more of what this code does (docs/answers.md).
 */
const againstUsual = 0.5;
/** Low enough to stay with the sources, above 0 so that a decoder does not fall into a loop. */
const proseTemperature = 0.2;

/** Runs the strategy over the evidence. A cancellation ends it and keeps what was said. */
export async function speak(input: SpeakInput): Promise<Spoken> {
  const { decoder, writesProse, frame, strategy, signal } = input;
  const { effort = 'normal', maxTokens, started = performance.now() } = input;
  const elapsed = (performance.now() - started) / 1000;
  const limits = readingLimits(decoder.info, {
    ...{ writesProse, effort, elapsed },
    ...(maxTokens !== undefined && { maxTokens }),
  });
  const sources = input.evidence.map(({ evidence, number }) => readable(evidence, number));
  const task = { frame, sources, decoder, limits };
  const chosen = strategy(task);
  const { name } = chosen.strategy;
  const reading = chosen.strategy.read({ ...task, onProgress: input.onReading, signal });
  let spoken: Spoken | undefined;
  for (let step = await reading.next(); !step.done;) {
    const event = step.value;
    if (event.type === 'pass') input.onPlan?.(event.read, secondsFor(event.tokens, decoder), event.purpose);
    else
      spoken = {
        ...(await answerOver(event.plan, limits, input, event.cost)),
        strategy: name,
        strategyReason: chosen.because,
      };
    if (spoken?.stopped === true) break;
    step = await reading.next(spoken && { text: spoken.text });
  }
  if (!spoken) throw new TypeError(`The strategy ${name} ended without an answer`);
  return spoken;
}

/** Seconds that reading so many tokens is expected to take; null: the decoder's speed is not known. */
function secondsFor(tokens: number, { info }: Decoder): number | null {
  return secondsToRead(info.prefillSpeed ?? {}, tokens) ?? null;
}

/** What the user reads, written over one plan. */
async function answerOver(
  plan: ReadingPlan,
  limits: ReadingLimits,
  input: SpeakInput,
  passes: PassCost = noResult,
): Promise<Omit<Spoken, 'strategy' | 'strategyReason'>> {
  const { decoder, writesProse, signal } = input;
  const expected = secondsToRead(
    decoder.info.prefillSpeed ?? {},
    plan.budget.used - (plan.behind ? plan.budget.history : 0),
  );
  const budget: Budget = {
    ...plan.budget,
    ...(decoder.info.tokenCounts === 'estimated' && { counts: 'estimated' }),
    ...(expected !== undefined && { seconds: { allowed: effortSeconds[input.effort ?? 'normal'], expected } }),
  };
  const base = {
    budget,
    read: [...plan.read, ...(plan.alsoRead ?? [])],
    leftOut: plan.leftOut,
    droppedTurns: plan.droppedTurns,
  };
  const nothing = (silentBecause: Sentence): Omit<Spoken, 'strategy' | 'strategyReason'> => ({
    ...base,
    text: '',
    unsupported: [],
    unchecked: 0,
    cited: [],
    verified: [],
    read: [],
    budget: noBudget,
    onlyThought: null,
    silentBecause,
    stopped: false,
    firstTokenAt: null,
    result: noResult,
  });
  if (plan.read.length === 0) return nothing(noRoomBecause(plan, limits, decoder));
  const words = new Set(input.words);
  const texts = writesProse ? [] : quotable(plan.read, words);
  if (!writesProse && texts.length === 0) return nothing(noQuoteBecause(words, decoder));

  input.onPlan?.(plan.read, expected ?? null, null);
  let firstTokenAt: number | null = null;
  let decodeTokens = 0;
  let phase: 'thinking' | 'writing' | null = null;
  const enter = (next: 'thinking' | 'writing'): void => {
    if (phase !== next) input.onPhase(next);
    phase = next;
  };
  const writer = writesProse
    ? proseWriter(plan.read, {
        map: input.frame.map,
        ...(input.marksUnchecked !== false && { words: input.words }),
        ...(input.relations && { relations: input.relations }),
        ...(input.asked && { asked: input.asked }),
        ...(input.unsupported && { unsupported: input.unsupported }),
        ...(plan.labels && { labels: plan.labels }),
        // A served model cannot be made to go on from half of its answer, and its tokens are not known.
        rewrites: decoder.info.server ? 0 : mostRewrites,
      })
    : quoteWriter(plan.read, texts, words);
  let raw = '';
  let [prefilled, reused] = [0, 0];
  let enough = new AbortController();
  const onEvent = (event: DecodeEvent): void => {
    if (event.type === 'prefill') {
      // What is read again before a second try is in the cache but for a sentence.
      if (firstTokenAt === null) {
        reused = event.reused ?? 0;
        prefilled = event.total - reused;
        input.onReading(event.done, event.total);
      }
    }
    if (event.type === 'token') {
      firstTokenAt ??= performance.now();
      decodeTokens += 1;
      raw += event.text;
    }
    if (event.type === 'thought') {
      enter('thinking');
      input.onThought?.(event.text);
    }
    if (event.type === 'token' && (phase === null || event.text !== '')) enter('writing');
    const shown = writer.take(event);
    if (shown !== '') input.onText(shown);
    if (writer.isDone() || writer.isRefusing()) enough.abort();
  };
  const request: DecodeRequest = {
    messages: plan.messages,
    ...(plan.assistantPrefix === '' ? {} : { assistantPrefix: plan.assistantPrefix }),
    ...(plan.movesRuns && { movesRuns: plan.movesRuns }),
    ...(plan.contexts && { contexts: plan.contexts }),
    ...(plan.joins && { joins: plan.joins }),
    maxTokens: limits.reserve,
    sampling: {
      temperature: writesProse ? (input.temperature ?? proseTemperature) : 0,
      topK: 40,
      topP: 0.95,
      minP: 0.05,
      repetitionPenalty: 1,
      seed: input.seed ?? 0,
    },
    ...(!writesProse && { constraint: quoteConstraint(texts) }),
    ...(writesProse && !plan.contexts && { contrast: { messages: plan.alone, alpha: againstUsual } }),
  };
  let result: Spoken['result'] = { ...noResult };
  let stopped = false;
  let isCut = false;
  let thoughts: Pick<Spoken, 'thoughts' | 'onlyThought'> = { onlyThought: null };
  let next: DecodeRequest | null = request;
  while (next) {
    try {
      const done = await decoder.decode(next, onEvent, AbortSignal.any([signal, enough.signal]));
      result = next === request ? { ...done, decodeTokens: done.decodeTokens ?? done.tokenIds.length } : result;
      isCut = done.finish === 'length';
      thoughts = {
        ...thoughts,
        ...(done.thoughts !== undefined && { thoughts: done.thoughts }),
        onlyThought: onlyThoughts(done),
      };
    } catch (error) {
      if (!isCancelled(error)) throw error;
      stopped = signal.aborted;
      // What the user stops ends where it was; what we stop ends with a whole sentence.
      isCut = !stopped;
    }
    const rest = writer.end(isCut);
    if (rest !== '') input.onText(rest);
    const again = stopped ? null : writer.again();
    next = again && decodeTokens < limits.reserve ? rewritten(request, again, limits.reserve - decodeTokens) : null;
    if (again) {
      enough = new AbortController();
      raw = again.accepted;
    }
  }
  // A decoder that we stop says nothing of how fast it was.
  if (result.decodeTokens !== decodeTokens && result.decodeTokens === 0)
    result = {
      ...result,
      prefillTokens: prefilled,
      reusedTokens: reused,
      decodeTokens,
      decodeTokensPerSecond: rateOf(decodeTokens, firstTokenAt),
    };
  result = {
    ...result,
    prefillTokens: result.prefillTokens + passes.prefillTokens,
    reusedTokens: result.reusedTokens + passes.reusedTokens,
  };
  const written = writer.written();
  // What was found wrong is not read again as if it were true; the rest word for word, as the decoder has it in its cache.
  const isAsWritten = written.unsupported.length === 0 && input.unsupported !== 'drop' && !isCut;
  const said = isAsWritten ? raw : withoutPlaces(withoutMarks(written.text));
  const conversation = !plan.contexts && conversationAfter(plan, said);
  return {
    ...base,
    ...written,
    ...(conversation && { conversation }),
    ...thoughts,
    silentBecause: null,
    stopped,
    firstTokenAt,
    result,
  };
}

/** Sentences that are written a second time in one answer, at most. */
const mostRewrites = 3;
/** Taken from the logits of a name that does not hold, in nats: it comes again only when nothing else can. */
const againstNames = -6;

/** The request that goes on from the accepted text, with another seed and a bias against the names that do not hold. */
function rewritten(request: DecodeRequest, { accepted, names }: SecondTry, maxTokens: number): DecodeRequest {
  // What was joined is held by now, and read on from.
  const { joins, ...rest } = request;
  return {
    ...rest,
    ...(joins && { movesRuns: true }),
    assistantPrefix: `${request.assistantPrefix ?? ''}${accepted}`,
    maxTokens,
    sampling: {
      ...request.sampling,
      temperature: Math.max(request.sampling.temperature, secondTemperature),
      seed: request.sampling.seed + 1,
    },
    ...(names.length > 0 && { logitBias: names.map((token) => ({ token, bias: againstNames })) }),
  };
}

/** High enough that the same sentence does not come again. */
const secondTemperature = 0.6;

/** Tokens a second from the first one to now. */
function rateOf(tokens: number, firstAt: number | null): number {
  const seconds = firstAt === null ? 0 : (performance.now() - firstAt) / 1000;
  return tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : 0;
}

const noResult = { prefillTokens: 0, reusedTokens: 0, decodeTokensPerSecond: 0, decodeTokens: 0 };

function noRoomBecause({ budget }: ReadingPlan, limits: ReadingLimits, { info }: Decoder): Sentence {
  if (budget.used + limits.reserve <= limits.window) return say('no source fits into its window');
  return say(
    'the question takes {0} tokens and the window of {1} has {2}',
    budget.question,
    info.displayName,
    limits.window,
  );
}

function noQuoteBecause(words: ReadonlySet<string>, { info }: Decoder): Sentence {
  return words.size === 0
    ? say('{0} only quotes, and there is no question to pick lines for', info.displayName)
    : say('{0} only quotes, and no line says more of what was asked than those shown', info.displayName);
}
