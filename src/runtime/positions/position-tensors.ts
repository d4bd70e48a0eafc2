/** Whole numbers as int64 tensors without making a BigInt a number: runs are views of one growing row. */
import { Tensor } from '../onnxruntime.ts';

const firstLength = 1024;

export class PositionTensors {
  #row = new BigInt64Array(0);

  /** The whole numbers from `from` to `to` (exclusive). */
  range(from: number, to: number, shape: readonly number[]): Tensor {
    this.#grow(to);
    return new Tensor('int64', this.#row.subarray(from, to), shape);
  }

  /** Any whole numbers from 0 on. */
  list(values: readonly number[], shape: readonly number[]): Tensor {
    const first = values[0] ?? 0;
    if (values.every((value, i) => value === first + i)) return this.range(first, first + values.length, shape);
    return new Tensor('int64', this.#copy(values, new BigInt64Array(values.length)), shape);
  }

  /** Positions of cached rows and behind them those of new tokens, [1, all]. */
  keys(cached: readonly number[], added: readonly number[]): Tensor {
    const length = cached.length + added.length;
    // Several groups of layers have keys of their own in one run.
    const row = new BigInt64Array(length);
    this.#copy(cached, row);
    this.#copy(added, row.subarray(cached.length));
    return new Tensor('int64', row, [1, length]);
  }

  #copy(values: readonly number[], target: BigInt64Array): BigInt64Array {
    let most = 0;
    for (const value of values) if (value > most) most = value;
    this.#grow(most + 1);
    for (let i = 0; i < values.length; i++) target[i] = this.#row[values[i] ?? 0] ?? 0n;
    return target;
  }

  #grow(length: number): void {
    if (length <= this.#row.length) return;
    const size = Math.max(length, 2 * this.#row.length, firstLength);
    this.#row = BigInt64Array.from({ length: size }, (_, i) => BigInt(i));
  }
}
