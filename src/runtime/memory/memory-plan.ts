/**
 * What a decoder takes of memory, compared with what is free before it is loaded: weights, keys and values of the window, and what a
 * step needs on the way. Where it does not fit, the cache is stored smaller or the window is smaller, and below that it is refused.
 */
import { type Sentence, say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { Provider } from '../../protocol/providers.ts';
import { rowBytes } from '../cache/cache-rows.ts';
import { sliceLengthAt } from '../step/slices.ts';
import type { FreeMemory } from './free-memory.ts';

/** The sizes that memory depends on. */
export type PlannedModel = Pick<
  Hyperparameters,
  'layers' | 'hidden' | 'feedForward' | 'heads' | 'kvHeads' | 'headSize' | 'vocabulary' | 'contextLength'
>;

export interface PlanOptions {
  readonly provider: Provider;
  readonly free: FreeMemory;
  /** Instead of the best that fits. */
  readonly cache?: CacheType;
  /** Whether prompts would be computed in whole numbers, for which matrices are held in bytes (column-bytes.ts). */
  readonly digits?: boolean;
}

export interface MemoryPlan {
  readonly cache: CacheType;
  /** Tokens that are held at once: those the model was trained for, or fewer. */
  readonly window: number;
  /** Tokens that would fit, were the model good for them. */
  readonly mostTokens: number;
  /** Whether there is room for matrices in bytes, and they are wanted. */
  readonly digits: boolean;
  /** Bytes. */
  readonly weights: number;
  readonly keysAndValues: number;
  readonly scratch: number;
  readonly total: number;
  readonly free: number;
  /** What is smaller than it could be, a sentence's worth; null when nothing is. */
  readonly reduced: Sentence | null;
}

const mebibyte = 2 ** 20;
/** The system, the editor and the engine want to go on growing: this share of what is free, and at least so much, stays. */
const reservedShare = 0.1;
const leastReserved = 256 * mebibyte;
/** Tokenizer, graphs and the arenas of ONNX Runtime. */
const fixed = 64 * mebibyte;
/** Weights of 4 bits take half as much again in bytes. */
const moreInBytes = 0.6;
/** Rows of the step before wait for the garbage collector. */
const waitingSteps = 4;
/** A window of this is worth more than exact rows; below it rows of 8 bits are better than a smaller one. */
const comfortable = 16_384;
/** Nothing useful fits in less. */
const smallestWindow = 512;
/** Windows are whole pages of so many tokens. */
const page = 256;

const cacheTypes: readonly CacheType[] = ['f32', 'f16', 'int8'];

/**
 * @param weightBytes of the weights file
 * @throws LS3009 when not even the smallest window fits
 */
export function planMemory(model: PlannedModel, weightBytes: number, options: PlanOptions): MemoryPlan {
  const plan = planWithoutDigits(model, weightBytes, options);
  const more = moreInBytes * weightBytes;
  if (!options.digits || plan.total + more > budgetOf(options.free)) return plan;
  return { ...plan, digits: true, weights: plan.weights + more, total: plan.total + more };
}

function budgetOf({ available }: FreeMemory): number {
  return available - Math.max(leastReserved, reservedShare * available);
}

function planWithoutDigits(model: PlannedModel, weightBytes: number, options: PlanOptions): MemoryPlan {
  const { provider, free } = options;
  // On the graphics processor a step makes new rows beside the old ones, and there are no rows of 8 bits.
  const onDevice = provider === 'webgpu';
  const types = (options.cache ? [options.cache] : cacheTypes).filter((type) => !onDevice || type !== 'int8');
  const budget = budgetOf(free);
  const weights = weightsInMemory(weightBytes, provider);
  const planned = (cache: CacheType, tokens: number, reduced: Sentence | null): MemoryPlan => {
    const window = Math.min(tokens, model.contextLength);
    const keysAndValues = window * bytesPerToken(model, cache, onDevice);
    const scratch = scratchAt(model, window);
    const sizes = { weights, keysAndValues, scratch, total: weights + keysAndValues + scratch };
    return { cache, window, mostTokens: tokens, digits: false, ...sizes, free: free.available, reduced };
  };
  const fitting = types.map((cache) => ({ cache, tokens: tokensIn(model, cache, onDevice, budget - weights) }));
  const wanted = Math.min(model.contextLength, comfortable);
  const least = Math.min(model.contextLength, smallestWindow);
  // All of the context, exact or nearly; then as exact as a comfortable window allows; then what there is.
  const whole = fitting.find(({ cache, tokens }) => cache !== 'int8' && tokens >= model.contextLength);
  const best = whole ?? fitting.find(({ tokens }) => tokens >= wanted) ?? fitting.at(-1);
  if (!best || best.tokens < least) {
    const { total } = planned(types.at(-1) ?? 'f32', least, null);
    throw fault(
      'LS3009',
      say(
        'even with a window of {0} tokens it takes {1}, and {2}',
        least,
        inGibibytes(total + (free.available - budget)),
        freeWords(free),
      ),
    );
  }
  return planned(best.cache, best.tokens, reductions(best, model, free));
}

/** Bytes that a token takes: in the cache, and in the rotated copy of 8 bits that single tokens are computed over (rotated-copy.ts). */
function bytesPerToken({ layers, kvHeads, headSize }: PlannedModel, cache: CacheType, onDevice: boolean): number {
  const row = rowBytes(cache, { kvHeads, headSize });
  return 2 * layers * (onDevice ? 2 * row : row + kvHeads * headSize);
}

/**
 * ONNX Runtime packs a copy of the matrices for every graph that is open, of which there are two; the file itself is mapped, and its
 * pages are given up when others need them.
 */
function weightsInMemory(weightBytes: number, provider: Provider): number {
  return provider === 'cpu' ? 2.2 * weightBytes : 1.2 * weightBytes;
}

/** What the largest step takes on the way: scores and their softmax, activations, new rows, logits. */
function scratchAt(model: PlannedModel, window: number): number {
  const { layers, hidden, feedForward, heads, kvHeads, headSize, vocabulary } = model;
  const slice = sliceLengthAt(model, window, 'last');
  const scores = 3 * heads * slice * (window + slice);
  const activations = 2 * slice * (8 * hidden + 4 * feedForward);
  const rows = waitingSteps * 2 * layers * slice * kvHeads * headSize;
  const joined = 4 * (window + slice) * kvHeads * headSize;
  return fixed + Float32Array.BYTES_PER_ELEMENT * (scores + activations + rows + joined + 2 * vocabulary);
}

/** How many tokens fit in so many bytes, in whole pages. */
function tokensIn(model: PlannedModel, cache: CacheType, onDevice: boolean, bytes: number): number {
  const perToken = bytesPerToken(model, cache, onDevice);
  let least = 0;
  let most = Math.max(0, Math.floor(bytes / perToken / page));
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (middle * page * perToken + scratchAt(model, middle * page) <= bytes) least = middle;
    else most = middle - 1;
  }
  return least * page;
}

function reductions(
  { cache, tokens }: { readonly cache: CacheType; readonly tokens: number },
  { contextLength }: PlannedModel,
  free: FreeMemory,
): Sentence | null {
  const smaller = [
    ...(tokens < contextLength ? [say('a window of {0} of {1} tokens', tokens, contextLength)] : []),
    ...(cache === 'f32' ? [] : [say('keys and values of {0} bits', cache === 'f16' ? 16 : 8)]),
  ];
  const [first, second] = smaller;
  if (!first) return null;
  return say('{0}, because {1}', second ? say('{0} and {1}', first, second) : first, freeWords(free));
}

function freeWords({ available, limit }: FreeMemory): Sentence {
  const memory = inGibibytes(available);
  switch (limit) {
    case 'machine':
      return say('{0} are free on this machine', memory);
    case 'container':
      return say('{0} are free in this container', memory);
    case 'process':
      return say('{0} are free for this process', memory);
    case 'adapter':
      return say('{0} are free on the graphics processor', memory);
  }
}

function inGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GiB`;
}
