/** What a scheme comes to for one model: tables of cosine and sine for every attention group, and slopes where there is ALiBi. */
import { Tensor } from '../onnxruntime.ts';
import type { AttentionGroup, Hyperparameters } from '../../models/description/hyperparameters.ts';
import { alibiSlopes } from '../biases/alibi.ts';
import type { CacheScheme } from '../cache/cache-scheme.ts';
import type { RopeFrequencies } from '../rope/frequencies.ts';
import { type RopeScaling, parseRope } from '../rope/specification.ts';
import { RopeTables } from '../rope/tables.ts';

export interface Rotation {
  /** All its numbers as text: the same text is the same rotation. */
  readonly key: string;
  /** One a group; null for a group that is not rotated. */
  readonly tables: readonly (RopeTables | null)[];
  /** float32 [heads], for models with ALiBi. */
  readonly slopes: Tensor | null;
}

export const noRotation: Rotation = { key: '', tables: [], slopes: null };

/** A group's frequencies while the prompt is read, and of tokens behind it where they follow the tokens so far. */
interface GroupFrequencies {
  readonly first: RopeFrequencies;
  readonly follows: { readonly scaling: string; readonly at: (position: number) => RopeFrequencies } | null;
}

/** @param known given back when it is the same, with the tables it has computed */
export function rotationOf(h: Hyperparameters, scheme: CacheScheme, known: Rotation): Rotation {
  const groups = h.attentionGroups.map((group) => frequenciesOf(group, scalingOf(h, group, scheme), scheme));
  const slopes = slopesOf(h, scheme);
  const key = JSON.stringify([
    ...groups.map(
      (one) =>
        one && [one.first.attentionFactor, ...one.first.frequencies, ...(one.follows ? [one.follows.scaling] : [])],
    ),
    ...(slopes ?? []),
  ]);
  if (key === known.key) return known;
  return {
    key,
    tables: groups.map((one) => one && new RopeTables(one.first, 1, one.follows?.at)),
    slopes: slopes && new Tensor('float32', Float32Array.from(slopes), [h.heads]),
  };
}

/**
 * Tokens so far from which the prompt would have been read with other frequencies (longrope); null when that never happens.
 * What is cached must then be read again.
 */
export function switchOf(h: Hyperparameters, scheme: CacheScheme): number | null {
  const prompt = scheme.prompt ?? scheme.length;
  const points = h.attentionGroups.flatMap((group) => {
    const scaling = scalingOf(h, group, scheme);
    if (!group.rope || scaling?.follows !== 'switch') return [];
    const point = scaling.original ?? group.rope.originalContextLength;
    return prompt <= point && scheme.length > point ? [point + 1] : [];
  });
  return points.length === 0 ? null : Math.min(...points);
}

/**
 * A scaling that was asked for is for the layers that see everything; a sliding window beside them is never longer than the training.
 */
function scalingOf(
  { attentionGroups }: Hyperparameters,
  { rope: own, window }: AttentionGroup,
  { rope }: CacheScheme,
): RopeScaling | null {
  if (!own) return null;
  const someSeeAll = attentionGroups.some((group) => group.window === null);
  return rope && (window === null || !someSeeAll) ? rope : parseRope(own.scaling);
}

/** As the transformers library computes them over a cache: each token is rotated by the length when it came. */
function frequenciesOf(
  { rope: own }: AttentionGroup,
  scaling: RopeScaling | null,
  { length, prompt = length }: CacheScheme,
): GroupFrequencies | null {
  if (!own || !scaling) return null;
  const shape = { dimensions: own.dimensions, base: own.base, contextLength: own.originalContextLength };
  const { divisors } = own;
  const at = (tokens: number): RopeFrequencies => {
    const { frequencies, attentionFactor } = scaling.frequencies(shape, tokens);
    return {
      frequencies: divisors ? frequencies.map((f, i) => f / (divisors[i] ?? 1)) : frequencies,
      attentionFactor,
    };
  };
  const first = at(prompt);
  if (scaling.follows !== 'each-token') return { first, follows: null };
  const beyond = (position: number): RopeFrequencies => (position < prompt ? first : at(Math.floor(position) + 1));
  return { first, follows: { scaling: scaling.name, at: beyond } };
}

function slopesOf(
  { alibi, alibiMaxBias, heads, contextLength }: Hyperparameters,
  { slopes, length, prompt = length }: CacheScheme,
): Float64Array | null {
  if (!alibi) return null;
  const chosen = slopes?.slopes(heads, prompt, contextLength) ?? alibiSlopes(heads);
  // The rules are for the paper's greatest exponent; another one stretches them all alike.
  return chosen.map((m) => m ** (alibiMaxBias / 8));
}
