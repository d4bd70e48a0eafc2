/**
 * A few queries, each computed to the last bit as the `decode` form computes it alone: for drafts, of which only those are kept
 * that plain decoding would have written.
 *
 * Norms, activations and MatMulNBits give a row the same bits whatever rows are beside it; matrix products do when the sums
 * have the same order. So scores are products of the same length as in `decode`, the score against a token's own key is a
 * product by itself, keys behind a query count as minus infinity at the end of the softmax and as zeros at the end of the sum
 * over values, and a token's own value is added last. (With one query head a key head, ONNX Runtime takes another kernel for
 * one row than for several: there the bits differ, and whoever drafts has to see to it that it does not.)
 */
import { type Value, float } from '../../onnx/graph-builder.ts';
import type { Attention, GroupBuilder } from './attention-form.ts';
import { type RotationInputs, rotate } from '../graph-rotation.ts';

/**
 * Inputs on top of the group's: `later` float32 [new, 1, past + new], minus infinity where a key stands behind its query and 0
 * elsewhere; `own` bool [new, 1, past + new], true where key and query are the same token.
 */
export function verifyingAttention({ g, h, rotation, suffix }: GroupBuilder): Attention {
  const { heads, kvHeads, headSize } = h;
  const group = heads / kvHeads;
  const later = g.input(`later${suffix}`, 'float32', ['new', 1, `all${suffix}`]);
  const own = g.input(`own${suffix}`, 'bool', ['new', 1, `all${suffix}`]);
  const fused = { domain: 'com.microsoft' } as const;
  const alpha = float(h.attentionScale);
  const zero = g.float32(0);
  const byHead = g.int64([-1, kvHeads, headSize]);
  const perQuery = g.node('Concat', [g.int64([kvHeads, -1, group]), allOf(g, own)], { axis: 0 });
  const together = g.node('Concat', [g.int64([kvHeads, -1]), allOf(g, own)], { axis: 0 });
  const rotated = (x: Value, count: number, by: RotationInputs | null): Value =>
    by ? rotate(g, g.node('Unsqueeze', [x, g.int64([0])]), count, by) : x;
  return ({ q, k, v, pastK, pastV }) => {
    // [new, kvHeads, group, headSize], and [kvHeads, new * group, headSize]
    const split = g.int64([-1, kvHeads, group, headSize]);
    const query = g.node('Reshape', [rotated(q, heads, rotation?.queries ?? null), split]);
    const queries = g.node('Reshape', [
      g.node('Transpose', [query], { perm: [1, 0, 2, 3] }),
      g.int64([kvHeads, -1, headSize]),
    ]);
    const newKeys = rotated(k, kvHeads, rotation?.newKey ?? null);
    const against = (keys: Value): Value =>
      g.node('FusedMatMul', [queries, g.node('Reshape', [keys, byHead])], { transB: 1, transBatchB: 1, alpha }, fused);
    const products = g.node('Concat', [against(rotated(pastK, kvHeads, rotation?.keys ?? null)), against(newKeys)], {
      axis: 2,
    });
    const ownKeys = g.node('Reshape', [newKeys, g.int64([-1, kvHeads, headSize, 1])]);
    const ownScore = g.node('Transpose', [g.node('FusedMatMul', [query, ownKeys], { alpha }, fused)], {
      perm: [1, 0, 2, 3],
    });
    // From here on [kvHeads, new, group, …].
    const scores = g.node('Add', [g.node('Reshape', [products, perQuery]), later]);
    const weights = g.node('Softmax', [g.node('Where', [own, ownScore, scores])], { axis: -1 });
    const ownWeight = g.node('ReduceSum', [g.node('Where', [own, weights, zero]), g.int64([-1])], { keepdims: 1 });
    const others = g.node('Reshape', [g.node('Where', [own, zero, weights]), together]);
    const values = g.node('Reshape', [g.node('Concat', [pastV, v], { axis: 0 }), byHead]);
    const sums = g.node('FusedMatMul', [others, values], { transBatchB: 1 }, fused);
    const ownValues = g.node('Transpose', [g.node('Reshape', [v, g.int64([-1, kvHeads, 1, headSize])])], {
      perm: [1, 0, 2, 3],
    });
    const y = g.node('Add', [
      g.node('Reshape', [sums, g.int64([kvHeads, -1, group, headSize])]),
      g.node('Mul', [ownWeight, ownValues]),
    ]);
    const joined = g.node('Transpose', [y], { perm: [1, 0, 2, 3] });
    return g.node('Reshape', [joined, g.int64([-1, heads * headSize])]);
  };
}

/** The last size of [new, 1, past + new]. */
function allOf(g: GroupBuilder['g'], mask: Value): Value {
  return g.node('Shape', [mask], { start: 2 });
}
