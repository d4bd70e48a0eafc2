/**
 * Products of many rows with matrices of bytes (column-bytes.ts) in whole numbers, for processors that multiply bytes several times as
 * fast as float32 numbers (AMX, VNNI, Arm's dot product): every row in two digits of a byte each, 16 bits of its length.
 *
 * A row gives the same whatever rows are beside it.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';

/** What a byte of 0 stands for. */
export const zero = 128;
/** What the largest number becomes in the higher digit, and what that is worth in the lower one's. */
const largest = 127;
export const digitBase = 255;
/** What one of the lower digit is worth. */
export const lowestDigit = 1 / (largest * digitBase);

/**
 * Rows as shares of their length, from -1 to 1, in one kernel; for rows of an even spread this leaves the upper bits unused, of 16 one or two
 * for a head and three or four for a hidden state. Multiplied by the square root of `size` and divided by `inverse`, a row is itself again.
 * @param x [..., size] @returns shares [..., size], and `inverse` [..., 1]
 */
export function inShares(g: GraphBuilder, x: Value, size: number): { readonly share: Value; readonly inverse: Value } {
  const even = g.float32(Array.from({ length: size }, () => 1 / Math.sqrt(size)));
  // A row of nothing but zeros is divided by the epsilon.
  const [share = '', inverse = ''] = g.nodes('SimplifiedLayerNormalization', [x, even], 2, {
    axis: -1,
    epsilon: 1e-20,
  });
  return { share, inverse };
}

/** Numbers from -1 to 1 as two digits, uint8. @param middle {@link zero} in the graph */
export function inTwoDigits(g: GraphBuilder, x: Value, middle: Value): { readonly high: Value; readonly low: Value } {
  const high = g.node('QuantizeLinear', [x, g.float32(1 / largest), middle]);
  const rest = g.node('Sub', [x, g.node('DequantizeLinear', [high, g.float32(1 / largest), middle])]);
  return { high, low: g.node('QuantizeLinear', [rest, g.float32(lowestDigit), middle]) };
}

/** Rows [new, k] as digits. */
interface Digits {
  /** uint8 [new, 2, k]: of every row the higher digits, then the lower ones. */
  readonly both: Value;
  /** float32 [new, 1, 2]: by what products with the one and the other are multiplied before they are added. */
  readonly worth: Value;
}

export class DigitProducts {
  readonly #g: GraphBuilder;
  readonly #known = new Map<Value, Digits>();
  #middle: Value | undefined;

  constructor(g: GraphBuilder) {
    this.#g = g;
  }

  /** [new, k] times a matrix. @param bytes int8 [k, n] @param scales float32 [n] */
  product(x: Value, bytes: Value, scales: Value, { n, k }: { readonly n: number; readonly k: number }): Value {
    const g = this.#g;
    const { both, worth } = this.#inDigits(x, k);
    // One product for both digits: ONNX Runtime packs a matrix for every node that it goes into.
    const parts = g.node(
      'MatMulIntegerToFloat',
      [both, bytes, g.float32(1), scales, this.#zero()],
      {},
      { domain: 'com.microsoft' },
    );
    g.shaped(parts, 'float32', ['new', 2, n]);
    // A product of 1 and 2 rows multiplies and adds in one pass over what is several times as large as the matrix' input.
    const sum = g.node('Reshape', [g.node('MatMul', [worth, parts]), g.int64([-1, n])]);
    return g.shaped(sum, 'float32', ['new', n]);
  }

  #inDigits(x: Value, k: number): Digits {
    const known = this.#known.get(x);
    if (known) return known;
    const g = this.#g;
    const rows = g.shaped(g.node('Reshape', [x, g.int64([-1, 1, k])]), 'float32', ['new', 1, k]);
    const { share, inverse } = inShares(g, rows, k);
    const { high, low } = inTwoDigits(g, share, this.#zero());
    const both = g.shaped(g.node('Concat', [high, low], { axis: 1 }), 'uint8', ['new', 2, k]);
    const worth = g.node('Div', [g.float32([Math.sqrt(k) / largest, Math.sqrt(k) * lowestDigit]), inverse]);
    const made = { both, worth: g.shaped(worth, 'float32', ['new', 1, 2]) };
    this.#known.set(x, made);
    return made;
  }

  #zero(): Value {
    this.#middle ??= this.#g.initializer('digit_zero', 'uint8', [], Uint8Array.of(zero));
    return this.#middle;
  }
}
