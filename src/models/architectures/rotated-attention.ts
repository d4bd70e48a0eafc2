/**
 * New tokens over a working copy of the cache: rotated and rounded to bytes, a scale a channel, so that scores and sums of values are
 * products of whole numbers (ONNX Runtime's MatMulInteger). Beside the forms over the cache itself (attention.ts) nothing is rotated
 * again and a quarter of the memory is read; what it costs is the rounding of keys and values.
 *
 * Queries and weights become two digits of a byte each, a row a digit: queries by the largest number of each head, for one byte alone
 * doubles what the rounding of keys does to the logits; weights, e = exp(score - largest), so that even the flattest of 32,768 keeps its
 * size. All sums are of whole numbers and thus exact in any order: a token gets the same bits whether it is computed alone or beside
 * others.
 *
 * Inputs: `cos`, `sin` [positions, headSize / 2] and `query_positions` int64 [1, new] as in the other forms; `free` float32 [capacity],
 * 0 where a slot holds a token and -1e30 elsewhere; `later` float32 [2 * rows, new], the same for the new tokens among themselves;
 * `fold` float32 [rows, 2 * rows], which puts digits together; `ones` uint8 [capacity + new, 1]; `parts` int64 [2], capacity and new. A row is a
 * query head of a key head's group, rows = new * heads / kvHeads. Per layer: `copy_k_i` uint8 [kvHeads, headSize, capacity], `copy_v_i`
 * uint8 [kvHeads, capacity, headSize], 128 meaning 0; `scale_i` float32 [(heads + 2 * kvHeads) * headSize] by which queries, keys and
 * values are multiplied (both numbers of a rotated pair alike), and `value_scale_i` float32 [kvHeads, 1, headSize].
 *
 * Outputs: `qkv_i` float32 [1, new, (heads + 2 * kvHeads) * headSize], un-rotated; `new_k_i`, `new_v_i` uint8 [new, kvHeads * headSize],
 * what is to be appended to the copy.
 */
import type { GraphBuilder, Shape, Value } from '../onnx/graph-builder.ts';
import { type ElementType, elementTypes } from '../onnx/schema.ts';
import { digitBase, inTwoDigits, lowestDigit, zero } from './digit-products.ts';
import type { Hyperparameters } from './hyperparameters.ts';

/** What the largest weight becomes, in units of the higher digit: below 255, lest exp's rounding lead to the next. */
const largestWeight = 254.9;

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
  const group = heads / kvHeads;
  const cos = g.input('cos', 'float32', ['key_angles', headSize / 2]);
  const sin = g.input('sin', 'float32', ['key_angles', headSize / 2]);
  const positions = g.input('query_positions', 'int64', [1, 'new']);
  const free = g.input('free', 'float32', ['capacity']);
  const later = g.input('later', 'float32', ['digits', 'new']);
  const fold = g.input('fold', 'float32', ['rows', 'digits']);
  const ones = g.input('ones', 'uint8', ['all', 1]);
  const parts = g.input('parts', 'int64', [2]);
  const middle = g.initializer('middle', 'uint8', [], Uint8Array.of(zero));
  const bottom = g.initializer('bottom', 'uint8', [], Uint8Array.of(0));

  const reshaped = (x: Value, sizes: readonly number[], type: ElementType, shape: Shape): Value =>
    g.shaped(g.node('Reshape', [x, g.int64(sizes)]), type, shape);
  const byHead = (x: Value, permutation: readonly number[]): Value =>
    g.node('Transpose', [reshaped(x, [-1, kvHeads, headSize], 'uint8', ['new', kvHeads, headSize])], {
      perm: permutation,
    });
  const scores = (query: Value, keys: Value, bias: readonly Value[]): Value =>
    g.node(
      'MatMulIntegerToFloat',
      [query, keys, g.float32(lowestDigit), g.float32(1), middle, middle, ...bias],
      {},
      { domain: 'com.microsoft' },
    );
  const counted = (weights: Value, values: Value, valueZero: Value): Value =>
    g.node('MatMulInteger', [weights, values, bottom, valueZero]);

  /** Numbers from -1 to 1, [kvHeads, rows, headSize], in two digits [kvHeads, 2 * rows, headSize]. */
  const inDigits = (x: Value): Value => {
    const { high, low } = inTwoDigits(g, x, middle);
    return g.shaped(g.node('Concat', [high, low], { axis: 1 }), 'uint8', [kvHeads, 'digits', headSize]);
  };

  /** Scores [kvHeads, rows, all], to be multiplied by `unit`, as weights in two digits [kvHeads, 2 * rows, all]. */
  const weighed = (score: Value, unit: Value): Value => {
    const largest = g.node('ReduceMax', [score, g.int64([-1])], { keepdims: 1 });
    const from = g.node('Sub', [largest, g.node('Div', [g.float32(Math.log(largestWeight)), unit])]);
    const weight = g.node('Exp', [g.node('Mul', [g.node('Sub', [score, from]), unit])]);
    const high = g.node('Cast', [weight], { to: elementTypes.uint8 });
    const rest = g.node('Sub', [weight, g.node('Cast', [high], { to: elementTypes.float32 })]);
    const low = g.node('QuantizeLinear', [rest, g.float32(1 / digitBase), bottom]);
    return g.shaped(g.node('Concat', [high, low], { axis: 1 }), 'uint8', [kvHeads, 'digits', 'all']);
  };

  return (qkv, layer) => {
    const n = String(layer);
    const copyK = g.input(`copy_k_${n}`, 'uint8', [kvHeads, headSize, 'capacity']);
    const copyV = g.input(`copy_v_${n}`, 'uint8', [kvHeads, 'capacity', headSize]);
    const scale = g.input(`scale_${n}`, 'float32', [heads * headSize + 2 * width]);
    const valueScale = g.input(`value_scale_${n}`, 'float32', [kvHeads, 1, headSize]);
    const packed = g.node('Unsqueeze', [qkv, g.int64([0])], {}, { output: `qkv_${n}` });
    g.output(packed, 'float32', [1, 'new', heads * headSize + 2 * width]);

    const [both = '', v = ''] = g.nodes(
      'Split',
      [g.node('Mul', [packed, scale]), g.int64([(heads + kvHeads) * headSize, width])],
      2,
      { axis: 2 },
    );
    const rotated = g.node(
      'RotaryEmbedding',
      [both, positions, cos, sin],
      { num_heads: heads + kvHeads, interleaved: 0 },
      { domain: 'com.microsoft' },
    );
    const [q = '', k = ''] = g.nodes('Split', [rotated, g.int64([heads * headSize, width])], 2, { axis: 2 });
    const rounded = (x: Value, name: string): Value => {
      const bytes = g.node('QuantizeLinear', [x, g.float32(1), middle], {}, { output: `${name}_${n}` });
      g.output(bytes, 'uint8', [1, 'new', width]);
      return bytes;
    };
    const newK = byHead(rounded(k, 'new_k'), [1, 2, 0]);
    const newV = byHead(rounded(v, 'new_v'), [1, 0, 2]);

    const byToken = reshaped(q, [-1, kvHeads, group * headSize], 'float32', ['new', kvHeads, group * headSize]);
    const grouped = g.node('Transpose', [byToken], { perm: [1, 0, 2] });
    const query = reshaped(grouped, [kvHeads, -1, headSize], 'float32', [kvHeads, 'rows', headSize]);
    const largest = g.node('ReduceMax', [g.node('Abs', [query]), g.int64([-1])], { keepdims: 1 });
    // A query of nothing but zeros must not divide by zero.
    const unit = g.node('Add', [largest, g.float32(1e-20)]);
    const bytes = inDigits(g.node('Div', [query, unit]));

    const amongNew = g.node('Add', [scores(bytes, newK, []), later]);
    const digit = g.node('Concat', [scores(bytes, copyK, [free]), amongNew], { axis: 2 });
    g.shaped(digit, 'float32', [kvHeads, 'digits', 'all']);
    const score = g.node('MatMul', [fold, digit]);
    const weights = weighed(score, unit);
    const [held = '', fresh = ''] = g.nodes('Split', [weights, parts], 2, { axis: 2 });
    g.shaped(held, 'uint8', [kvHeads, 'digits', 'capacity']);
    g.shaped(fresh, 'uint8', [kvHeads, 'digits', 'new']);
    const sums = g.node('Add', [counted(held, copyV, middle), counted(fresh, newV, middle)]);
    const all = g.node('Concat', [sums, counted(weights, ones, bottom)], { axis: 2 });
    const folded = g.node('MatMul', [fold, g.node('Cast', [all], { to: elementTypes.float32 })]);
    const [total = '', weight = ''] = g.nodes('Split', [folded, g.int64([headSize, 1])], 2, { axis: 2 });
    const attended = g.node('Mul', [g.node('Div', [total, weight]), valueScale]);
    const gathered = reshaped(attended, [kvHeads, -1, group * headSize], 'float32', [kvHeads, 'new', group * headSize]);
    const tokens = g.node('Transpose', [gathered], { perm: [1, 0, 2] });
    return reshaped(tokens, [-1, heads * headSize], 'float32', ['new', heads * headSize]);
  };
}
