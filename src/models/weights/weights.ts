/** Streams a model file's tensors into the external data file of the graphs and describes what it wrote. */
import { dequantize } from '../gguf/dequantize.ts';
import { type TensorSource, rowCount } from '../model-file.ts';
import type { WeightSink } from '../onnx/external-data.ts';
import type { ExternalSlice } from '../onnx/graph-builder.ts';
import { type BlockCoding, blockCoding } from '../graphs/byte-blocks.ts';
import { rangeOf, repack } from './repack.ts';
import type { RowOrder } from '../description/row-order.ts';
import type { StoredMatrix, StoredVector } from '../description/tensor-view.ts';

/** A matrix for MatMulNBits. */
export interface QuantisedMatrix {
  readonly kind: 'quantised';
  readonly name: string;
  readonly bits: 4 | 8;
  readonly block: number;
  /** Rows, the outputs. */
  readonly n: number;
  /** Columns, the inputs. */
  readonly k: number;
  readonly q: ExternalSlice;
  /** float32 [n, k/block]. */
  readonly scales: ExternalSlice;
  /** float32 [k/block, n]; null for types without a minimum. */
  readonly corrections: ExternalSlice | null;
}

/** A float32 matrix [n, k]. */
interface FloatMatrix {
  readonly kind: 'float';
  readonly name: string;
  readonly n: number;
  readonly k: number;
  readonly values: ExternalSlice;
}

export type Matrix = QuantisedMatrix | FloatMatrix;

/** Linear layers that read the same input: as few matrices as their types allow. */
export interface Linear {
  readonly matrices: readonly Matrix[];
  /** Rows of each layer, in order; within a matrix they follow each other. */
  readonly outputs: readonly number[];
  /** float32 vectors, one a layer where the model has them. */
  readonly biases: readonly (Vector | null)[];
}

export interface Vector {
  readonly name: string;
  readonly length: number;
  readonly values: ExternalSlice;
}

/** Token embedding whose rows are gathered: q of 8 bits an element, or float32. */
export type EmbeddingTable =
  | { readonly kind: 'float'; readonly name: string; readonly values: ExternalSlice }
  | {
      readonly kind: 'quantised';
      readonly name: string;
      readonly block: number;
      readonly zeroPoint: number;
      /** uint8 [vocabulary, hidden/block, block]. */
      readonly q: ExternalSlice;
      /** float32 [vocabulary, hidden/block, 1]. */
      readonly scales: ExternalSlice;
      readonly minimums: ExternalSlice | null;
    };

/** A stored matrix and the layers it holds, by their rows; without `outputs` it is one. */
export interface LinearPart {
  readonly matrix: StoredMatrix;
  readonly outputs?: readonly number[];
}

/** About how many bytes of a tensor are in memory at a time. */
const pieceBytes = 4 * 1024 * 1024;

export class WeightWriter {
  readonly #data: TensorSource;
  readonly #out: WeightSink;
  readonly #onBytes: (bytes: number) => void;
  readonly #rounds: boolean;
  #done = 0;

  /**
   * @param onBytes told how many bytes of the model file are done, and may throw to stop
   * @param rounds whether 16-bit weights become 8-bit blocks (byte-blocks.ts)
   */
  constructor(data: TensorSource, out: WeightSink, onBytes: (bytes: number) => void, rounds = false) {
    this.#data = data;
    this.#out = out;
    this.#onBytes = onBytes;
    this.#rounds = rounds;
  }

  async vector(vector: StoredVector): Promise<Vector> {
    return this.#keep(vector.name, await this.#numbers(vector));
  }

  /** Writes layers that share an input; neighbours of one block layout become one matrix. */
  async linear(parts: readonly LinearPart[]): Promise<Linear> {
    const groups: StoredMatrix[][] = [];
    for (const { matrix } of parts) {
      const last = groups.at(-1);
      if (last?.[0] && this.#sameMatrix(last[0], matrix)) last.push(matrix);
      else groups.push([matrix]);
    }
    const matrices: Matrix[] = [];
    for (const group of groups) matrices.push(await this.#matrix(group));
    const outputs = parts.flatMap(({ matrix, outputs: own }) => own ?? [matrix.n]);
    const biases: (Vector | null)[] = [];
    for (const { matrix, outputs: own = [matrix.n] } of parts)
      biases.push(...(matrix.bias ? await this.#biases(matrix.bias, own) : own.map(() => null)));
    return { matrices, outputs, biases };
  }

  /** Writes the embedding; when `head` was written from the same tensor with 8 bits, its bytes are shared. */
  async embedding(matrix: StoredMatrix, head: Matrix | null): Promise<EmbeddingTable> {
    const { name, tensor } = matrix;
    if (head?.kind === 'float') return { kind: 'float', name: `${name}.table`, values: head.values };
    if (head?.bits === 8 && head.corrections === null)
      return {
        kind: 'quantised',
        name: `${name}.table`,
        block: head.block,
        zeroPoint: 128,
        q: head.q,
        scales: head.scales,
        minimums: null,
      };
    const coding = blockCoding(tensor, this.#rounds);
    if (!coding)
      return {
        kind: 'float',
        name: `${name}.table`,
        values: await this.#out.append(this.#floatRows([matrix]), 4 * matrix.n * matrix.k),
      };
    const out = this.#out;
    const perBlock = (matrix.n * matrix.k * Float32Array.BYTES_PER_ELEMENT) / coding.layout.block;
    const scales = await out.reserve(perBlock);
    const minimums = coding.layout.hasMinimum ? await out.reserve(perBlock) : null;
    const pieces = this.#pieces(matrix);
    async function* bytes({ blocks: blocksOf }: BlockCoding): AsyncIterable<Uint8Array> {
      let at = 0;
      for await (const piece of pieces) {
        const blocks = blocksOf(piece);
        await out.fill(scales, at, blocks.scales);
        if (minimums) await out.fill(minimums, at, blocks.minimums);
        at += blocks.scales.byteLength;
        yield blocks.q;
      }
    }
    const q = await out.append(bytes(coding), matrix.n * matrix.k);
    return {
      kind: 'quantised',
      name: `${name}.table`,
      block: coding.layout.block,
      zeroPoint: coding.layout.zeroPoint,
      q,
      scales,
      minimums,
    };
  }

  async #matrix(parts: readonly StoredMatrix[]): Promise<Matrix> {
    const [first] = parts;
    if (!first) throw new RangeError('a linear layer needs a tensor');
    const name = parts.map((part) => part.name).join('+');
    const n = parts.reduce((sum, part) => sum + part.n, 0);
    const { k } = first;
    const layout = blockCoding(first.tensor, this.#rounds)?.layout;
    if (!layout)
      return { kind: 'float', name, n, k, values: await this.#out.append(this.#floatRows(parts), 4 * n * k) };
    const perRow = k / layout.block;
    const scales = await this.#out.reserve(n * perRow * Float32Array.BYTES_PER_ELEMENT);
    const corrections = new Float32Array(layout.hasMinimum ? n * perRow : 0);
    const bytes = (n * k * layout.bits) / 8;
    const q = await this.#out.append(this.#quantisedRows(parts, n, perRow, scales, corrections), bytes);
    return {
      kind: 'quantised',
      name,
      bits: layout.bits,
      block: layout.block,
      n,
      k,
      q,
      scales,
      corrections: layout.hasMinimum ? await this.#out.append(corrections, corrections.byteLength) : null,
    };
  }

  /** Yields B's bytes; writes `scales` [n, perRow] and fills `corrections` [perRow, n] on the way. */
  async *#quantisedRows(
    parts: readonly StoredMatrix[],
    n: number,
    perRow: number,
    scales: ExternalSlice,
    corrections: Float32Array,
  ): AsyncIterable<Uint8Array> {
    let row = 0;
    for (const part of parts) {
      const coding = blockCoding(part.tensor, this.#rounds);
      if (!coding) throw new RangeError(`"${part.name}" is not made of blocks`);
      for await (const piece of this.#pieces(part)) {
        const packed = repack(coding.blocks(piece), rangeOf(part.tensor.type.name));
        await this.#out.fill(scales, row * perRow * Float32Array.BYTES_PER_ELEMENT, packed.scales);
        for (let i = 0; i < packed.corrections.length; i++)
          corrections[(i % perRow) * n + row + Math.floor(i / perRow)] = packed.corrections[i] ?? 0;
        row += packed.scales.length / perRow;
        yield packed.q;
      }
    }
  }

  async *#floatRows(parts: readonly StoredMatrix[]): AsyncIterable<Float32Array> {
    for (const part of parts) for await (const piece of this.#pieces(part)) yield dequantize(part.tensor.type, piece);
  }

  /** The matrix' rows in the graph's order, some at a time; whole runs where they lie in another order. */
  async *#pieces({ tensor, from, n, order }: StoredMatrix): AsyncIterable<Uint8Array> {
    const rowBytes = tensor.length / rowCount(tensor);
    const fitting = Math.max(1, Math.floor(pieceBytes / rowBytes));
    const step = order ? order.run : fitting;
    for (let row = 0; row < n; row += step) {
      const count = Math.min(step, n - row);
      const first = order ? firstOfRun(order, row, count) : row;
      const stored = await this.#data.rows(tensor, from + first, from + first + count);
      this.#count(stored.byteLength);
      yield order ? inGraphOrder(stored, rowBytes, order, row, first) : stored;
    }
  }

  /** A bias' numbers, apart for each of the layers its matrix holds. */
  async #biases(bias: StoredVector, outputs: readonly number[]): Promise<Vector[]> {
    const values = await this.#numbers(bias);
    const made: Vector[] = [];
    let at = 0;
    for (const [i, rows] of outputs.entries()) {
      const name = outputs.length === 1 ? bias.name : `${bias.name}.${String(i)}`;
      made.push(await this.#keep(name, values.slice(at, at + rows)));
      at += rows;
    }
    return made;
  }

  async #numbers({ tensor, order, shift }: StoredVector): Promise<Float32Array> {
    const stored = await this.#data.floats(tensor);
    this.#count(tensor.length);
    if (!order && shift === 0) return stored;
    return stored.map((value, i) => (order ? (stored[order.stored(i)] ?? 0) : value) + shift);
  }

  async #keep(name: string, values: Float32Array): Promise<Vector> {
    return { name, length: values.length, values: await this.#out.append(values, values.byteLength) };
  }

  #sameMatrix(a: StoredMatrix, b: StoredMatrix): boolean {
    if (a.k !== b.k) return false;
    const [x, y] = [blockCoding(a.tensor, this.#rounds)?.layout, blockCoding(b.tensor, this.#rounds)?.layout];
    if (!x || !y) return !x && !y;
    return x.bits === y.bits && x.block === y.block && x.hasMinimum === y.hasMinimum;
  }

  #count(bytes: number): void {
    this.#done += bytes;
    this.#onBytes(this.#done);
  }
}

function firstOfRun(order: RowOrder, row: number, count: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (let r = row; r < row + count; r++) first = Math.min(first, order.stored(r));
  return first;
}

/** @param row of the graph that comes first @param first of the stored rows */
function inGraphOrder(stored: Uint8Array, rowBytes: number, order: RowOrder, row: number, first: number): Uint8Array {
  const ordered = new Uint8Array(stored.byteLength);
  for (let r = 0; r * rowBytes < stored.byteLength; r++) {
    const at = (order.stored(row + r) - first) * rowBytes;
    ordered.set(stored.subarray(at, at + rowBytes), r * rowBytes);
  }
  return ordered;
}
