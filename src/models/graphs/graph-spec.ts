/** Which graph of a model is meant: the same weights make several, each written when it is first needed. */

/**
 * `prefill`: many tokens, one rotation of queries and keys. `decode`: one token that sees every cached row. `stream`: many tokens past
 * the end of a sinks + window cache, whose first columns are scored with a rotation of their own. `extend`: many tokens, two
 * rotations, of which a matrix chooses for every pair of query and key. `retrieve`: one token that looks at the pages of the cache that
 * matter to it. `verify`: a few tokens, each to the last bit as `decode` would give it. `rotated`: one token or a few over a working
 * copy of the cache, in bytes and rotated (rotated-attention.ts).
 */
export type GraphForm = 'prefill' | 'decode' | 'stream' | 'extend' | 'retrieve' | 'verify' | 'rotated';

/** How the graph takes the cached rows: float32, float16, or int8 with a float32 scale a row and head. */
export type CacheType = 'f32' | 'f16' | 'int8';

/**
 * How matrices of blocks are multiplied. MatMulNBits' accuracy: 0 computes with float32 activations (exact), 4 rounds them to int8.
 * 4-bit weights have fast kernels for both; 8-bit weights for 4 only, at 0 they are about a hundred times slower and only small ones are
 * computed at it. `float`: level 0 for all of them, for processors on which level 4 is wrong (rounding-trial.ts). `digits`: whole numbers,
 * 16 bits of an activation and 8 of a weight (digit-products.ts), for many rows.
 */
export type AccuracyLevel = 0 | 4 | 'float' | 'digits';

export interface GraphSpec {
  readonly form: GraphForm;
  readonly accuracy: AccuracyLevel;
  readonly cache: CacheType;
  /**
   * Computed on the graphics processor, where the cached rows stay; `webgpu-flash` with kernels of flash attention, which not every
   * driver computes right. Absent: on the processor.
   */
  readonly provider?: 'webgpu' | 'webgpu-flash';
}

/** The graph's name, which is also its file's without `.onnx`. */
export function graphName({ form, accuracy, cache, provider }: GraphSpec): string {
  return `${form}-${String(accuracy)}-${cache}${provider ? `-${provider}` : ''}`;
}
