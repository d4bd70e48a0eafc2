/**
 * New tokens over a working copy of the cache: int8, rotated, one run a key head, which ONNX Runtime's GroupQueryAttention reads as it
 * is and appends to. Beside the forms over the cache itself (attention.ts) it is the fastest for one token, for nothing is rotated again
 * and a quarter of the bytes is read; what it costs is the rounding of keys and values.
 *
 * Inputs: `cos`, `sin`, `query_positions` int64 [1, new] as in the other forms; `held` int32 [1], tokens in the copy and the new ones,
 * less one; `all` int32 scalar, `held` + 1; and per layer `copy_k_i`, `copy_v_i` int8 [1, kvHeads, capacity, headSize] with
 * `copy_k_scale_i`, `copy_v_scale_i` float32 [kvHeads * headSize], a scale a channel. Outputs: `qkv_i` float32
 * [1, new, (heads + 2 * kvHeads) * headSize], un-rotated, and `held_k_i`, `held_v_i`, for which the caller gives the buffers that came in.
 */
import { type GraphBuilder, type Value, float } from '../onnx/graph-builder.ts';
import type { Hyperparameters } from './hyperparameters.ts';

/** Whether a model's layers can be computed in this form: one rotation of whole heads, and every token sees all before it. */
export function hasRotatedForm({ attentionGroups, alibi, headSize, kvHeads, heads }: Hyperparameters): boolean {
  const [group] = attentionGroups;
  if (attentionGroups.length !== 1 || !group || alibi || group.window !== null) return false;
  return group.rope?.dimensions === headSize && headSize % 16 === 0 && heads % kvHeads === 0;
}

/** One layer: packed queries, keys and values [new, (heads + 2 * kvHeads) * headSize] in, [new, heads * headSize] out. */
export type RotatedAttention = (qkv: Value, layer: number) => Value;

export function declareRotatedAttention(g: GraphBuilder, h: Hyperparameters): RotatedAttention {
  const { heads, kvHeads, headSize } = h;
  const width = kvHeads * headSize;
  const cos = g.input('cos', 'float32', ['key_angles', headSize / 2]);
  const sin = g.input('sin', 'float32', ['key_angles', headSize / 2]);
  const positions = g.input('query_positions', 'int64', [1, 'new']);
  const held = g.input('held', 'int32', [1]);
  const all = g.input('all', 'int32', []);
  // A sink without any weight: it keeps the operator from its tiled kernel, which is slower for single queries, and unusably slow where the
  // processor does not tell the size of its second cache.
  const sink = g.float32(new Array<number>(heads).fill(-1e30));
  const shape = [1, kvHeads, 'capacity', headSize];
  return (qkv, layer) => {
    const n = String(layer);
    const copies = (['k', 'v'] as const).map((side) => g.input(`copy_${side}_${n}`, 'int8', shape));
    const scales = (['k', 'v'] as const).map((side) => g.input(`copy_${side}_scale_${n}`, 'float32', [width]));
    const packed = g.node('Unsqueeze', [qkv, g.int64([0])], {}, { output: `qkv_${n}` });
    g.output(packed, 'float32', [1, 'new', heads * headSize + 2 * width]);
    const [attended = '', ...present] = g.nodes(
      'GroupQueryAttention',
      [packed, '', '', ...copies, held, all, cos, sin, positions, '', sink, ...scales],
      3,
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: float(h.attentionScale),
        do_rotary: 1,
        k_quant_type: 'PER_CHANNEL',
        v_quant_type: 'PER_CHANNEL',
        kv_cache_bit_width: 8,
      },
      { domain: 'com.microsoft', outputs: ['', `held_k_${n}`, `held_v_${n}`] },
    );
    for (const value of present) g.output(value, 'int8', shape);
    return g.node('Reshape', [attended, g.int64([-1, heads * headSize])]);
  };
}
