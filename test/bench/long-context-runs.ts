/** The runs of long-context.ts: which scaling, rule or window each has, and how far it goes. */
import type { CacheWindow } from '../../src/runtime/decoder.ts';

export interface LongContextRun {
  /** Which plot it is drawn in. */
  readonly plot: 'windows' | 'scalings-2' | 'scalings-4' | 'rules';
  readonly window?: CacheWindow;
  readonly rope?: string;
  /** Every prediction out of a fresh prefill of the last so many tokens. */
  readonly recomputed?: number;
  /** Tokens; without it as far as the text goes. */
  readonly upTo?: number;
}

export interface LongContextResults {
  readonly model: string;
  /** SHA-256 of the ids as int32, little-endian. */
  readonly text: string;
  /** Tokens the model was trained for. */
  readonly trained: number;
  readonly bucket: number;
  /** Mean nats of each bucket by its first position. */
  readonly runs: Readonly<Record<string, LongContextRun & { readonly buckets: Readonly<Record<string, number>> }>>;
}

const windows: Readonly<Record<string, LongContextRun>> = Object.fromEntries(
  [4, 0, 1, 2, 8].map((sinks) => [
    `${String(sinks)} sinks + ${String(1024 - sinks)}`,
    { plot: 'windows', window: { sinks, recent: 1024 - sinks } },
  ]),
);

const scalings = ['yarn', 'dynamic', 'ntk', 'linear', 'ntk-by-parts'];

/** A factor of two as far as it is meant to reach, 16,384 tokens of a model trained for 8,192; a factor of four over all. */
export const longContextRuns: Readonly<Record<string, LongContextRun>> = {
  ...windows,
  full: { plot: 'windows' },
  'recompute 1024': { plot: 'windows', recomputed: 1024 },
  ...Object.fromEntries(
    scalings.map((name) => [`${name}:2`, { plot: 'scalings-2', rope: `${name}:2`, upTo: 16_384 } as const]),
  ),
  'ntk-mixed:2+log-n': { plot: 'scalings-2', rope: 'ntk-mixed:2+log-n', upTo: 16_384 },
  'giraffe-power:0.1': { plot: 'scalings-2', rope: 'giraffe-power:0.1', upTo: 16_384 },
  'giraffe-truncate': { plot: 'scalings-2', rope: 'giraffe-truncate', upTo: 16_384 },
};
