/** Reads a decoder's sizes and constants from what its file says of itself, and checks them; what architectures have in common. */
import { say } from '../../base/sentences.ts';
import type { Design } from '../architectures/design.ts';
import type { AttentionGroup, Hyperparameters } from './hyperparameters.ts';
import { type RopeTensors, readRope } from './rope-settings.ts';
import { type Settings, limits, unsupported } from './settings.ts';

/** What is read beside the settings before an architecture describes a model. */
export interface ModelFacts {
  readonly settings: Settings;
  /** Rows of the embedding. */
  readonly vocabulary: number;
  readonly rope: RopeTensors;
}

/** Sizes that every architecture has. @param defaults of what its configurations may leave out */
export function readSizes(
  { settings, vocabulary }: ModelFacts,
  defaults: { readonly feedForward?: number; readonly contextLength?: number; readonly headSize?: number } = {},
): Pick<
  Hyperparameters,
  'layers' | 'hidden' | 'feedForward' | 'heads' | 'kvHeads' | 'headSize' | 'vocabulary' | 'contextLength'
> {
  const hidden = settings.size('hidden', limits.hidden);
  const heads = settings.size('heads', limits.heads);
  const kvHeads = settings.size('kvHeads', limits.heads, heads);
  const headSize = settings.size('headSize', limits.headSize, defaults.headSize ?? Math.floor(hidden / heads));
  if (heads % kvHeads !== 0)
    unsupported(say('{0} query heads do not divide among {1} key heads', String(heads), String(kvHeads)));
  if (settings.size('valueSize', limits.headSize, headSize) !== headSize)
    unsupported(say('its keys and values differ in size'));
  return {
    layers: settings.size('layers', limits.layers),
    hidden,
    feedForward: settings.size('feedForward', limits.feedForward, defaults.feedForward),
    heads,
    kvHeads,
    headSize,
    vocabulary,
    contextLength: settings.size('contextLength', limits.contextLength, defaults.contextLength),
  };
}

/** The sizes of a decoder whose layers all rotate alike, with one window or none; what differs goes on top. */
export function rotatedDecoder(facts: ModelFacts, design: Design, window: number | null = null): Hyperparameters {
  const { settings } = facts;
  const sizes = readSizes(facts);
  const rope = readRope(settings, { ...sizes, tensors: facts.rope });
  return {
    architecture: settings.architecture,
    ...sizes,
    epsilon: settings.positive(design.norm === 'rms' ? 'rmsEpsilon' : 'normEpsilon', 1e-5),
    attentionScale: sizes.headSize ** -0.5,
    alibi: false,
    alibiMaxBias: 0,
    attentionGroups: [{ window, rope }],
    groupOfLayer: new Array<number>(sizes.layers).fill(0),
    design,
  };
}

/**
 * Layers of two kinds: those that see everything come first among the groups where there are any.
 * @param sliding of each layer
 */
export function twoGroups(
  full: AttentionGroup,
  local: AttentionGroup,
  sliding: readonly boolean[],
): Pick<Hyperparameters, 'attentionGroups' | 'groupOfLayer'> {
  if (sliding.every((one) => one)) return { attentionGroups: [local], groupOfLayer: sliding.map(() => 0) };
  if (!sliding.includes(true)) return { attentionGroups: [full], groupOfLayer: sliding.map(() => 0) };
  return { attentionGroups: [full, local], groupOfLayer: sliding.map((one) => (one ? 1 : 0)) };
}

/** `layer_types` of a configuration: which layers slide; undefined where it is not stated. @throws LS2304 for a kind there is no rule for */
export function slidingLayers(settings: Settings, layers: number): readonly boolean[] | undefined {
  const stated = settings.config('layer_types');
  if (stated === undefined) return undefined;
  if (!Array.isArray(stated) || stated.length !== layers)
    return unsupported(say('its layer_types do not name every layer'));
  return stated.map((type: unknown) => {
    if (type !== 'sliding_attention' && type !== 'full_attention')
      return unsupported(say('a layer is "{0}"', String(type)));
    return type === 'sliding_attention';
  });
}

/** The sliding window, where the model has one. */
export function readWindow(settings: Settings): number | null {
  return settings.has('window') ? settings.size('window', limits.contextLength) : null;
}
