/** Small graphs that make a working copy (copied-bytes.ts) out of many cached rows of a layer: what scales they need, and their bytes. */
import { zero } from '../../models/graphs/digit-products.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import { GraphBuilder, type Value } from '../../models/onnx/graph-builder.ts';

type Sizes = Pick<Hyperparameters, 'kvHeads' | 'headSize'>;

/**
 * Inputs `k`, `v` float32 [rows, kvHeads * headSize]. Outputs `squares` float32 [kvHeads, 1, headSize / 2], the largest square of the
 * length of each pair of numbers that a rotation turns, and `sizes` float32 [kvHeads * headSize], each value's largest size.
 */
export function largestGraph({ kvHeads, headSize }: Sizes): Uint8Array {
  const g = new GraphBuilder('largest');
  const width = kvHeads * headSize;
  const half = headSize / 2;
  const k = g.input('k', 'float32', ['rows', width]);
  const v = g.input('v', 'float32', ['rows', width]);
  const pairs = g.node('Reshape', [g.node('Mul', [k, k]), g.int64([-1, kvHeads, 2, half])]);
  const [first = '', second = ''] = g.nodes('Split', [pairs], 2, { axis: 2, num_outputs: 2 });
  const squares = g.node(
    'ReduceMax',
    [g.node('Add', [first, second]), g.int64([0])],
    { keepdims: 0 },
    { output: 'squares' },
  );
  g.output(squares, 'float32', [kvHeads, 1, half]);
  const sizes = g.node('ReduceMax', [g.node('Abs', [v]), g.int64([0])], { keepdims: 0 }, { output: 'sizes' });
  g.output(sizes, 'float32', [width]);
  return g.encode();
}

/**
 * Inputs `k`, `v` as above, `cos`, `sin` float32 [angles, headSize / 2], `positions` int64 [1, rows], and `per_key`, `per_value` float32
 * [kvHeads * headSize], bytes a number. Outputs `k_bytes` uint8 [kvHeads * headSize, rows], rotated, and `v_bytes` uint8
 * [kvHeads, rows, headSize].
 */
export function roundingGraph({ kvHeads, headSize }: Sizes): Uint8Array {
  const g = new GraphBuilder('rounding');
  const width = kvHeads * headSize;
  const k = g.input('k', 'float32', ['rows', width]);
  const v = g.input('v', 'float32', ['rows', width]);
  const cos = g.input('cos', 'float32', ['angles', headSize / 2]);
  const sin = g.input('sin', 'float32', ['angles', headSize / 2]);
  const positions = g.input('positions', 'int64', [1, 'rows']);
  const perKey = g.input('per_key', 'float32', [width]);
  const perValue = g.input('per_value', 'float32', [width]);
  const middle = g.initializer('middle', 'uint8', [], Uint8Array.of(zero));
  const rounded = (x: Value): Value => g.node('QuantizeLinear', [x, g.float32(1), middle]);

  const scaled = g.node('Mul', [g.node('Unsqueeze', [k, g.int64([0])]), perKey]);
  const rotated = g.node(
    'RotaryEmbedding',
    [scaled, positions, cos, sin],
    { num_heads: kvHeads, interleaved: 0 },
    { domain: 'com.microsoft' },
  );
  const rows = g.node('Reshape', [rounded(rotated), g.int64([-1, width])]);
  g.output(g.node('Transpose', [rows], { perm: [1, 0] }, { output: 'k_bytes' }), 'uint8', [width, 'rows']);
  const heads = g.node('Reshape', [rounded(g.node('Mul', [v, perValue])), g.int64([-1, kvHeads, headSize])]);
  g.output(g.node('Transpose', [heads], { perm: [1, 0, 2] }, { output: 'v_bytes' }), 'uint8', [
    kvHeads,
    'rows',
    headSize,
  ]);
  return g.encode();
}
