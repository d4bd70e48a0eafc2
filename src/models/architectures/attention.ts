/**
 * Attention over a cache of keys that are not rotated, in three forms that compute the same; the cache is token-major,
 * [position, kvHead * headSize], and comes in and goes out as rows of it.
 *
 * Rotation happens here, over the cached keys too, by positions and cosine and sine tables that are inputs: a scaling of RoPE
 * is a table, a re-positioning is a position.
 */
import { type GraphBuilder, type Value, float } from '../onnx/graph-builder.ts';
import type { Hyperparameters } from './hyperparameters.ts';

/** Inputs that all layers share. */
export interface PositionInputs {
  /** float32 [positions, ropeDimensions / 2]. */
  readonly cos: Value;
  readonly sin: Value;
  /** int64 [1, new]: positions of the queries. */
  readonly queryPositions: Value;
  /** int64 [1, past + new]: positions of the keys, cached ones first. */
  readonly keyPositions: Value;
}

/** New rows [new, heads * headSize] and cached ones [past, kvHeads * headSize]. */
interface AttentionInputs {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly pastK: Value;
  readonly pastV: Value;
}

/** One form of attention: [new, heads * headSize] out. */
export type AttentionForm = (inputs: AttentionInputs) => Value;

type Sizes = Pick<Hyperparameters, 'heads' | 'kvHeads' | 'headSize' | 'ropeDimensions'>;

/** [rows, heads * size] -> rotated [1, rows, heads * size]. */
function rotate(
  g: GraphBuilder,
  x: Value,
  heads: number,
  positions: Value,
  { cos, sin }: PositionInputs,
  sizes: Sizes,
): Value {
  const batched = g.node('Unsqueeze', [x, g.int64([0])]);
  const dimensions: Record<string, number> =
    sizes.ropeDimensions === sizes.headSize ? {} : { rotary_embedding_dim: sizes.ropeDimensions };
  return g.node('RotaryEmbedding', [batched, cos, sin, positions], { num_heads: heads, interleaved: 0, ...dimensions });
}

/**
 * Many queries: cached and new rows are joined and go through one Attention node. The fastest for prefill.
 * @param mask float32 [new, past + new], added to the scores
 */
export function joinedAttention(g: GraphBuilder, sizes: Sizes, positions: PositionInputs, mask: Value): AttentionForm {
  const { heads, kvHeads, headSize } = sizes;
  return ({ q, k, v, pastK, pastV }) => {
    const queries = rotate(g, q, heads, positions.queryPositions, positions, sizes);
    const keys = rotate(
      g,
      g.node('Concat', [pastK, k], { axis: 0 }),
      kvHeads,
      positions.keyPositions,
      positions,
      sizes,
    );
    const values = g.node('Unsqueeze', [g.node('Concat', [pastV, v], { axis: 0 }), g.int64([0])]);
    const y = g.node('Attention', [queries, keys, values, mask], {
      q_num_heads: heads,
      kv_num_heads: kvHeads,
      scale: float(headSize ** -0.5),
      is_causal: 0,
    });
    return g.node('Reshape', [y, g.int64([-1, heads * headSize])]);
  };
}

/**
 * One query that sees everything: scores against the cached and the new row are computed apart, so that the cache is never
 * copied. The fastest for decode. The cache must not be empty (ONNX Runtime divides by its length); `keyPositions` are those of
 * the cached rows alone, the new key is where its query is.
 */
export function steppedAttention(g: GraphBuilder, sizes: Sizes, positions: PositionInputs): AttentionForm {
  const { heads, kvHeads, headSize } = sizes;
  const grouped = g.int64([kvHeads, heads / kvHeads, headSize]);
  const byHead = g.int64([-1, kvHeads, headSize]);
  const fused = { domain: 'com.microsoft' } as const;
  const alpha = float(headSize ** -0.5);
  return ({ q, k, v, pastK, pastV }) => {
    const query = g.node('Reshape', [rotate(g, q, heads, positions.queryPositions, positions, sizes), grouped]);
    const newKey = g.node('Reshape', [
      rotate(g, k, kvHeads, positions.queryPositions, positions, sizes),
      g.int64([kvHeads, headSize, 1]),
    ]);
    const newValue = g.node('Reshape', [v, g.int64([kvHeads, 1, headSize])]);
    const pastKeys = g.node('Reshape', [rotate(g, pastK, kvHeads, positions.keyPositions, positions, sizes), byHead]);
    const pastValues = g.node('Reshape', [pastV, byHead]);
    const pastScores = g.node('FusedMatMul', [query, pastKeys], { transB: 1, transBatchB: 1, alpha }, fused);
    const newScore = g.node('FusedMatMul', [query, newKey], { alpha }, fused);
    const weights = g.node('Softmax', [g.node('Concat', [pastScores, newScore], { axis: 2 })], { axis: -1 });
    const pastWeights = g.node('Slice', [weights, g.int64([0]), g.int64([-1]), g.int64([2])]);
    const newWeight = g.node('Slice', [weights, g.int64([-1]), g.int64([Number.MAX_SAFE_INTEGER]), g.int64([2])]);
    const y = g.node('Add', [
      g.node('FusedMatMul', [pastWeights, pastValues], { transBatchB: 1 }, fused),
      g.node('MatMul', [newWeight, newValue]),
    ]);
    return g.node('Reshape', [y, g.int64([1, heads * headSize])]);
  };
}

/** Inputs of {@link streamedAttention} on top of the shared ones. */
export interface StreamInputs {
  /** int64 [1, new]: the position each query has towards the sinks. */
  readonly sinkQueryPositions: Value;
  /** int64 [1]: how many of the first rows of the cache are sinks. */
  readonly sinkCount: Value;
  /** float32 [new, past + new]. */
  readonly mask: Value;
}

/**
 * Many queries past the end of a sinks + window cache, each as if it had come alone (StreamingLLM, Xiao et al. 2024): a query
 * is at one distance from the recent keys and, as positions are those in the cache, at another from the sinks.
 */
export function streamedAttention(
  g: GraphBuilder,
  sizes: Sizes,
  positions: PositionInputs,
  stream: StreamInputs,
): AttentionForm {
  const { heads, kvHeads, headSize } = sizes;
  const group = heads / kvHeads;
  const zero = g.int64([0]);
  const all = g.int64([Number.MAX_SAFE_INTEGER]);
  const scale = g.float32(headSize ** -0.5);
  // [1, new, heads * size] -> [kvHeads, group, new, size]
  const queriesByHead = (x: Value): Value =>
    g.node('Transpose', [g.node('Reshape', [x, g.int64([-1, kvHeads, group, headSize])])], { perm: [1, 2, 0, 3] });
  const keysByHead = (x: Value, perm: number[]): Value =>
    g.node('Transpose', [g.node('Reshape', [x, g.int64([-1, kvHeads, 1, headSize])])], { perm });
  return ({ q, k, v, pastK, pastV }) => {
    const near = g.node('Mul', [queriesByHead(rotate(g, q, heads, positions.queryPositions, positions, sizes)), scale]);
    const far = g.node('Mul', [queriesByHead(rotate(g, q, heads, stream.sinkQueryPositions, positions, sizes)), scale]);
    const keys = keysByHead(
      rotate(g, g.node('Concat', [pastK, k], { axis: 0 }), kvHeads, positions.keyPositions, positions, sizes),
      [1, 2, 3, 0],
    );
    const sinks = g.node('Slice', [keys, zero, stream.sinkCount, g.int64([3])]);
    const recent = g.node('Slice', [keys, stream.sinkCount, all, g.int64([3])]);
    const scores = g.node('Concat', [g.node('MatMul', [far, sinks]), g.node('MatMul', [near, recent])], { axis: -1 });
    const weights = g.node('Softmax', [g.node('Add', [scores, stream.mask])], { axis: -1 });
    const y = g.node('MatMul', [weights, keysByHead(g.node('Concat', [pastV, v], { axis: 0 }), [1, 2, 0, 3])]);
    return g.node('Reshape', [g.node('Transpose', [y], { perm: [2, 0, 1, 3] }), g.int64([-1, heads * headSize])]);
  };
}
