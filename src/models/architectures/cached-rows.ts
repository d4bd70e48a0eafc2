/** A layer's cached rows as the graph takes them, turned into float32 where they are stored smaller. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { CacheType } from './graph-spec.ts';
import type { Hyperparameters } from './hyperparameters.ts';

/**
 * Declares `past_k_i`, `past_v_i` [past, kvHeads * headSize] and for int8 `past_k_scale_i`, `past_v_scale_i` float32
 * [past, kvHeads]; the free dimension ends in the group's suffix, so that a sliding layer can be given fewer rows.
 * @returns float32 [past, kvHeads * headSize] each
 */
export function cachedRows(
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
