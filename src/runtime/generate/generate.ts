/** One request from its prompt's ids to its last token: prefill in slices, sampling, streaming; cancellable between steps. */
import { fault, messageOf } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { ConstraintState } from '../constraints/constraint.ts';
import type { CacheScheme } from '../cache/cache-scheme.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, ParallelContexts } from '../decoder.ts';
import type { Inference } from '../step/inference.ts';
import type { PrefixCache } from '../prefix-cache/prefix-cache.ts';
import { longestSegment } from '../prefix-cache/segment-file.ts';
import { readJoined } from '../reuse/read-joined.ts';
import type { PromptParts } from '../reuse/prompt-parts.ts';
import { type ReuseVerdict, holds } from '../reuse/reuse-verdict.ts';
import { readAroundMoved, takeMoved } from '../reuse/moved-runs.ts';
import { ContrastSteps } from '../parallel/contrast.ts';
import { type ContextIds, longestOf } from '../parallel/context-ids.ts';
import { type ReadContexts, readContexts } from '../parallel/generate-parallel.ts';
import { generationScheme } from '../positions/scheme.ts';
import { RereadSteps, readPrompt as readIds } from './reread-steps.ts';
import { switchOf } from '../step/rotation.ts';
import { biasTable } from '../sampling/logit-bias.ts';
import { type Answer, sampleAnswer } from './sample-answer.ts';
import { type SpeculationProfile, SpeculativeSteps } from '../speculation/speculative-steps.ts';
import type { TurnStart } from '../thoughts/turn-start.ts';

/** Contexts as ids, and how they are read. */
export type ApartContexts = Omit<ContextIds, 'question'> & Pick<ParallelContexts, 'method'>;

export interface GenerateOptions extends Omit<
  DecodeRequest,
  'messages' | 'assistantPrefix' | 'tokenIds' | 'constraint' | 'contrast' | 'contexts' | 'joins'
> {
  readonly promptIds: readonly number[];
  /** The prompt is the question behind them. */
  readonly contexts?: ApartContexts;
  /** The parts of the prompt, where its sources are joined. */
  readonly joined?: PromptParts;
  readonly contrast?: { readonly promptIds: readonly number[]; readonly alpha: number };
  readonly constraint: ConstraintState | null;
  /** Where the answer begins; left out or null: nothing in it is a thought. */
  readonly turnStart?: TurnStart | null;
}

/** What a request runs on. */
export interface GenerateContext {
  readonly inference: Inference;
  readonly hyperparameters: Hyperparameters;
  readonly tokenizer: Tokenizer;
  /** Milliseconds the model took to open, when it was opened for this request. */
  readonly loadMs: number;
  /** Tokens that fit in memory at once; without it, any number. */
  readonly mostTokens?: number;
  /** What is known of drafts with this model; without it there are none. */
  readonly speculation?: SpeculationProfile;
  /** Where prompts are kept that are to be; without it, nowhere. */
  readonly prefixes?: PrefixCache;
  /** What the trial of reuse found; null: it was not tried, and nothing is moved. What did not hold is not used; left out: moving is up to the request. */
  readonly reuse?: ReuseVerdict | null;
}

/**
 * @throws LS3003, LS3006, LS3007 for positions, masks or retrieval that there are not, LS3004 for a prompt longer than the context
 * without a window, LS3005 for ids that are not in the vocabulary or options that do not go together, LS3002 when a step fails, CancelledError between two steps
 */
export async function generate(
  context: GenerateContext,
  options: GenerateOptions,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<DecodeResult> {
  const { tokenizer, hyperparameters } = context;
  const { promptIds } = options;
  const started = performance.now();
  checkIds(promptIds, hyperparameters.vocabulary);
  const bias = biasTable(options.logitBias ?? [], tokenizer);
  const prompt = options.contexts
    ? await readApart(context, options, options.contexts, onEvent, signal)
    : await readPrompt(context, options, onEvent, signal);
  const prefilled = performance.now();
  const { steps } = prompt;
  let answer: Answer;
  try {
    answer = await sampleAnswer({ ...options, bias }, tokenizer, prompt.first, steps, onEvent, signal);
    if (steps instanceof SpeculativeSteps) steps.settle();
    await prompt.keep?.();
  } finally {
    prompt.dispose();
  }
  const ended = performance.now();
  const { tokenIds, firstTokenAt } = answer;
  const firstToken = firstTokenAt ?? prefilled;
  const decodeMs = ended - firstToken;
  return {
    promptTokenIds: promptIds,
    tokenIds,
    text: answer.text,
    ...(answer.thoughts !== undefined && { thoughts: answer.thoughts }),
    topLogits: answer.topLogits,
    finish: answer.finish,
    quotes: answer.quotes,
    prefillTokens: prompt.tokens,
    reusedTokens: prompt.reusedTokens,
    ...(prompt.restoredTokens && { restoredTokens: prompt.restoredTokens }),
    ...(context.prefixes?.fault && { notKept: messageOf(context.prefixes.fault.userError) }),
    decodeTokensPerSecond: tokenIds.length > 1 && decodeMs > 0 ? ((tokenIds.length - 1) / decodeMs) * 1000 : 0,
    timings: {
      loadMs: context.loadMs,
      prefillMs: prefilled - started,
      firstTokenMs: firstToken - started,
      decodeMs,
      totalMs: ended - started,
    },
    ...(steps instanceof SpeculativeSteps && { speculation: steps.report() }),
  };
}

interface ReadPrompt extends ReadContexts {
  readonly reusedTokens: number;
  /** Of these, how many came from the disk. */
  readonly restoredTokens?: number;
  /** Keeps on disk what was read and answered. */
  readonly keep?: () => Promise<void>;
}

/** Tokens between two times at which what was read is kept: a prompt that is not read to its end is not lost. */
const keepEvery = 4 * longestSegment;

/** Reads the prompt in slices, from where the cache leaves off. */
async function readPrompt(
  { inference, hyperparameters, mostTokens, speculation, prefixes, reuse }: GenerateContext,
  options: GenerateOptions,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<ReadPrompt> {
  const { promptIds } = options;
  const scheme = generationScheme(hyperparameters, options, promptIds.length, options.maxTokens, mostTokens);
  const acceptsMoved = options.movesRuns === true && (reuse === undefined || holds(reuse, 'moved'));
  const limit = options.prefixCache?.limit ?? 0;
  const precision = holds(reuse, 'coarse') ? 'coarse' : 'bytes';
  const joined = isPlain(options, scheme) ? options.joined : undefined;
  const moved = acceptsMoved && isPlain(options, scheme) ? await takeMoved(inference, promptIds) : [];
  let reusedTokens = inference.begin(promptIds, scheme, acceptsMoved);
  // What is exact serves one that accepts moved rows as well.
  const exact =
    acceptsMoved && limit > 0 && !joined
      ? await prefixes?.restore(inference, promptIds, signal, { precision, moved: false })
      : null;
  let kept =
    limit > 0 && !joined
      ? await prefixes?.restore(inference, promptIds, signal, { precision, moved: acceptsMoved })
      : null;
  const restoredTokens = (kept?.restored ?? 0) + (exact?.restored ?? 0);
  reusedTokens += restoredTokens;
  const onRead = (done: number): void => {
    onEvent({ type: 'prefill', done, total: promptIds.length, ...(reusedTokens > 0 && { reused: reusedTokens }) });
  };
  let first: Float32Array = new Float32Array(0);
  if (joined) {
    const cache = limit > 0 ? (prefixes ?? null) : null;
    const apart = await readJoined(inference, joined, cache, { precision, moved: false }, onRead, signal);
    first = apart.logits;
    reusedTokens = apart.reused;
    onRead(promptIds.length);
    // What follows the answer goes on from it.
    kept = await cache?.restore(inference, promptIds, signal, { precision, moved: true });
  }
  const around = await readAroundMoved(inference, promptIds, moved, reusedTokens, onRead, signal);
  reusedTokens += around.moved;
  for (let done = joined ? promptIds.length : around.held; done < promptIds.length;) {
    const end = kept ? Math.min(done + keepEvery, promptIds.length) : promptIds.length;
    first = await readIds(inference, promptIds.slice(0, end), done, onRead, signal);
    done = end;
    await kept?.keep(done === promptIds.length);
  }
  const against = contrastOf(options, scheme, mostTokens);
  const contrast = against && (await ContrastSteps.begin(inference, first, against.promptIds, against.alpha, signal));
  const switchAt = scheme.window ? null : switchOf(hyperparameters, scheme);
  const steps = contrast
    ? contrast.steps
    : switchAt !== null
      ? new RereadSteps(inference, promptIds, scheme, switchAt, signal)
      : speculation && options.speculation !== false
        ? new SpeculativeSteps(inference, hyperparameters.vocabulary, speculation, promptIds)
        : { after: (id: number) => inference.step([id], 'last') };
  return {
    first: contrast ? contrast.first : first,
    steps,
    tokens: promptIds.length - reusedTokens,
    reusedTokens,
    restoredTokens,
    ...((kept ?? joined) && {
      keep: async () => {
        await kept?.keep(true);
        prefixes?.trim(limit);
      },
    }),
    dispose: () => contrast?.steps.dispose(),
  };
}

function isPlain({ mask, retrieval, rope }: GenerateOptions, { window }: CacheScheme): boolean {
  return window === null && mask === undefined && retrieval === undefined && rope === undefined;
}

/** What the answer is held against, where positions are plain and both fit into memory. */
function contrastOf(
  options: GenerateOptions,
  scheme: CacheScheme,
  mostTokens = Number.POSITIVE_INFINITY,
): GenerateOptions['contrast'] | null {
  const { contrast, promptIds, maxTokens } = options;
  if (!contrast || contrast.alpha === 0 || !isPlain(options, scheme)) return null;
  const held = promptIds.length + contrast.promptIds.length + 2 * maxTokens;
  return held <= mostTokens ? contrast : null;
}

/** Reads several contexts and the question behind them. */
async function readApart(
  { inference, hyperparameters, mostTokens }: GenerateContext,
  options: GenerateOptions,
  contexts: ApartContexts,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<ReadPrompt> {
  if (options.window ?? options.mask ?? options.retrieval)
    throw fault('LS3005', say('several contexts cannot be combined with a window, a mask or a retrieval'));
  const ids: ContextIds = { ...contexts, question: options.promptIds };
  const longest = longestOf(ids);
  const sliding = hyperparameters.attentionGroups.find(({ window }) => window !== null && window < longest);
  if (sliding && contexts.method === 'parallel-windows')
    throw fault(
      'LS3005',
      say("parallel windows longer than the model's own window of {0} tokens", String(sliding.window)),
    );
  const scheme = generationScheme(hyperparameters, options, longest, options.maxTokens, mostTokens);
  if (scheme.window) throw fault('LS3004', say('the longest context, the question and the answer do not fit together'));
  inference.begin(ids.question, scheme);
  const onRead = (done: number, total: number): void => {
    onEvent({ type: 'prefill', done, total });
  };
  const read = await readContexts(inference, contexts.method, ids, onRead, signal);
  return { ...read, reusedTokens: 0 };
}

/** @throws LS3005 for an empty list or an id outside the vocabulary */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  if (ids.length === 0) throw fault('LS3005', say('without a token there is nothing to predict from'));
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined)
    throw fault('LS3005', say('token id {0} is not in the vocabulary of {1}', String(wrong), String(vocabulary)));
}
