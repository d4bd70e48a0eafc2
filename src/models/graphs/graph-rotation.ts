/** Rotary position embedding inside a graph: which inputs say where queries and keys stand, and the node that rotates by them. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';

/** Tables and positions of one rotation. */
export interface RotationInputs {
  readonly cos: Value;
  readonly sin: Value;
  /** int64 [1, rows]. */
  readonly positions: Value;
  /** How many numbers of a head are rotated, the first ones. */
  readonly dimensions: number;
  readonly headSize: number;
}

/** What a group of layers rotates by; a part is null where nothing is rotated and only distances count (ALiBi). */
export interface GroupRotation {
  readonly queries: RotationInputs | null;
  readonly keys: RotationInputs | null;
  /** The key of a single new token, which stands where its query does. */
  readonly newKey: RotationInputs | null;
  readonly positions: { readonly query: Value; readonly key: Value };
}

/** @param dimensions that are rotated; null declares the positions alone @param keyCount name of the keys' free dimension */
export function declareRotation(
  g: GraphBuilder,
  dimensions: number | null,
  headSize: number,
  keyCount: string,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
): GroupRotation {
  const name = (base: string): string => `${prefix}${base}${suffix}`;
  const query = g.input(name('query_positions'), 'int64', [1, 'new']);
  const key = g.input(name('key_positions'), 'int64', [1, keyCount]);
  if (dimensions === null) return { queries: null, keys: null, newKey: null, positions: { query, key } };
  const table = (base: string): Value =>
    g.input(name(base), 'float32', [name(base.startsWith('query') ? 'query_angles' : 'key_angles'), dimensions / 2]);
  const keyTables = { cos: table('cos'), sin: table('sin'), dimensions, headSize };
  const queryTables = { cos: table('query_cos'), sin: table('query_sin'), dimensions, headSize };
  return {
    queries: { ...queryTables, positions: query },
    keys: { ...keyTables, positions: key },
    newKey: { ...keyTables, positions: query },
    positions: { query, key },
  };
}

/** [1, rows, heads * headSize], rotated; as it is without a rotation. */
export function rotate(g: GraphBuilder, x: Value, heads: number, by: RotationInputs | null): Value {
  if (!by) return x;
  const { cos, sin, positions, dimensions, headSize } = by;
  const partial: Record<string, number> = dimensions === headSize ? {} : { rotary_embedding_dim: dimensions };
  return g.node('RotaryEmbedding', [x, cos, sin, positions], { num_heads: heads, interleaved: 0, ...partial });
}
