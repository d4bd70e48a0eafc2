/** The sizes and constants of a decoder: what graphs are made from and what the runtime computes positions by. */
import type { Design } from '../architectures/design.ts';

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
  /** The exponent of the steepest fall among ALiBi's slopes, 2^-alibiMaxBias is the last of them; 8 in the paper. */
  readonly alibiMaxBias: number;
  readonly attentionGroups: readonly AttentionGroup[];
  /** The group of each layer, an index. */
  readonly groupOfLayer: readonly number[];
  readonly design: Design;
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
