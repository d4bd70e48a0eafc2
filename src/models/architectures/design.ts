/** What a decoder's layers are made of, beyond their sizes: everything in which the architectures differ inside one and the same graph. */

/** `gelu` is the exact one, by the error function. */
export type Activation = 'silu' | 'gelu' | 'gelu-tanh' | 'relu';

export interface Design {
  /** RMS norm, or layer norm (mean subtracted; with a bias where the file has one). */
  readonly norm: 'rms' | 'layer';
  readonly activation: Activation;
  /** Two products, one of them through the activation, multiplied; otherwise one product through the activation. */
  readonly gated: boolean;
  /** What the embedding is multiplied by. */
  readonly embeddingScale: number;
  /** What the results of attention and feed-forward are multiplied by before they are added to the stream. */
  readonly residualScale: number;
  readonly logitScale: number;
  /** c tanh(x / c) of every logit; null: as they are. */
  readonly logitSoftcap: number | null;
  /** Queries, keys and values are held between -clip and clip. */
  readonly clip: number | null;
  /** The stream goes on from the normed values, not from what was normed (bloom's apply_residual_connection_post_layernorm). */
  readonly residualIsNormed: boolean;
  /** Feed-forwards of which a router chooses some for every token; null: one for all. */
  readonly experts: Experts | null;
}

export interface Experts {
  readonly count: number;
  /** How many a token goes through. */
  readonly used: number;
  readonly feedForward: number;
  /** Whether the chosen ones' weights are made to add up to 1. */
  readonly normalised: boolean;
  /** Which layers have experts; the others have one feed-forward. */
  readonly layers: readonly boolean[];
}

/** Llama's: what the other architectures name their differences from. */
export const plainDesign: Design = {
  norm: 'rms',
  activation: 'silu',
  gated: true,
  embeddingScale: 1,
  residualScale: 1,
  logitScale: 1,
  logitSoftcap: null,
  clip: null,
  residualIsNormed: false,
  experts: null,
};
