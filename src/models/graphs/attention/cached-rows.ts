/** A layer's cached rows as the graph takes them, turned into float32 where they are stored smaller, and the new ones as it gives them. */
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import type { AttentionRows } from './attention-form.ts';
import type { CacheType, GraphSpec } from '../graph-spec.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';

/**
 * Declares a layer's cached rows as inputs and its new ones as outputs `k_i`, `v_i`: float32 [new, kvHeads * headSize], which the
 * caller stores. On WebGPU the outputs are the cached rows with the new ones behind them, in the cache's own type, so that they never
 * leave the device.
 * @param key new rows [new, kvHeads * headSize], un-rotated
 */
export function layerRows(
  g: GraphBuilder,
  { cache, provider }: GraphSpec,
  h: Hyperparameters,
  layer: number,
  key: Value,
  value: Value,
): AttentionRows {
  const n = String(layer);
  const width = h.kvHeads * h.headSize;
  if (provider === undefined) {
    const { pastK, pastV } = cachedRows(g, cache, h, layer);
    const k = g.node('Identity', [key], {}, { output: `k_${n}` });
    const v = g.node('Identity', [value], {}, { output: `v_${n}` });
    g.output(k, 'float32', ['new', width]);
    g.output(v, 'float32', ['new', width]);
    return { k, v, pastK, pastV };
  }
  if (cache === 'int8') throw new RangeError('WebGPU has no kernel that reads int8 rows');
  const type = cache === 'f16' ? 'float16' : 'float32';
  const joined = (side: 'k' | 'v', added: Value): Value => {
    const past = g.input(`past_${side}_${n}`, type, ['past', width]);
    const name = { output: `${side}_${n}` };
    const stored = cache === 'f16' ? g.node('Cast', [added], { to: 10 }) : added;
    const all = g.node('Concat', [past, stored], { axis: 0 }, name);
    g.output(all, type, ['keys', width]);
    if (cache === 'f32') return all;
    // The new rows themselves are seen as they are, as on the processor.
    return g.node('Concat', [g.node('Cast', [past], { to: 1 }), added], { axis: 0 });
  };
  return { k: joined('k', key), v: joined('v', value), pastK: '', pastV: '' };
}

/**
 * Declares `past_k_i`, `past_v_i` [past, kvHeads * headSize] and for int8 `past_k_scale_i`, `past_v_scale_i` float32
 * [past, kvHeads]; the free dimension ends in the group's suffix, so that a sliding layer can be given fewer rows.
 * @returns float32 [past, kvHeads * headSize] each
 */
function cachedRows(
  g: GraphBuilder,
  cache: CacheType,
  { kvHeads, headSize, groupOfLayer }: Hyperparameters,
  layer: number,
): { readonly pastK: Value; readonly pastV: Value } {
  const group = groupOfLayer[layer] ?? 0;
  const past = group === 0 ? 'past' : `past_${String(group)}`;
  const width = kvHeads * headSize;
  const rows = (side: 'k' | 'v'): Value => {
    const name = `past_${side}_${String(layer)}`;
    if (cache === 'f32') return g.input(name, 'float32', [past, width]);
    if (cache === 'f16') return g.node('Cast', [g.input(name, 'float16', [past, width])], { to: 1 });
    const byHead = g.node('Reshape', [
      g.node('Cast', [g.input(name, 'int8', [past, width])], { to: 1 }),
      g.int64([-1, kvHeads, headSize]),
    ]);
    const scales = g.input(`past_${side}_scale_${String(layer)}`, 'float32', [past, kvHeads]);
    const scaled = g.node('Mul', [byHead, g.node('Unsqueeze', [scales, g.int64([2])])]);
    return g.node('Reshape', [scaled, g.int64([-1, width])]);
  };
  return { pastK: rows('k'), pastV: rows('v') };
}
