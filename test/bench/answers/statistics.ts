/** Means, and bootstrap intervals over questions (Efron 1979, percentile method), the same numbers in every run. */

/** Resamples of an interval. */
const resamples = 2000;

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** The middle 95 % of the means of resamples; null for fewer than two values. */
export function interval(values: readonly number[]): readonly [number, number] | null {
  if (values.length < 2) return null;
  const random = randomNumbers(1);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)] ?? 0;
    return sum / values.length;
  }).toSorted((a, b) => a - b);
  return [means[Math.floor(0.025 * resamples)] ?? 0, means[Math.floor(0.975 * resamples) - 1] ?? 0];
}

export interface PairedDifference {
  readonly before: number;
  readonly after: number;
  readonly interval: readonly [number, number] | null;
  readonly up: number;
  readonly down: number;
  readonly of: number;
}

/** After minus before, over what both have. */
export function paired(pairs: readonly (readonly [before: number, after: number])[]): PairedDifference | null {
  if (pairs.length === 0) return null;
  const differences = pairs.map(([before, after]) => after - before);
  return {
    before: mean(pairs.map(([before]) => before)) ?? 0,
    after: mean(pairs.map(([, after]) => after)) ?? 0,
    interval: interval(differences),
    up: differences.filter((one) => one > 1e-9).length,
    down: differences.filter((one) => one < -1e-9).length,
    of: pairs.length,
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
