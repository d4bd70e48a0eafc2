/**
 * One query that looks at the part of a long cache that matters to it: every page of keys has a low and a high summary, a bound of what
 * the query can score there says which pages are gathered, and attention is over those alone (Quest, Tang et al. 2024; with one
 * representative for both summaries InfLLM, Xiao et al. 2024).
 *
 * The rows that are gathered stand where `key_positions` puts them. Selection is by kv head; the first layers, which look at everything,
 * stay dense.
 */
import { type Value, float } from '../../onnx/graph-builder.ts';
import type { Attention, GroupBuilder } from './attention-form.ts';
import { type RotationInputs, rotate } from '../graph-rotation.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';

/** Layers that look at everything: in the first two, attention is spread too wide to be selected from (Quest, section 3.2). */
const denseLayers = 2;

/** The layers that retrieve: not the first ones, and none that only sees a sliding window. */
export function retrievingLayers({ layers, groupOfLayer, attentionGroups }: Hyperparameters): readonly number[] {
  return Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => layer >= denseLayers && attentionGroups[groupOfLayer[layer] ?? 0]?.window === null,
  );
}

/**
 * Inputs of the group on top of those of `decode`: `select_cos`, `select_sin` float32 [1, dimensions / 2], the rotation of the query
 * when pages are compared; `page_offsets` int64 [size], 0 to size - 1; `page_bias` float32 [pages], added to every page's bound;
 * `pages_kept` int64 [1]; `page_shares` float32 [1], 1 where a head's bounds count as shares of its attention and 0 where as they are;
 * `head_groups` float32 [kvHeads, heads], whose bounds count for whom; and for every retrieving layer
 * `page_low_i`, `page_high_i` float32 [pages, kvHeads * headSize].
 *
 * @param dense attention of the layers that do not retrieve @param group index of the group
 */
export function retrievedAttention(builder: GroupBuilder, dense: Attention, group: number): Attention {
  const { g, h, rotation, suffix } = builder;
  const { heads, kvHeads, headSize } = h;
  const width = kvHeads * headSize;
  const retrieving = new Set(retrievingLayers(h));
  const layers = h.groupOfLayer.flatMap((of, layer) => (of === group ? [layer] : []));
  if (!rotation?.queries || !rotation.keys || !layers.some((layer) => retrieving.has(layer))) return dense;
  const { queries, keys } = rotation;
  const half = queries.dimensions / 2;
  const selection: RotationInputs = {
    ...queries,
    cos: g.input(`select_cos${suffix}`, 'float32', [1, half]),
    sin: g.input(`select_sin${suffix}`, 'float32', [1, half]),
  };
  const offsets = g.input(`page_offsets${suffix}`, 'int64', ['page']);
  const bias = g.input(`page_bias${suffix}`, 'float32', ['pages']);
  const kept = g.input(`pages_kept${suffix}`, 'int64', [1]);
  const share = g.input(`page_shares${suffix}`, 'float32', [1]);
  const headGroups = g.input(`head_groups${suffix}`, 'float32', [kvHeads, heads]);
  const size = g.node('Shape', [offsets]);
  const positions = g.node('Reshape', [rotation.positions.key, g.int64([-1])]);
  const grouped = g.int64([kvHeads, heads / kvHeads, headSize]);
  const byHead = g.int64([-1, kvHeads, headSize]);
  const rowsOfHeads = g.int64([-1, headSize]);
  const batched = (x: Value): Value => g.node('Unsqueeze', [x, g.int64([0])]);
  const fused = { domain: 'com.microsoft' } as const;
  const alpha = float(h.attentionScale);
  const headIndex = g.initializer(
    `head_index${suffix}`,
    'int64',
    [kvHeads, 1],
    BigInt64Array.from({ length: kvHeads }, (_, i) => BigInt(i)),
  );
  const single: RotationInputs = { ...keys, headSize };

  /** Which pages each kv head looks at, [kvHeads, kept]. */
  const select = (q: Value, layer: number): Value => {
    const query = g.node('Reshape', [rotate(g, batched(q), heads, selection), grouped]);
    const rising = g.node('Relu', [query]);
    const falling = g.node('Sub', [query, rising]);
    const bound = (side: 'low' | 'high', part: Value): Value =>
      g.node(
        'FusedMatMul',
        [part, g.node('Reshape', [g.input(`page_${side}_${String(layer)}`, 'float32', ['pages', width]), byHead])],
        { transB: 1, transBatchB: 1 },
        fused,
      );
    const bounds = g.node('Add', [bound('high', rising), bound('low', falling)]);
    const byHeads = g.node('Reshape', [g.node('Mul', [bounds, g.float32(h.attentionScale)]), g.int64([heads, -1])]);
    const blended = g.node('Add', [
      g.node('Mul', [g.node('Softmax', [byHeads], { axis: -1 }), share]),
      g.node('Mul', [byHeads, g.node('Sub', [g.float32(1), share])]),
    ]);
    const mixed = g.node('MatMul', [headGroups, blended]);
    const [, pages = ''] = g.nodes('TopK', [g.node('Add', [mixed, bias]), kept], 2, { axis: -1, sorted: 0 });
    return pages;
  };

  let called = 0;
  return (inputs) => {
    // Layers are built in their order.
    const layer = layers[called++] ?? 0;
    if (!retrieving.has(layer)) return dense(inputs);
    const { q, k, v, pastK, pastV } = inputs;
    const starts = g.node('Mul', [g.node('Unsqueeze', [select(q, layer), g.int64([2])]), size]);
    const tokens = g.node('Reshape', [g.node('Add', [starts, offsets]), g.int64([kvHeads, -1])]);
    // The last page may not be full.
    const past = g.node('Gather', [g.node('Shape', [pastK]), g.int64(0)]);
    const there = g.node('Less', [tokens, past]);
    const rows = g.node('Min', [tokens, g.node('Sub', [past, g.int64(1)])]);
    const flat = g.node('Add', [g.node('Mul', [rows, g.int64(kvHeads)]), headIndex]);
    const gathered = (x: Value): Value => g.node('Gather', [g.node('Reshape', [x, rowsOfHeads]), flat]);
    const keyRows = rotate(g, gathered(pastK), 1, { ...single, positions: g.node('Gather', [positions, rows]) });
    const query = g.node('Reshape', [rotate(g, batched(q), heads, queries), grouped]);
    const newKey = g.node('Reshape', [
      rotate(g, batched(k), kvHeads, rotation.newKey),
      g.int64([kvHeads, headSize, 1]),
    ]);
    const hidden = g.node('Where', [there, g.float32(0), g.float32(-1e30)]);
    const scores = g.node('Add', [
      g.node('FusedMatMul', [query, keyRows], { transB: 1, alpha }, fused),
      g.node('Unsqueeze', [hidden, g.int64([1])]),
    ]);
    const newScore = g.node('FusedMatMul', [query, newKey], { alpha }, fused);
    const weights = g.node('Softmax', [g.node('Concat', [scores, newScore], { axis: 2 })], { axis: -1 });
    const oldWeights = g.node('Slice', [weights, g.int64([0]), g.int64([-1]), g.int64([2])]);
    const newWeight = g.node('Slice', [weights, g.int64([-1]), g.int64([Number.MAX_SAFE_INTEGER]), g.int64([2])]);
    const y = g.node('Add', [
      g.node('MatMul', [oldWeights, gathered(pastV)]),
      g.node('MatMul', [newWeight, g.node('Reshape', [v, g.int64([kvHeads, 1, headSize])])]),
    ]);
    return g.node('Reshape', [y, g.int64([1, heads * headSize])]);
  };
}
