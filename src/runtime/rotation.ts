/** What a scheme comes to for one model: tables of cosine and sine for every attention group, and slopes where there is ALiBi. */
import { Tensor } from 'onnxruntime-node';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import { alibiSlopes } from './biases/alibi.ts';
import type { CacheScheme } from './cache-scheme.ts';
import type { RopeFrequencies } from './rope/frequencies.ts';
import { parseRope } from './rope/specification.ts';
import { RopeTables } from './rope/tables.ts';

export interface Rotation {
  /** All its numbers as text: the same text is the same rotation. */
  readonly key: string;
  /** One a group; null for a group that is not rotated. */
  readonly tables: readonly (RopeTables | null)[];
  /** float32 [heads], for models with ALiBi. */
  readonly slopes: Tensor | null;
}

export const noRotation: Rotation = { key: '', tables: [], slopes: null };

/** @param known given back when it is the same, with the tables it has computed */
export function rotationOf(h: Hyperparameters, scheme: CacheScheme, known: Rotation): Rotation {
  const frequencies = frequenciesOf(h, scheme);
  const slopes = slopesOf(h, scheme);
  const key = JSON.stringify([
    ...frequencies.map((one) => one && [one.attentionFactor, ...one.frequencies]),
    ...(slopes ?? []),
  ]);
  if (key === known.key) return known;
  return {
    key,
    tables: frequencies.map((one) => one && new RopeTables(one)),
    slopes: slopes && new Tensor('float32', Float32Array.from(slopes), [h.heads]),
  };
}

function frequenciesOf(
  { attentionGroups }: Hyperparameters,
  { rope, length }: CacheScheme,
): (RopeFrequencies | null)[] {
  const someSeeAll = attentionGroups.some(({ window }) => window === null);
  return attentionGroups.map(({ rope: own, window }) => {
    if (!own) return null;
    // A scaling that was asked for is for the layers that see everything; a sliding window beside them is never longer than the training.
    const scaling = rope && (window === null || !someSeeAll) ? rope : parseRope(own.scaling);
    const shape = { dimensions: own.dimensions, base: own.base, contextLength: own.originalContextLength };
    const { frequencies, attentionFactor } = scaling.frequencies(shape, length);
    const { divisors } = own;
    return {
      frequencies: divisors ? frequencies.map((f, i) => f / (divisors[i] ?? 1)) : frequencies,
      attentionFactor,
    };
  });
}

function slopesOf(
  { alibi, alibiMaxBias, heads, contextLength }: Hyperparameters,
  { slopes, length }: CacheScheme,
): Float64Array | null {
  if (!alibi) return null;
  const chosen = slopes?.slopes(heads, length, contextLength) ?? alibiSlopes(heads);
  // The rules are for the paper's greatest exponent; another one stretches them all alike.
  return chosen.map((m) => m ** (alibiMaxBias / 8));
}
