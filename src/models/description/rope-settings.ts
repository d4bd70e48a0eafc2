/** What a model's file says about its rotary position embedding: the base, how much of a head is rotated, and the scaling. */
import { say } from '../../base/sentences.ts';
import type { GroupRope } from './hyperparameters.ts';
import { type DeclaredRopeScaling, type DeclaredRopeType, ropeSpecification } from './rope-declaration.ts';
import { type Settings, asRecord, limits, unsupported } from './settings.ts';

/** Small tensors of a GGUF file that belong to its rotation; null where it has none. */
export interface RopeTensors {
  /** `rope_freqs.weight`: what each frequency is divided by (Llama 3). */
  readonly divisors: readonly number[] | null;
  /** `rope_factors_long.weight` and `rope_factors_short.weight` (phi3). */
  readonly long: readonly number[] | null;
  readonly short: readonly number[] | null;
}

export interface RopeContext {
  readonly headSize: number;
  readonly contextLength: number;
  readonly tensors: RopeTensors;
}

/** Where a model has rotations of several kinds, which one is meant, and the base it has when the file does not say. */
export interface RopeKind {
  /** The layers' name in `rope_parameters`. */
  readonly layers?: 'full_attention' | 'sliding_attention';
  readonly base?: number;
}

/** @throws LS2304 for a scaling that there is no rule for, or a rotation that is not possible */
export function readRope(settings: Settings, context: RopeContext, kind: RopeKind = {}): GroupRope {
  const { headSize, contextLength, tensors } = context;
  const declared = settings.format === 'gguf' ? ofGguf(settings, kind, tensors) : ofConfig(settings, kind);
  const dimensions =
    settings.format === 'gguf'
      ? number(settings.gguf('rope.dimension_count'), headSize)
      : Math.floor(headSize * (declared.partialRotaryFactor ?? 1));
  if (!Number.isInteger(dimensions) || dimensions < 2 || dimensions > headSize || dimensions % 2 !== 0)
    unsupported(say('{0} of {1} numbers of its heads are rotated', String(dimensions), String(headSize)));
  for (const list of [tensors.divisors, declared.longFactors, declared.shortFactors])
    if (list && (list.length !== dimensions / 2 || !list.every((d) => d > 0 && Number.isFinite(d))))
      unsupported(say('its RoPE divisors are not usable'));
  const original = declared.originalContextLength ?? contextLength;
  if (!Number.isInteger(original) || original < 2 || original > limits.contextLength)
    unsupported(say('its original context is {0} tokens', String(original)));
  const stretched = { ...declared, originalContextLength: original, contextLength };
  return {
    base: declared.ropeBase ?? kind.base ?? 10000,
    dimensions,
    scaling: declared.ropeType === 'default' ? 'default' : ropeSpecification(stretched),
    originalContextLength: original,
    divisors: kind.layers === 'sliding_attention' ? null : tensors.divisors,
  };
}

const types: Readonly<Record<string, DeclaredRopeType>> = {
  default: 'default',
  none: 'default',
  linear: 'linear',
  dynamic: 'dynamic',
  yarn: 'yarn',
  llama3: 'llama3',
  longrope: 'longrope',
  su: 'longrope',
};

function typeOf(stated: unknown): DeclaredRopeType {
  const name = stated ?? 'default';
  const type = typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined;
  return type ?? unsupported(say('its RoPE scaling is {0}', JSON.stringify(name)));
}

/** `rope_parameters` (transformers 5, for all layers or by their kind), or `rope_theta` and `rope_scaling` (before). */
function ofConfig(settings: Settings, { layers }: RopeKind): DeclaredRopeScaling {
  const parameters = asRecord(settings.config('rope_parameters'));
  const byKind = layers && asRecord(parameters?.[layers]);
  const sliding = layers === 'sliding_attention';
  const given: Readonly<Record<string, unknown>> = {
    rope_theta: settings.config(sliding ? 'rope_local_base_freq' : 'rope_theta'),
    partial_rotary_factor: settings.config('partial_rotary_factor'),
    original_max_position_embeddings: settings.config('original_max_position_embeddings'),
    // Before transformers 5 a scaling was for the layers that see everything.
    ...(sliding ? {} : asRecord(settings.config('rope_scaling'))),
    ...(byKind ?? (layers && parameters?.['full_attention'] ? {} : parameters)),
  };
  const numbers = {
    ropeBase: given['rope_theta'],
    partialRotaryFactor: given['partial_rotary_factor'],
    factor: given['factor'],
    originalContextLength: given['original_max_position_embeddings'],
    attentionFactor: given['attention_factor'],
    betaFast: given['beta_fast'],
    betaSlow: given['beta_slow'],
    mscale: given['mscale'],
    mscaleAllDim: given['mscale_all_dim'],
    lowFrequencyFactor: given['low_freq_factor'],
    highFrequencyFactor: given['high_freq_factor'],
  };
  const shortFactors = numbersOf(given['short_factor']);
  const longFactors = numbersOf(given['long_factor']);
  const { truncate } = given;
  const ropeType = typeOf(given['rope_type'] ?? given['type']);
  return {
    ...onlyNumbers(numbers),
    ropeType,
    // dynamic NTK counts from the context of the configuration, whatever else it says.
    ...(ropeType === 'dynamic' && { originalContextLength: contextOf(settings) }),
    ...(typeof truncate === 'boolean' && { truncate }),
    ...(shortFactors && { shortFactors }),
    ...(longFactors && { longFactors }),
  };
}

function contextOf(settings: Settings): number {
  return settings.size('contextLength', limits.contextLength);
}

/** `<architecture>.rope.*`; llama.cpp multiplies YaRN's own attention factor by the one that is stated. */
function ofGguf(settings: Settings, { layers }: RopeKind, { long, short }: RopeTensors): DeclaredRopeScaling {
  const sliding = layers === 'sliding_attention';
  const base = settings.gguf(sliding ? 'rope.freq_base_swa' : 'rope.freq_base');
  const ropeBase = settings.positiveOf(base, null, 'rope.freq_base');
  const rotation = ropeBase === null ? {} : { ropeBase };
  if (sliding) return { ropeType: 'default', ...rotation };
  const stated = {
    ...rotation,
    ...onlyNumbers({ originalContextLength: settings.gguf('rope.scaling.original_context_length') || undefined }),
  };
  const attention = settings.positiveOf(settings.gguf('rope.scaling.attn_factor'), 1, 'rope.scaling.attn_factor');
  if (long && short)
    return { ropeType: 'longrope', ...stated, longFactors: long, shortFactors: short, attentionFactor: attention };
  const factor = settings.positiveOf(settings.gguf('rope.scaling.factor') || undefined, 1, 'rope.scaling.factor');
  const ropeType = typeOf(settings.gguf('rope.scaling.type'));
  if (factor === 1) return { ropeType: 'default', ...stated };
  if (ropeType !== 'yarn') return { ropeType, factor, ...stated };
  return {
    ropeType,
    factor,
    ...stated,
    ...(attention !== 1 && { attentionFactor: attention * (0.1 * Math.log(factor) + 1) }),
    ...onlyNumbers({
      betaFast: settings.gguf('rope.scaling.yarn_beta_fast'),
      betaSlow: settings.gguf('rope.scaling.yarn_beta_slow'),
    }),
  };
}

/** What is there, which must be numbers. @throws LS2304 otherwise */
function onlyNumbers<K extends string>(values: Readonly<Record<K, unknown>>): Partial<Record<K, number>> {
  const kept: Partial<Record<K, number>> = {};
  for (const [key, value] of Object.entries(values) as [K, unknown][]) {
    // Zero stands for absent in what is optional, as in the library.
    if (value === undefined || value === null || (value === 0 && key !== 'factor' && key !== 'ropeBase')) continue;
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
      unsupported(say('its RoPE setting {0} is {1}', key, JSON.stringify(value)));
    kept[key] = value;
  }
  return kept;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function numbersOf(value: unknown): readonly number[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  return unsupported(say('its RoPE divisors are not numbers'));
}
