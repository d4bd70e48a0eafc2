/**
 * The first NTK-by-parts (bloc97 2023; `LlamaPartNTK` of jquesnelle/yarn), before the paper: two ramps over the pair's index.
 * Between 1.25 and 0.75 turns within the trained length a pair goes from the NTK-aware frequency to the interpolated one; between
 * 16 and 2 turns from its own frequency to that mixture.
 */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';
import { indexRamp } from './index-ramp.ts';
import { linear } from './linear.ts';
import { ntk } from './ntk.ts';

/** Turns between which a pair goes from NTK-aware to interpolated; found by experiment on LLaMA. */
const interpolationTurns = [1.25, 0.75] as const;
/** Turns between which a pair goes from unscaled to scaled. */
const scalingTurns = [16, 2] as const;

export function partNtk(shape: RopeShape, factor: number): RopeFrequencies {
  const interpolated = linear(shape, factor).frequencies;
  const stretched = ntk(shape, factor).frequencies;
  const toInterpolated = indexRamp(shape, ...interpolationTurns, true);
  const toScaled = indexRamp(shape, ...scalingTurns, true);
  const frequencies = defaultFrequencies(shape).map((f, i) => {
    const scaled = mix(stretched[i] ?? 0, interpolated[i] ?? 0, toInterpolated(i));
    return mix(f, scaled, toScaled(i));
  });
  return { frequencies, attentionFactor: 1 };
}

function mix(from: number, to: number, share: number): number {
  return from * (1 - share) + to * share;
}
