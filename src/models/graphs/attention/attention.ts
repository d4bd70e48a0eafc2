/**
 * Attention over a cache of keys that are not rotated, in forms that compute the same; the cache is token-major,
 * [position, kvHead * headSize], and comes in and goes out as rows of it.
 *
 * Rotation happens here, over the cached keys too, by positions and cosine and sine tables that are inputs: a scaling of RoPE
 * is a table, a re-positioning is a position. The mask is an input as well. Every attention group (see hyperparameters.ts) has its
 * own inputs; those of group g > 0 end in `_g`.
 */
import { type GraphBuilder, type Value, float } from '../../onnx/graph-builder.ts';
import type { Attention, GroupBuilder } from './attention-form.ts';
import { retrievedAttention } from './attention-retrieved.ts';
import type { GraphForm } from '../graph-spec.ts';
import { type GroupRotation, type RotationInputs, declareRotation, rotate } from '../graph-rotation.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';
import { verifyingAttention } from './verifying-attention.ts';

/**
 * Declares the inputs of every group and gives back each group's attention.
 *
 * Inputs of a rotated group: `cos`, `sin` [positions, dimensions / 2] for keys, `query_cos`, `query_sin` for queries,
 * `query_positions` int64 [1, new], `key_positions` int64 [1, past + new] ([1, past] in the forms of single tokens and in `verify`, where
 * a new key stands where its query does). The others have `mask` float32 [new, past + new], added to the scores. With ALiBi there are
 * positions and no tables, and `slopes` float32 [heads].
 */
export function declareAttention(form: GraphForm, g: GraphBuilder, h: Hyperparameters): readonly Attention[] {
  const slopes = h.alibi ? g.input('slopes', 'float32', [h.heads]) : null;
  return h.attentionGroups.map(({ rope }, index) => {
    const suffix = index === 0 ? '' : `_${String(index)}`;
    const single = form === 'decode' || form === 'retrieve';
    const keyCount = single || form === 'verify' ? `past${suffix}` : `keys${suffix}`;
    const rotation =
      rope || h.alibi
        ? declareRotation(g, rope?.dimensions ?? null, h.headSize, keyCount, { prefix: '', suffix })
        : null;
    const group: GroupBuilder = { g, h, rotation, suffix };
    const bias = (shape: readonly number[], sinks: SinkInputs | null = null): Value | null =>
      slopes && rotation && distanceBias(g, slopes, rotation, shape, sinks);
    const byGroup = [h.kvHeads, h.heads / h.kvHeads];
    if (single) {
      const dense = steppedAttention(group, bias([...byGroup, 1]));
      return form === 'retrieve' ? retrievedAttention(group, dense, index) : dense;
    }
    if (form === 'verify') return verifyingAttention(group);
    const given = g.input(`mask${suffix}`, 'float32', ['new', keyCount]);
    const sinks = form === 'stream' ? declareSinks(group) : null;
    const added = bias(form === 'prefill' ? [1, h.heads, 1, 1] : [...byGroup, 1, 1], sinks);
    const mask = added ? g.node('Add', [added, given]) : given;
    if (form === 'prefill') return joinedAttention(group, mask);
    if (sinks) return streamedAttention(group, mask, sinks);
    return extendedAttention(group, mask, rope?.dimensions ?? null, keyCount);
  });
}

/** ALiBi (Press et al. 2022): -slope * distance, [new, keys] for every head. @param shape the slopes are given */
function distanceBias(
  g: GraphBuilder,
  slopes: Value,
  { positions }: GroupRotation,
  shape: readonly number[],
  sinks: SinkInputs | null,
): Value {
  const from = (queries: Value): Value =>
    g.node('Sub', [positions.key, g.node('Reshape', [queries, g.int64([-1, 1])])]);
  const distances = sinks
    ? splitAtSinks(g, sinks, from(sinks.queries), from(positions.query), 1)
    : from(positions.query);
  return g.node('Mul', [g.node('Reshape', [slopes, g.int64(shape)]), g.node('Cast', [distances], { to: 1 })]);
}

/** Inputs of `stream` on top of the group's. */
export interface SinkInputs {
  /** `sink_query_positions` int64 [1, new]: the position each query has towards the sinks. */
  readonly queries: Value;
  /** `sink_count` int64 [1]: how many of the first keys are sinks. */
  readonly count: Value;
}

export function declareSinks({ g, suffix }: Pick<GroupBuilder, 'g' | 'suffix'>): SinkInputs {
  return {
    queries: g.input(`sink_query_positions${suffix}`, 'int64', [1, 'new']),
    count: g.input(`sink_count${suffix}`, 'int64', [1]),
  };
}

/** The columns of the sinks out of one matrix and all others out of another. @param axis of the keys */
export function splitAtSinks(g: GraphBuilder, { count }: SinkInputs, far: Value, near: Value, axis: number): Value {
  const all = g.int64([Number.MAX_SAFE_INTEGER]);
  const sinks = g.node('Slice', [far, g.int64([0]), count, g.int64([axis])]);
  return g.node('Concat', [sinks, g.node('Slice', [near, count, all, g.int64([axis])])], { axis });
}

/** Many queries: cached and new rows are joined and go through one Attention node. The fastest for prefill. */
function joinedAttention({ g, h, rotation }: GroupBuilder, mask: Value): Attention {
  const { heads, kvHeads, headSize } = h;
  const batched = (x: Value): Value => g.node('Unsqueeze', [x, g.int64([0])]);
  return ({ q, k, v, pastK, pastV }) => {
    const keys = batched(g.node('Concat', [pastK, k], { axis: 0 }));
    const y = g.node(
      'Attention',
      [
        rotate(g, batched(q), heads, rotation?.queries ?? null),
        rotate(g, keys, kvHeads, rotation?.keys ?? null),
        batched(g.node('Concat', [pastV, v], { axis: 0 })),
        mask,
      ],
      { q_num_heads: heads, kv_num_heads: kvHeads, scale: float(h.attentionScale), is_causal: 0 },
    );
    return g.shaped(g.node('Reshape', [y, g.int64([-1, heads * headSize])]), 'float32', ['new', heads * headSize]);
  };
}

/**
 * One query that sees everything: scores against the cached and the new row are computed apart, so that the cache is never
 * copied. The fastest for decode. The cache must not be empty (ONNX Runtime divides by its length).
 */
function steppedAttention({ g, h, rotation }: GroupBuilder, bias: Value | null): Attention {
  const { heads, kvHeads, headSize } = h;
  const grouped = g.int64([kvHeads, heads / kvHeads, headSize]);
  const byHead = g.int64([-1, kvHeads, headSize]);
  const fused = { domain: 'com.microsoft' } as const;
  const alpha = float(h.attentionScale);
  const batched = (x: Value): Value => g.node('Unsqueeze', [x, g.int64([0])]);
  const rotated = (x: Value, count: number, by: RotationInputs | null): Value =>
    by ? rotate(g, batched(x), count, by) : x;
  // The new key has no distance to its query, so its score has no bias.
  return ({ q, k, v, pastK, pastV }) => {
    const query = g.node('Reshape', [rotated(q, heads, rotation?.queries ?? null), grouped]);
    const newKey = g.node('Reshape', [rotated(k, kvHeads, rotation?.newKey ?? null), g.int64([kvHeads, headSize, 1])]);
    const newValue = g.node('Reshape', [v, g.int64([kvHeads, 1, headSize])]);
    const pastKeys = g.node('Reshape', [rotated(pastK, kvHeads, rotation?.keys ?? null), byHead]);
    const pastValues = g.node('Reshape', [pastV, byHead]);
    const products = g.node('FusedMatMul', [query, pastKeys], { transB: 1, transBatchB: 1, alpha }, fused);
    const pastScores = bias ? g.node('Add', [products, bias]) : products;
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

/** Cached rows and new ones behind them; without cached ones, `added` is all there is. */
function allRows(g: GraphBuilder, past: Value, added: Value): Value {
  return past === '' ? added : g.node('Concat', [past, added], { axis: 0 });
}

/** Shapes for scores of [kvHeads, group, new, keys], and the way back. */
export function byHeads({ g, h }: GroupBuilder) {
  const { heads, kvHeads, headSize } = h;
  const group = heads / kvHeads;
  return {
    /** [1, new, heads * size] -> [kvHeads, group, new, size], scaled. */
    queries: (x: Value): Value =>
      g.node('Mul', [
        g.node('Transpose', [g.node('Reshape', [x, g.int64([-1, kvHeads, group, headSize])])], { perm: [1, 2, 0, 3] }),
        g.float32(h.attentionScale),
      ]),
    /** [1, keys, kvHeads * size] -> [kvHeads, 1, size, keys]. */
    keys: (x: Value): Value =>
      g.node('Transpose', [g.node('Reshape', [x, g.int64([-1, kvHeads, 1, headSize])])], { perm: [1, 2, 3, 0] }),
    values: (x: Value): Value =>
      g.node('Transpose', [g.node('Reshape', [x, g.int64([-1, kvHeads, 1, headSize])])], { perm: [1, 2, 0, 3] }),
    /** [kvHeads, group, new, size] -> [new, heads * size]. */
    joined: (x: Value): Value =>
      g.node('Reshape', [g.node('Transpose', [x], { perm: [2, 0, 1, 3] }), g.int64([-1, heads * headSize])]),
  };
}

/**
 * Many queries past the end of a sinks + window cache, each as if it had come alone (StreamingLLM, Xiao et al. 2024): a query
 * is at one distance from the recent keys and, as positions are those in the cache, at another from the sinks.
 */
export function streamedAttention(builder: GroupBuilder, mask: Value, { queries, count }: SinkInputs): Attention {
  const { g, h, rotation } = builder;
  const shape = byHeads(builder);
  const all = g.int64([Number.MAX_SAFE_INTEGER]);
  return ({ q, k, v, pastK, pastV }) => {
    const batched = g.node('Unsqueeze', [q, g.int64([0])]);
    const near = shape.queries(rotate(g, batched, h.heads, rotation?.queries ?? null));
    const far = rotation?.queries
      ? shape.queries(rotate(g, batched, h.heads, { ...rotation.queries, positions: queries }))
      : near;
    const joined = g.node('Unsqueeze', [allRows(g, pastK, k), g.int64([0])]);
    const keys = shape.keys(rotate(g, joined, h.kvHeads, rotation?.keys ?? null));
    const sinks = g.node('Slice', [keys, g.int64([0]), count, g.int64([3])]);
    const recent = g.node('Slice', [keys, count, all, g.int64([3])]);
    const scores = g.node('Concat', [g.node('MatMul', [far, sinks]), g.node('MatMul', [near, recent])], { axis: -1 });
    const weights = g.node('Softmax', [g.node('Add', [scores, mask])], { axis: -1 });
    return shape.joined(g.node('MatMul', [weights, shape.values(allRows(g, pastV, v))]));
  };
}

/**
 * Many queries, two rotations, and a choice between them for every pair: what ReRoPE (Su 2023), its leaky form and SelfExtend
 * (Jin et al. 2024) come to.
 *
 * Inputs on top of the group's: the same again with the prefix `far_`, and `far` bool [new, past + new].
 */
export function extendedAttention(
  builder: GroupBuilder,
  mask: Value,
  dimensions: number | null,
  keyCount: string,
): Attention {
  const { g, h, rotation, suffix } = builder;
  const shape = byHeads(builder);
  const distant = declareRotation(g, dimensions, h.headSize, keyCount, { prefix: 'far_', suffix });
  const far = g.input(`far${suffix}`, 'bool', ['new', keyCount]);
  return ({ q, k, v, pastK, pastV }) => {
    const queries = g.node('Unsqueeze', [q, g.int64([0])]);
    const keys = g.node('Unsqueeze', [allRows(g, pastK, k), g.int64([0])]);
    const product = (by: GroupRotation | null): Value =>
      g.node('MatMul', [
        shape.queries(rotate(g, queries, h.heads, by?.queries ?? null)),
        shape.keys(rotate(g, keys, h.kvHeads, by?.keys ?? null)),
      ]);
    const scores = g.node('Where', [far, product(distant), product(rotation)]);
    const weights = g.node('Softmax', [g.node('Add', [scores, mask])], { axis: -1 });
    return shape.joined(g.node('MatMul', [weights, shape.values(allRows(g, pastV, v))]));
  };
}
