/**
 * Products of many rows with matrices of bytes (column-bytes.ts) in whole numbers, for processors that multiply bytes several times as
 * fast as float32 numbers (AMX, VNNI, Arm's dot product): every row in two digits of a byte each by its largest number, 16 bits in all.
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

/** Numbers from -1 to 1 as two digits, uint8. @param middle {@link zero} in the graph */
export function inTwoDigits(g: GraphBuilder, x: Value, middle: Value): { readonly high: Value; readonly low: Value } {
  const high = g.node('QuantizeLinear', [x, g.float32(1 / largest), middle]);
  const rest = g.node('Sub', [x, g.node('DequantizeLinear', [high, g.float32(1 / largest), middle])]);
  return { high, low: g.node('QuantizeLinear', [rest, g.float32(lowestDigit), middle]) };
}

/** Rows [m, k] as digits: uint8 [2 * m, k], the higher ones first, and `unit` float32 [m, 1], the largest number of each. */
interface Digits {
  readonly both: Value;
  readonly unit: Value;
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
    const { both, unit } = this.#inDigits(x, k);
    // One product for both digits: ONNX Runtime packs a matrix for every node that it goes into.
    const parts = g.node(
      'MatMulIntegerToFloat',
      [both, bytes, g.float32(1 / largest), scales, this.#zero()],
      {},
      { domain: 'com.microsoft' },
    );
    const [high = '', low = ''] = g
      .nodes('Split', [parts], 2, { axis: 0, num_outputs: 2 })
      .map((part) => g.shaped(part, 'float32', ['new', n]));
    return g.node('Mul', [g.node('Add', [high, g.node('Mul', [low, g.float32(1 / digitBase)])]), unit]);
  }

  #inDigits(x: Value, k: number): Digits {
    const known = this.#known.get(x);
    if (known) return known;
    const g = this.#g;
    const most = g.node('ReduceMax', [g.node('Abs', [x]), g.int64([-1])], { keepdims: 1 });
    // A row of nothing but zeros must not divide by zero.
    const unit = g.node('Add', [most, g.float32(1e-20)]);
    const { high, low } = inTwoDigits(g, g.node('Div', [x, unit]), this.#zero());
    const made = { both: g.shaped(g.node('Concat', [high, low], { axis: 0 }), 'uint8', ['both', k]), unit };
    this.#known.set(x, made);
    return made;
  }

  #zero(): Value {
    this.#middle ??= this.#g.initializer('digit_zero', 'uint8', [], Uint8Array.of(zero));
    return this.#middle;
  }
}
