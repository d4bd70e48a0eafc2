/**
 * New tokens over a working copy of the cache: rotated and rounded to bytes, a scale a channel, so that scores and sums of values are
 * products of whole numbers (ONNX Runtime's MatMulInteger). Beside the forms over the cache itself (attention.ts) nothing is rotated
 * again and a quarter of the memory is read; what it costs is the rounding of keys and values.
 *
 * Queries and weights become two digits of a byte each, a row a digit: queries by the length of each head, for one byte alone
 * doubles what the rounding of keys does to the logits; weights, e = exp(score - largest), so that even the flattest of 32,768 keeps its
 * size. All sums are of whole numbers and thus exact in any order: a token gets the same bits whether it is computed alone or beside
 * others.
 *
 * Inputs: `cos`, `sin` [positions, headSize / 2]; `new_positions` int64 [heads + 2 * kvHeads, new], where queries and keys stand, and 0 for
 * values; `free` float32 [capacity], 0 where a slot holds a token and -1e25 elsewhere; `later` float32 [2 * rows, new], the same for the
 * new tokens among themselves; `fold` float32 [rows, 2 * rows], which puts digits together; `parts` int64 [2], capacity and new. A row is a
 * query head of a key head's group, all tokens of the first head before those of the second; rows = new * heads / kvHeads. Per layer:
 * `copy_k_i` uint8 [kvHeads, 1, headSize, capacity], `copy_v_i` uint8 [kvHeads, 1, capacity, headSize], 128 meaning 0; `scale_i` float32
 * [heads + 2 * kvHeads, 1, 1, headSize] by which queries, keys and values are multiplied (both numbers of a rotated pair alike), and
 * `value_scale_i` float32 [kvHeads, 1, 1, headSize].
 *
 * Outputs, of all layers one behind the other, for every output is copied on its way out and costs some microseconds: `qkv` float32
 * [layers * new, (heads + 2 * kvHeads) * headSize], un-rotated; `new_kv` uint8 [layers * 2 * kvHeads, 1, new, headSize], the bytes of keys
 * and values that are to be appended to the copy.
 *
 * A node costs some microseconds too, whatever little it does, and a token of a small model goes through two thousand: so the
 * order of axes is chosen for few of them.
 */
import type { GraphBuilder, Shape, Value } from '../../onnx/graph-builder.ts';
import { elementTypes } from '../../onnx/schema.ts';
import { digitBase, inShares, inTwoDigits, lowestDigit, zero } from '../digit-products.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';

/** What the largest weight becomes, in units of the higher digit: below 255, lest exp's rounding lead to the next. */
const largestWeight = 254.9;

/** Whether a model's layers can be computed in this form: one rotation of whole heads, and every token sees all before it. */
export function hasRotatedForm({ attentionGroups, alibi, headSize, kvHeads, heads }: Hyperparameters): boolean {
  const [group] = attentionGroups;
  if (attentionGroups.length !== 1 || !group || alibi || group.window !== null) return false;
  return group.rope?.dimensions === headSize && headSize % 16 === 0 && heads % kvHeads === 0;
}

export interface RotatedAttention {
  /** One layer: packed queries, keys and values [new, (heads + 2 * kvHeads) * headSize] in, [new, heads * headSize] out. */
  readonly attend: (qkv: Value) => Value;
  /** To be called after the last layer: makes the outputs. */
  readonly finish: () => void;
}

export function declareRotatedAttention(g: GraphBuilder, h: Hyperparameters): RotatedAttention {
  const { heads, kvHeads, headSize } = h;
  const all = heads + 2 * kvHeads;
  const cos = g.input('cos', 'float32', ['key_angles', headSize / 2]);
  const sin = g.input('sin', 'float32', ['key_angles', headSize / 2]);
  const positions = g.input('new_positions', 'int64', [all, 'new']);
  const free = g.input('free', 'float32', ['capacity']);
  const later = g.input('later', 'float32', ['digits', 'new']);
  const fold = g.input('fold', 'float32', ['rows', 'digits']);
  const parts = g.input('parts', 'int64', [2]);
  const middle = g.initializer('middle', 'uint8', [], Uint8Array.of(zero));
  const bottom = g.initializer('bottom', 'uint8', [], Uint8Array.of(0));
  const packedRows: Value[] = [];
  const newBytes: Value[] = [];

  const reshaped = (x: Value, sizes: readonly number[], shape: Shape): Value =>
    g.shaped(g.node('Reshape', [x, g.int64(sizes)]), 'float32', shape);
  /** Scores times the inverse of the queries' unit. */
  const scores = (query: Value, keys: Value, bias: readonly Value[]): Value =>
    g.node(
      'MatMulIntegerToFloat',
      [query, keys, g.float32(lowestDigit * Math.sqrt(headSize)), g.float32(1), middle, middle, ...bias],
      {},
      { domain: 'com.microsoft' },
    );
  const counted = (weights: Value, values: Value): Value => g.node('MatMulInteger', [weights, values, bottom, middle]);
  const floats = (x: Value): Value => g.node('Cast', [x], { to: elementTypes.float32 });

  /** Numbers from -1 to 1, [kvHeads, 1, rows, headSize], in two digits [kvHeads, 1, 2 * rows, headSize]. */
  const inDigits = (x: Value): Value => {
    const { high, low } = inTwoDigits(g, x, middle);
    return g.shaped(g.node('Concat', [high, low], { axis: 2 }), 'uint8', [kvHeads, 1, 'digits', headSize]);
  };

  /** Scores [kvHeads, 1, rows, all] as weights in two digits [kvHeads, 1, 2 * rows, all]. */
  const weighed = (score: Value): Value => {
    const largest = g.node('ReduceMax', [score, g.int64([-1])], { keepdims: 1 });
    const from = g.node('Sub', [largest, g.float32(Math.log(largestWeight))]);
    const weight = g.node('Exp', [g.node('Sub', [score, from])]);
    const high = g.node('Cast', [weight], { to: elementTypes.uint8 });
    const rest = g.node('Sub', [weight, floats(high)]);
    const low = g.node('QuantizeLinear', [rest, g.float32(1 / digitBase), bottom]);
    return g.shaped(g.node('Concat', [high, low], { axis: 2 }), 'uint8', [kvHeads, 1, 'digits', 'all']);
  };

  /** Rotated queries [heads, 1, new, headSize] in digits, and by what scores are to be divided, [kvHeads, 1, rows, 1]. */
  const inUnits = (q: Value): { readonly bytes: Value; readonly inverse: Value } => {
    const query = reshaped(q, [kvHeads, 1, -1, headSize], [kvHeads, 1, 'rows', headSize]);
    const { share, inverse } = inShares(g, query, headSize);
    return { bytes: inDigits(share), inverse };
  };

  const attend = (qkv: Value): Value => {
    const n = String(packedRows.length);
    const copyK = g.input(`copy_k_${n}`, 'uint8', [kvHeads, 1, headSize, 'capacity']);
    const copyV = g.input(`copy_v_${n}`, 'uint8', [kvHeads, 1, 'capacity', headSize]);
    const scale = g.input(`scale_${n}`, 'float32', [all, 1, 1, headSize]);
    const valueScale = g.input(`value_scale_${n}`, 'float32', [kvHeads, 1, 1, headSize]);
    packedRows.push(qkv);

    const tokens = reshaped(qkv, [-1, all, 1, headSize], ['new', all, 1, headSize]);
    const scaled = g.node('Mul', [g.node('Transpose', [tokens], { perm: [1, 2, 0, 3] }), scale]);
    // Values too, at position 0: taking them out and putting them beside the keys again would be two nodes.
    const rotated = g.node('RotaryEmbedding', [scaled, positions, cos, sin], {}, { domain: 'com.microsoft' });
    const [q = '', kv = ''] = g.nodes('Split', [rotated, g.int64([heads, 2 * kvHeads])], 2, { axis: 0 });
    const newKv = g.node('QuantizeLinear', [kv, g.float32(1), middle]);
    newBytes.push(newKv);
    const [newK = '', newV = ''] = g.nodes('Split', [newKv], 2, { axis: 0, num_outputs: 2 });

    const { bytes, inverse } = inUnits(q);
    const amongNew = g.node('Add', [scores(bytes, g.node('Transpose', [newK], { perm: [0, 1, 3, 2] }), []), later]);
    const digit = g.node('Concat', [scores(bytes, copyK, [free]), amongNew], { axis: 3 });
    g.shaped(digit, 'float32', [kvHeads, 1, 'digits', 'all']);
    const weights = weighed(g.node('MatMul', [g.node('Div', [fold, inverse]), digit]));
    const [held = '', fresh = ''] = g.nodes('Split', [weights, parts], 2, { axis: 3 });
    g.shaped(held, 'uint8', [kvHeads, 1, 'digits', 'capacity']);
    g.shaped(fresh, 'uint8', [kvHeads, 1, 'digits', 'new']);
    const sums = g.node('Add', [counted(held, copyV), counted(fresh, newV)]);
    // Whole numbers below 256: float32 adds 65,000 of them without rounding.
    const weightSums = g.node('ReduceSum', [floats(weights), g.int64([-1])], { keepdims: 1 });
    const total = g.node('MatMul', [fold, floats(sums)]);
    const attended = g.node('Mul', [g.node('Div', [total, g.node('MatMul', [fold, weightSums])]), valueScale]);
    const perHead = reshaped(attended, [heads, -1, headSize], [heads, 'new', headSize]);
    const perToken = g.node('Transpose', [perHead], { perm: [1, 0, 2] });
    return reshaped(perToken, [-1, heads * headSize], ['new', heads * headSize]);
  };

  const finish = (): void => {
    const layers = packedRows.length;
    g.output(g.node('Concat', packedRows, { axis: 0 }, { output: 'qkv' }), 'float32', ['all_rows', all * headSize]);
    const bytes = g.node('Concat', newBytes, { axis: 0 }, { output: 'new_kv' });
    g.output(bytes, 'uint8', [2 * layers * kvHeads, 1, 'new', headSize]);
  };
  return { attend, finish };
}
