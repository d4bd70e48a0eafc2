/** One request from its prompt's ids to its last token: prefill in slices, sampling, streaming; cancellable between steps. */
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import type { Tokenizer } from '../models/tokenizer/tokenizer.ts';
import type { ConstraintState } from './constraints/constraint.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, ParallelContexts } from './decoder.ts';
import type { Inference } from './inference.ts';
import { type ReadContexts, contextIds, readContexts } from './parallel/generate-parallel.ts';
import { generationScheme } from './positions/scheme.ts';
import { biasTable } from './sampling/logit-bias.ts';
import { type Answer, sampleAnswer } from './sample-answer.ts';
import { type SpeculationProfile, SpeculativeSteps } from './speculation/speculative-steps.ts';

export interface GenerateOptions extends Omit<
  DecodeRequest,
  'messages' | 'assistantPrefix' | 'tokenIds' | 'constraint'
> {
  readonly promptIds: readonly number[];
  readonly constraint: ConstraintState | null;
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
    topLogits: answer.topLogits,
    finish: answer.finish,
    quotes: answer.quotes,
    prefillTokens: prompt.tokens,
    reusedTokens: prompt.reusedTokens,
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
}

/** Reads the prompt in slices, from where the cache leaves off. */
async function readPrompt(
  { inference, hyperparameters, mostTokens, speculation }: GenerateContext,
  options: GenerateOptions,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<ReadPrompt> {
  const { promptIds } = options;
  const scheme = generationScheme(hyperparameters, options, promptIds.length, options.maxTokens, mostTokens);
  const reusedTokens = inference.begin(promptIds, scheme);
  let first: Float32Array = new Float32Array(0);
  for (let done = reusedTokens; done < promptIds.length;) {
    throwIfCancelled(signal);
    const slice = promptIds.slice(done, done + inference.sliceLength('last'));
    first = await inference.step(slice, 'last');
    done += slice.length;
    onEvent({ type: 'prefill', done, total: promptIds.length });
    await yieldToEventLoop();
  }
  const steps =
    speculation && options.speculation !== false
      ? new SpeculativeSteps(inference, hyperparameters.vocabulary, speculation, promptIds)
      : { after: (id: number) => inference.step([id], 'last') };
  return { first, steps, tokens: promptIds.length - reusedTokens, reusedTokens, dispose: () => undefined };
}

/** Reads several contexts and the question behind them. */
async function readApart(
  { inference, hyperparameters, tokenizer, mostTokens }: GenerateContext,
  options: GenerateOptions,
  contexts: ParallelContexts,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<ReadPrompt> {
  if (options.window ?? options.mask ?? options.retrieval)
    throw fault('LS3005', 'several contexts do not go with a window, a mask or a retrieval');
  const ids = contextIds(contexts, options.promptIds, tokenizer);
  const sliding = hyperparameters.attentionGroups.find(({ window }) => window !== null && window < ids.longest);
  if (sliding && contexts.method === 'parallel-windows')
    throw fault('LS3005', `parallel windows longer than the model's own window of ${String(sliding.window)} tokens`);
  const scheme = generationScheme(hyperparameters, options, ids.longest, options.maxTokens, mostTokens);
  if (scheme.window) throw fault('LS3004', 'the longest context, the question and the answer do not fit together');
  inference.begin(ids.question, scheme);
  const onRead = (done: number, total: number): void => {
    onEvent({ type: 'prefill', done, total });
  };
  const read = await readContexts(inference, contexts.method, ids, tokenizer.beginId, onRead, signal);
  return { ...read, reusedTokens: 0 };
}

/** @throws LS3005 for an empty list or an id outside the vocabulary */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  if (ids.length === 0) throw fault('LS3005', 'without any token there is nothing to predict from');
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined)
    throw fault('LS3005', `token id ${String(wrong)} is not in the vocabulary of ${String(vocabulary)}`);
}
