/** The sizes and constants of a decoder, out of a GGUF file's metadata and checked against its tensors. */
import { fault } from '../../base/errors.ts';
import type { GgufValue } from '../gguf/reader.ts';
import type { ModelFile, ModelTensor } from '../model-file.ts';

export interface Hyperparameters {
  readonly architecture: string;
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  /** Tokens the model was trained for. */
  readonly contextLength: number;
  readonly epsilon: number;
  /** What a score is multiplied by before the softmax. */
  readonly attentionScale: number;
  /** Scores fall with the distance, by a slope a head, instead of a rotation (ALiBi, Press et al. 2022). */
  readonly alibi: boolean;
  readonly attentionGroups: readonly AttentionGroup[];
  /** The group of each layer, an index. */
  readonly groupOfLayer: readonly number[];
}

/** Layers that rotate and mask alike: one group in most models, two where sliding and global layers take turns. */
export interface AttentionGroup {
  /** Tokens a query sees, itself included; null: all before it. */
  readonly window: number | null;
  /** null: queries and keys are not rotated. */
  readonly rope: GroupRope | null;
}

export interface GroupRope {
  readonly base: number;
  /** How many numbers of a head are rotated, the first ones. */
  readonly dimensions: number;
  /** The scaling the model was trained with, as a `--rope` specification; `default` when there is none. */
  readonly scaling: string;
  /** Tokens the model was trained for before its own scaling; where there is none, the same as `contextLength`. */
  readonly originalContextLength: number;
  /** What each frequency is divided by (llama.cpp's `rope_freqs.weight`, Llama 3); null: nothing. */
  readonly divisors: readonly number[] | null;
}

/** Architectures whose graph {@link import('./llama.ts')} builds: llama, and two that differ from it by biases and head norms. */
export const decoderArchitectures: readonly string[] = ['llama', 'qwen2', 'qwen3'];

/** Far above any decoder there is; a file that claims more is damaged, and nothing is allocated by its word. */
const limits = {
  layers: 1024,
  hidden: 1 << 17,
  feedForward: 1 << 20,
  heads: 1024,
  headSize: 1024,
  vocabulary: 1 << 22,
  contextLength: 1 << 28,
};

/**
 * @param ropeDivisors the values of `rope_freqs.weight`, when the file has it
 * @throws LS2304 for an architecture or a variant of it that is not supported, or when metadata and tensors contradict each other
 */
export function readHyperparameters(file: ModelFile, ropeDivisors: readonly number[] | null): Hyperparameters {
  const architecture =
    text(file.metadata.get('general.architecture')) ?? fail('the file does not say what architecture it has');
  if (!decoderArchitectures.includes(architecture))
    fail(`its architecture is "${architecture}", and Longsight runs ${decoderArchitectures.join(', ')}`);
  const get = (key: string): GgufValue | undefined => file.metadata.get(`${architecture}.${key}`);
  const size = (key: string, most: number, otherwise?: number): number => {
    const value = get(key) ?? otherwise;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
      return fail(`"${architecture}.${key}" is ${value === undefined ? 'missing' : String(value)}`);
    return value;
  };
  const positive = (key: string, otherwise: number): number => {
    const value = get(key) ?? otherwise;
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : fail(`"${architecture}.${key}" is ${String(value)}`);
  };
  if ((get('expert_count') ?? 0) !== 0) fail('it is a mixture of experts');
  if (
    get('attention.sliding_window') !== undefined &&
    get('attention.sliding_window') !== 0 &&
    architecture === 'llama'
  )
    fail('it was trained with a sliding window');

  const hidden = size('embedding_length', limits.hidden);
  const heads = size('attention.head_count', limits.heads);
  const kvHeads = size('attention.head_count_kv', limits.heads, heads);
  const headSize = size('attention.key_length', limits.headSize, Math.floor(hidden / heads));
  const ropeDimensions = size('rope.dimension_count', headSize, headSize);
  if (heads % kvHeads !== 0) fail(`${String(heads)} query heads do not divide among ${String(kvHeads)} key heads`);
  if (headSize % 2 !== 0 || ropeDimensions % 2 !== 0) fail('its heads cannot be rotated in pairs');
  if (size('attention.value_length', limits.headSize, headSize) !== headSize)
    fail('its keys and values differ in size');
  const embedding = tensorOf(file, 'token_embd.weight');
  const vocabulary = embedding.shape[0] ?? 0;
  if (embedding.shape.length !== 2 || embedding.shape[1] !== hidden || vocabulary > limits.vocabulary)
    fail(`its embedding has the shape ${embedding.shape.join(' x ')}`);
  if (
    ropeDivisors &&
    (ropeDivisors.length !== ropeDimensions / 2 || !ropeDivisors.every((d) => d > 0 && Number.isFinite(d)))
  )
    fail('its RoPE divisors are not usable');
  return {
    architecture,
    layers: size('block_count', limits.layers),
    hidden,
    feedForward: size('feed_forward_length', limits.feedForward),
    heads,
    kvHeads,
    headSize,
    vocabulary,
    contextLength: size('context_length', limits.contextLength),
    epsilon: positive('attention.layer_norm_rms_epsilon', 1e-5),
    attentionScale: headSize ** -0.5,
    alibi: false,
    attentionGroups: [
      {
        window: null,
        rope: {
          base: positive('rope.freq_base', 10000),
          dimensions: ropeDimensions,
          scaling: trainedScaling(text(get('rope.scaling.type')), positive('rope.scaling.factor', 1)),
          originalContextLength: size(
            'rope.scaling.original_context_length',
            limits.contextLength,
            size('context_length', limits.contextLength),
          ),
          divisors: ropeDivisors,
        },
      },
    ],
    groupOfLayer: new Array<number>(size('block_count', limits.layers)).fill(0),
  };
}

/** @throws LS2304 when the file has no tensor of that name */
function tensorOf(file: ModelFile, name: string): ModelTensor {
  return file.tensors.get(name) ?? fail(`the tensor "${name}" is missing`);
}

/** A tensor of that very shape. @throws LS2304 otherwise */
export function tensorOfShape(file: ModelFile, name: string, shape: readonly number[]): ModelTensor {
  const tensor = tensorOf(file, name);
  if (tensor.shape.join() !== shape.join())
    fail(`the tensor "${name}" is ${tensor.shape.join(' x ')} and should be ${shape.join(' x ')}`);
  return tensor;
}

function trainedScaling(type: string | undefined, factor: number): string {
  if (type === undefined || type === 'none' || factor === 1) return 'default';
  if (type === 'linear' || type === 'yarn') return `${type}:${String(factor)}`;
  return fail(`its RoPE scaling is "${type}"`);
}

function text(value: GgufValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function fail(why: string): never {
  throw fault('LS2304', why);
}
