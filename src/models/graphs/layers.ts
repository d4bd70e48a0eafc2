/** The parts that every decoder graph is put together from: linear layers, norms, the embedding, rotation. */
import { type GraphBuilder, type Value, float } from '../onnx/graph-builder.ts';
import type { ColumnBytes } from './column-bytes.ts';
import { DigitProducts } from './digit-products.ts';
import type { AccuracyLevel } from './graph-spec.ts';
import type { Activation, Design } from '../architectures/design.ts';
import type { EmbeddingTable, Linear, Matrix, QuantisedMatrix, Vector } from '../weights/weights.ts';

/** A norm's weight, and its bias where it has one. */
export interface Norm {
  readonly weight: Vector;
  readonly bias: Vector | null;
}

/**
 * Elements up to which 8-bit weights are computed exactly where that is asked for: there is no fast kernel for it, but so few take less
 * than a third of a millisecond.
 */
const smallMatrix = 64 * 1024;

/** Adds layers to one graph; weights are declared in it as they are first used. */
export class LayerBuilder {
  readonly g: GraphBuilder;
  readonly #accuracy: AccuracyLevel;
  readonly #epsilon: number;
  readonly #norm: Design['norm'];
  readonly #columns: ColumnBytes;
  readonly #digits: DigitProducts;

  constructor(
    g: GraphBuilder,
    accuracy: AccuracyLevel,
    epsilon: number,
    norm: Design['norm'] = 'rms',
    columns: ColumnBytes = {},
  ) {
    this.g = g;
    this.#accuracy = accuracy;
    this.#epsilon = epsilon;
    this.#norm = norm;
    this.#columns = columns;
    this.#digits = new DigitProducts(g);
  }

  /** [rows, k] through layers that share the input; one value [rows, n] a layer. */
  linear(x: Value, { matrices, outputs, biases }: Linear): Value[] {
    const sums = new Map<number, Value>();
    const results: Value[] = [];
    for (const matrix of matrices) {
      const y = this.#matrix(x, matrix, sums);
      // The matrix holds as many of the layers as its rows make up.
      const sizes: number[] = [];
      for (let rows = 0, i = results.length; rows < matrix.n; i++) {
        const size = outputs[i] ?? 0;
        sizes.push(size);
        rows += size;
      }
      results.push(
        ...(sizes.length === 1 ? [y] : this.g.nodes('Split', [y, this.g.int64(sizes)], sizes.length, { axis: -1 })),
      );
    }
    return results.map((y, i) => {
      const bias = biases[i];
      return bias ? this.g.node('Add', [y, this.vector(bias)]) : y;
    });
  }

  /** As {@link linear}, with the results of all layers side by side, [rows, sum of n]. */
  joined(x: Value, linear: Linear): Value {
    const { matrices, biases } = linear;
    const [only] = matrices;
    if (matrices.length === 1 && only && biases.every((bias) => bias === null)) return this.#matrix(x, only, new Map());
    return this.g.node('Concat', this.linear(x, linear), { axis: -1 });
  }

  vector({ name, length, values }: Vector): Value {
    return this.g.external(name, 'float32', [length], values);
  }

  /** The norm over the last axis. */
  norm(x: Value, norm: Norm): Value {
    if (this.#norm === 'rms') return this.#rms(x, this.vector(norm.weight));
    const epsilon = float(this.#epsilon);
    return this.g.node('LayerNormalization', [x, this.vector(norm.weight), ...this.#bias(norm)], { axis: -1, epsilon });
  }

  /** The residual sum x + delta and its norm, in one kernel. */
  addAndNorm(x: Value, delta: Value, norm: Norm): { sum: Value; normed: Value } {
    const [normed = '', , , sum = ''] = this.g.nodes(
      this.#norm === 'rms' ? 'SkipSimplifiedLayerNormalization' : 'SkipLayerNormalization',
      [x, delta, this.vector(norm.weight), ...(this.#norm === 'rms' ? [] : this.#bias(norm))],
      4,
      { epsilon: float(this.#epsilon) },
      { domain: 'com.microsoft' },
    );
    return { sum, normed };
  }

  /** RMS norm of every head of [rows, heads * size]. */
  headNorm(x: Value, weight: Vector, heads: number, size: number): Value {
    const split = this.g.node('Reshape', [x, this.g.int64([-1, heads, size])]);
    return this.g.node('Reshape', [this.#rms(split, this.vector(weight)), this.g.int64([-1, heads * size])]);
  }

  activate(x: Value, activation: Activation): Value {
    switch (activation) {
      case 'silu':
        // QuickGelu with alpha 1 is x * sigmoid(x).
        return this.g.node('QuickGelu', [x], { alpha: float(1) }, { domain: 'com.microsoft' });
      case 'gelu':
        return this.g.node('Gelu', [x], { approximate: 'none' });
      case 'gelu-tanh':
        return this.g.node('Gelu', [x], { approximate: 'tanh' });
      case 'relu':
        return this.g.node('Relu', [x]);
    }
  }

  /** x times a number of the model's; as it is when that is 1. */
  scaled(x: Value, by: number): Value {
    return by === 1 ? x : this.g.node('Mul', [x, this.g.float32(by)]);
  }

  /** cap * tanh(x / cap); as it is without a cap. */
  capped(x: Value, cap: number | null): Value {
    if (cap === null) return x;
    return this.scaled(this.g.node('Tanh', [this.scaled(x, 1 / cap)]), cap);
  }

  #rms(x: Value, weight: Value): Value {
    return this.g.node('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: float(this.#epsilon) });
  }

  #bias({ bias }: Norm): Value[] {
    return bias ? [this.vector(bias)] : [];
  }

  /** Rows of the embedding, [new, hidden]. @param shape of the table, [vocabulary, hidden] */
  embed(ids: Value, table: EmbeddingTable, [vocabulary, hidden]: readonly [number, number]): Value {
    const { g } = this;
    if (table.kind === 'float')
      return g.node('Gather', [g.external(table.name, 'float32', [vocabulary, hidden], table.values), ids]);
    const blocks = hidden / table.block;
    const perBlock = [vocabulary, blocks, 1];
    const q = g.external(`${table.name}.q`, 'uint8', [vocabulary, blocks, table.block], table.q);
    const scales = g.external(`${table.name}.scales`, 'float32', perBlock, table.scales);
    const centred = g.node('Sub', [
      g.node('Cast', [g.node('Gather', [q, ids])], { to: 1 }),
      g.float32(table.zeroPoint),
    ]);
    const scaled = g.node('Mul', [centred, g.node('Gather', [scales, ids])]);
    const whole = table.minimums
      ? g.node('Add', [
          scaled,
          g.node('Gather', [g.external(`${table.name}.minimums`, 'float32', perBlock, table.minimums), ids]),
        ])
      : scaled;
    return g.shaped(g.node('Reshape', [whole, g.int64([-1, hidden])]), 'float32', ['new', hidden]);
  }

  /** @param sums of blocks of `x`, by the block's length; shared by the matrices it goes through */
  #matrix(x: Value, matrix: Matrix, sums: Map<number, Value>): Value {
    return matrix.kind === 'float' ? this.#floatMatrix(x, matrix) : this.#quantisedMatrix(x, matrix, sums);
  }

  /** [n, k] times the transposed float matrix. */
  #floatMatrix(x: Value, { name, n, k, values }: Matrix & { kind: 'float' }): Value {
    return this.g.node('Gemm', [x, this.g.external(name, 'float32', [n, k], values)], { transB: 1 });
  }

  #quantisedMatrix(x: Value, matrix: QuantisedMatrix, sums: Map<number, Value>): Value {
    const { g } = this;
    const { name, bits, block, n, k } = matrix;
    const columns = this.#accuracy === 'digits' ? this.#columns[name] : undefined;
    if (columns)
      return this.#digits.product(
        x,
        g.external(`${name}.columns`, 'int8', [k, n], columns.bytes),
        g.external(`${name}.columns.scales`, 'float32', [n], columns.scales),
        matrix,
      );
    const blocks = k / block;
    const q = g.external(name, 'uint8', [n, blocks, (block * bits) / 8], matrix.q);
    const scales = g.external(`${name}.scales`, 'float32', [n, blocks], matrix.scales);
    const rounds = this.#accuracy === 4 || (this.#accuracy !== 'float' && bits === 8 && n * k > smallMatrix);
    const y = g.node(
      'MatMulNBits',
      [x, q, scales],
      { K: k, N: n, bits, block_size: block, accuracy_level: rounds ? 4 : 0 },
      { domain: 'com.microsoft' },
    );
    if (!matrix.corrections) return y;
    const sum =
      sums.get(block) ??
      g.node('ReduceSum', [g.node('Reshape', [x, g.int64([-1, blocks, block])]), g.int64([2])], { keepdims: 0 });
    sums.set(block, sum);
    return g.node('Gemm', [sum, g.external(`${name}.corrections`, 'float32', [blocks, n], matrix.corrections), y]);
  }
}
