/** Streams a model file's tensors into the external data file of the graphs and describes what it wrote. */
import { layoutOf, unpackBlocks } from '../gguf/blocks.ts';
import { dequantize } from '../gguf/dequantize.ts';
import type { ModelTensor, TensorSource } from '../model-file.ts';
import type { ExternalDataFile } from '../onnx/external-data.ts';
import type { ExternalSlice } from '../onnx/graph-builder.ts';
import { rangeOf, repack, storedRow } from './repack.ts';

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

export interface LinearPart {
  readonly tensor: ModelTensor;
  readonly bias: ModelTensor | null;
  /** Size of the heads whose rows are stored in pairs; null for rows in their natural order. */
  readonly pairedHeads: number | null;
}

/** About how many bytes of a tensor are in memory at a time. */
const pieceBytes = 4 * 1024 * 1024;

export class WeightWriter {
  readonly #data: TensorSource;
  readonly #out: ExternalDataFile;
  readonly #onBytes: (bytes: number) => void;
  #done = 0;

  /** @param onBytes told how many bytes of the model file are done, and may throw to stop */
  constructor(data: TensorSource, out: ExternalDataFile, onBytes: (bytes: number) => void) {
    this.#data = data;
    this.#out = out;
    this.#onBytes = onBytes;
  }

  async vector(tensor: ModelTensor): Promise<Vector> {
    const values = await this.#data.floats(tensor);
    this.#count(tensor.length);
    return { name: tensor.name, length: values.length, values: await this.#out.append(values) };
  }

  /** Writes layers that share an input; neighbours of one block layout become one matrix. */
  async linear(parts: readonly LinearPart[]): Promise<Linear> {
    const groups: LinearPart[][] = [];
    for (const part of parts) {
      const last = groups.at(-1);
      if (last?.[0] && sameMatrix(last[0].tensor, part.tensor)) last.push(part);
      else groups.push([part]);
    }
    const matrices: Matrix[] = [];
    for (const group of groups) matrices.push(await this.#matrix(group));
    const biases: (Vector | null)[] = [];
    for (const { bias, pairedHeads } of parts) biases.push(bias ? await this.#bias(bias, pairedHeads) : null);
    return { matrices, outputs: parts.map(({ tensor }) => tensor.shape[0] ?? 0), biases };
  }

  /** Writes the embedding; when `head` was written from the same tensor with 8 bits, its bytes are shared. */
  async embedding(tensor: ModelTensor, head: Matrix | null): Promise<EmbeddingTable> {
    const { name } = tensor;
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
    const layout = layoutOf(tensor.type);
    if (!layout)
      return {
        kind: 'float',
        name: `${name}.table`,
        values: await this.#out.append(this.#floatRows([{ tensor, bias: null, pairedHeads: null }])),
      };
    const scales: Float32Array[] = [];
    const minimums: Float32Array[] = [];
    const pieces = this.#pieces(tensor, null);
    async function* bytes(): AsyncIterable<Uint8Array> {
      for await (const piece of pieces) {
        const blocks = unpackBlocks(tensor.type, piece);
        scales.push(blocks.scales);
        minimums.push(blocks.minimums);
        yield blocks.q;
      }
    }
    const q = await this.#out.append(bytes());
    return {
      kind: 'quantised',
      name: `${name}.table`,
      block: layout.block,
      zeroPoint: layout.zeroPoint,
      q,
      scales: await this.#out.append(scales),
      minimums: layout.hasMinimum ? await this.#out.append(minimums) : null,
    };
  }

  async #matrix(parts: readonly LinearPart[]): Promise<Matrix> {
    const [first] = parts;
    if (!first) throw new RangeError('a linear layer needs a tensor');
    const name = parts.map(({ tensor }) => tensor.name).join('+');
    const n = parts.reduce((sum, { tensor }) => sum + (tensor.shape[0] ?? 0), 0);
    const k = first.tensor.shape[1] ?? 0;
    const layout = layoutOf(first.tensor.type);
    if (!layout) return { kind: 'float', name, n, k, values: await this.#out.append(this.#floatRows(parts)) };
    const perRow = k / layout.block;
    const scales = new Float32Array(n * perRow);
    const corrections = new Float32Array(layout.hasMinimum ? n * perRow : 0);
    const q = await this.#out.append(this.#quantisedRows(parts, n, perRow, scales, corrections));
    return {
      kind: 'quantised',
      name,
      bits: layout.bits,
      block: layout.block,
      n,
      k,
      q,
      scales: await this.#out.append(scales),
      corrections: layout.hasMinimum ? await this.#out.append(corrections) : null,
    };
  }

  /** Yields B's bytes; fills `scales` [n, perRow] and `corrections` [perRow, n] on the way. */
  async *#quantisedRows(
    parts: readonly LinearPart[],
    n: number,
    perRow: number,
    scales: Float32Array,
    corrections: Float32Array,
  ): AsyncIterable<Uint8Array> {
    let row = 0;
    for (const { tensor, pairedHeads } of parts) {
      for await (const piece of this.#pieces(tensor, pairedHeads)) {
        const packed = repack(unpackBlocks(tensor.type, piece), rangeOf(tensor.type.name));
        scales.set(packed.scales, row * perRow);
        for (let i = 0; i < packed.corrections.length; i++)
          corrections[(i % perRow) * n + row + Math.floor(i / perRow)] = packed.corrections[i] ?? 0;
        row += packed.scales.length / perRow;
        yield packed.q;
      }
    }
  }

  async *#floatRows(parts: readonly LinearPart[]): AsyncIterable<Float32Array> {
    for (const { tensor, pairedHeads } of parts)
      for await (const piece of this.#pieces(tensor, pairedHeads)) yield dequantize(tensor.type, piece);
  }

  /** The tensor's rows in the graph's order, some at a time; whole heads where rows are paired. */
  async *#pieces(tensor: ModelTensor, pairedHeads: number | null): AsyncIterable<Uint8Array> {
    const rows = tensor.shape[0] ?? 0;
    const rowBytes = tensor.length / rows;
    const unit = pairedHeads ?? 1;
    const step = Math.max(1, Math.floor(pieceBytes / rowBytes / unit)) * unit;
    for (let from = 0; from < rows; from += step) {
      const stored = await this.#data.rows(tensor, from, Math.min(rows, from + step));
      this.#count(stored.byteLength);
      yield pairedHeads === null ? stored : inGraphOrder(stored, rowBytes, pairedHeads);
    }
  }

  async #bias(tensor: ModelTensor, pairedHeads: number | null): Promise<Vector> {
    const stored = await this.#data.floats(tensor);
    const values = pairedHeads === null ? stored : stored.map((_, i) => stored[storedRow(i, pairedHeads)] ?? 0);
    this.#count(tensor.length);
    return { name: tensor.name, length: values.length, values: await this.#out.append(values) };
  }

  #count(bytes: number): void {
    this.#done += bytes;
    this.#onBytes(this.#done);
  }
}

function sameMatrix(a: ModelTensor, b: ModelTensor): boolean {
  if (a.shape[1] !== b.shape[1]) return false;
  const [x, y] = [layoutOf(a.type), layoutOf(b.type)];
  if (!x || !y) return !x && !y;
  return x.bits === y.bits && x.block === y.block && x.hasMinimum === y.hasMinimum;
}

function inGraphOrder(stored: Uint8Array, rowBytes: number, headSize: number): Uint8Array {
  const ordered = new Uint8Array(stored.byteLength);
  for (let r = 0; r * rowBytes < stored.byteLength; r++) {
    const from = storedRow(r, headSize) * rowBytes;
    ordered.set(stored.subarray(from, from + rowBytes), r * rowBytes);
  }
  return ordered;
}
