/** The runs of long-context.ts: which scaling, rule or window each has, and how far it goes. */
import type { CacheWindow } from '../../src/runtime/decoder.ts';

export interface LongContextRun {
  /** Which plot it is drawn in. */
  readonly plot: 'windows' | 'scalings-2' | 'scalings-4' | 'rules';
  readonly window?: CacheWindow;
  readonly rope?: string;
  /** Every prediction out of a fresh prefill of the last so many tokens. */
  readonly recomputed?: number;
  /** Only every such token is predicted, for a fresh prefill of each costs a second. */
  readonly sampled?: number;
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

/** As far as sinks and windows are followed: they do not change any more. */
const windowsUpTo = 20_480;

const windows: Readonly<Record<string, LongContextRun>> = Object.fromEntries(
  [4, 0, 1, 2, 8].map((sinks) => [
    `${String(sinks)} sinks + ${String(1024 - sinks)}`,
    { plot: 'windows', window: { sinks, recent: 1024 - sinks }, upTo: windowsUpTo },
  ]),
);

/** A factor of two as far as it is meant to reach, twice the trained length. */
const byTwo = { plot: 'scalings-2', upTo: 16_384 } as const;
const byFour = { plot: 'scalings-4', upTo: 32_768 } as const;
const rules = { plot: 'rules', upTo: 32_768 } as const;

const named = (
  plot: Pick<LongContextRun, 'plot' | 'upTo'>,
  ...specifications: readonly string[]
): Record<string, LongContextRun> => Object.fromEntries(specifications.map((rope) => [rope, { ...plot, rope }]));

/** In the order in which they are worth most, for a machine that is not given the hours for all. */
export const longContextRuns: Readonly<Record<string, LongContextRun>> = {
  ...windows,
  full: { plot: 'windows', upTo: 32_768 },
  ...named(byTwo, 'yarn:2', 'dynamic:2', 'linear:2', 'ntk:2', 'ntk-by-parts:2', 'ntk-mixed:2+log-n'),
  // Over the same few tokens, or the difference would drown in the choice of them.
  'recompute 1024 (1 in 128)': { plot: 'windows', recomputed: 1024, sampled: 128, upTo: windowsUpTo },
  '4 sinks + 1020 (1 in 128)': { plot: 'windows', window: { sinks: 4, recent: 1020 }, sampled: 128, upTo: windowsUpTo },
  '0 sinks + 1024 (1 in 128)': { plot: 'windows', window: { sinks: 0, recent: 1024 }, sampled: 128, upTo: windowsUpTo },
  ...named(rules, 'lm-infinite:4096'),
  ...named(byFour, 'yarn:4', 'dynamic:4', 'ntk:4', 'ntk-by-parts:4'),
  // Groups of 4 reach 20,480 tokens within the trained positions, groups of 8 reach 36,864.
  ...named({ ...rules, upTo: 16_384 }, 'self-extend:4096:4'),
  ...named(rules, 'rerope:4096', 'leaky-rerope:4096:16', 'self-extend:4096:8'),
  ...named(byFour, 'linear:4', 'ntk-mixed:4+log-n', 'giraffe-truncate', 'giraffe-power:0.1'),
};
