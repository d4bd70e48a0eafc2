/**
 * The ONNX graph of a BERT encoder with mean pooling (Devlin et al. 2019; Reimers & Gurevych 2019): token ids in, one unit
 * vector out, for a single text without padding, so there is no mask.
 *
 * The linear layers are 8-bit with a scale for each output; activations become 8-bit on the way with a scale for each token. The
 * word table is 8-bit with a scale a row; norms, biases and positions stay float32. 8-bit MatMulNBits
 * was measured too: its blocks are more exact (.9996), but with many rows it is no faster than float32. `float32` is the plain graph both are held against.
 *
 * `uint8` has the weights of `int8` as unsigned bytes around 128 and gives the same vectors, bit for bit, by kernels that widen before they
 * multiply: for processors whose products of unsigned and signed bytes are cut off at 16 bits (x86 without VNNI).
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { ModelFile, TensorSource } from '../model-file.ts';
import { GraphBuilder, type Value, float } from '../onnx/graph-builder.ts';
import { shownName } from '../shown-name.ts';

/** Raise it whenever the graph changes: vectors of two versions must not be compared. */
export const bertBuilderVersion = 1;

export interface BertConfiguration {
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream and of the vectors. */
  readonly hidden: number;
  readonly intermediate: number;
  readonly positions: number;
  readonly epsilon: number;
}

export interface BertWeights {
  readonly file: Pick<ModelFile, 'path' | 'tensors'>;
  readonly source: TensorSource;
}

export type BertPrecision = 'float32' | BertBytes;
export type BertBytes = 'int8' | 'uint8';

/** Names of the graph's only input (int64 `[1, tokens]`) and output (float32 `[1, hidden]`). */
export const bertInput = 'ids';
export const bertOutput = 'embedding';

/** What an unsigned byte of 0 stands for. */
const middle = 128;

const microsoft = { domain: 'com.microsoft' } as const;

/** @returns the bytes of the `.onnx` file. @throws LS2031 when a tensor is missing or has another shape than the configuration says */
export async function buildBert(
  weights: BertWeights,
  configuration: BertConfiguration,
  precision: BertPrecision,
): Promise<Uint8Array> {
  return new BertBuilder(weights, configuration, precision).build();
}

class BertBuilder {
  readonly #graph = new GraphBuilder('bert');
  readonly #weights: BertWeights;
  readonly #configuration: BertConfiguration;
  readonly #precision: BertPrecision;

  constructor(weights: BertWeights, configuration: BertConfiguration, precision: BertPrecision) {
    this.#weights = weights;
    this.#configuration = configuration;
    this.#precision = precision;
  }

  async build(): Promise<Uint8Array> {
    const g = this.#graph;
    const { hidden, layers } = this.#configuration;
    const ids = g.input(bertInput, 'int64', [1, 'tokens']);
    let x = await this.#embeddings(ids);
    for (let layer = 0; layer < layers; layer += 1) {
      const at = `encoder.layer.${String(layer)}`;
      x = await this.#skipNorm(await this.#attention(x, at), x, `${at}.attention.output.LayerNorm`);
      x = await this.#skipNorm(await this.#feedForward(x, at), x, `${at}.output.LayerNorm`);
    }
    const mean = g.node('ReduceMean', [x, g.int64([1])], { keepdims: 0 });
    g.node('LpNormalization', [mean], { axis: -1, p: 2 }, { output: bertOutput });
    g.output(bertOutput, 'float32', [1, hidden]);
    return g.encode();
  }

  async #embeddings(ids: Value): Promise<Value> {
    const g = this.#graph;
    const { hidden, positions } = this.#configuration;
    const table = await this.#tensor('embeddings.word_embeddings.weight', [null, hidden]);
    const position = await this.#tensor('embeddings.position_embeddings.weight', [positions, hidden]);
    const segment = await this.#tensor('embeddings.token_type_embeddings.weight', [null, hidden]);
    // There is only ever one segment, so its row goes into the positions.
    const rows = position.map((value, i) => value + (segment[i % hidden] ?? 0));
    const count = g.node('Shape', [ids], { start: 1, end: 2 });
    const here = g.node('Slice', [
      g.initializer('positions', 'float32', [positions, hidden], rows),
      g.int64([0]),
      count,
      g.int64([0]),
    ]);
    const words = this.#precision === 'float32' ? this.#floatRows(table, ids) : this.#byteRows(table, ids);
    return this.#norm(g.node('Add', [words, here]), 'embeddings.LayerNorm');
  }

  #floatRows(table: Float32Array, ids: Value): Value {
    const { hidden } = this.#configuration;
    return this.#graph.node('Gather', [
      this.#graph.initializer('words', 'float32', [table.length / hidden, hidden], table),
      ids,
    ]);
  }

  #byteRows(table: Float32Array, ids: Value): Value {
    const g = this.#graph;
    const { hidden } = this.#configuration;
    const rows = table.length / hidden;
    const { bytes, scales } = quantize(table, hidden);
    const words = g.initializer('words', 'int8', [rows, hidden], bytes);
    const scale = g.initializer('words.scale', 'float32', [rows, 1], scales);
    return g.node('Mul', [g.node('Cast', [g.node('Gather', [words, ids])], { to: 1 }), g.node('Gather', [scale, ids])]);
  }

  async #attention(x: Value, at: string): Promise<Value> {
    const g = this.#graph;
    const { hidden, heads } = this.#configuration;
    const parts = ['query', 'key', 'value'].map((part) => `${at}.attention.self.${part}`);
    const packed = await this.#linear(x, parts, hidden, hidden);
    const [q = '', k = '', v = ''] = g.nodes('Split', [packed], 3, { axis: -1, num_outputs: 3 });
    const mixed = g.node('MultiHeadAttention', [q, k, v], { num_heads: heads }, microsoft);
    return this.#linear(mixed, [`${at}.attention.output.dense`], hidden, hidden);
  }

  async #feedForward(x: Value, at: string): Promise<Value> {
    const { hidden, intermediate } = this.#configuration;
    const wide = await this.#linear(x, [`${at}.intermediate.dense`], hidden, intermediate);
    return this.#linear(this.#graph.node('Gelu', [wide]), [`${at}.output.dense`], intermediate, hidden);
  }

  /** x @ concat(W)^T + concat(b): layers over the same input become one. */
  async #linear(x: Value, names: readonly string[], inputs: number, outputs: number): Promise<Value> {
    const g = this.#graph;
    const [first = ''] = names;
    const rows = outputs * names.length;
    const weight = concatenate(
      await Promise.all(names.map((name) => this.#tensor(`${name}.weight`, [outputs, inputs]))),
    );
    const biases = concatenate(await Promise.all(names.map((name) => this.#tensor(`${name}.bias`, [outputs]))));
    const bias = g.initializer(`${first}.bias`, 'float32', [rows], biases);
    if (this.#precision === 'float32') {
      const transposed = g.node('Transpose', [g.initializer(`${first}.weight`, 'float32', [rows, inputs], weight)], {
        perm: [1, 0],
      });
      return g.node('Add', [g.node('MatMul', [x, transposed]), bias]);
    }
    const { bytes, scales } = quantize(weight, inputs);
    const turned = transpose(bytes, rows, inputs);
    const columns =
      this.#precision === 'int8'
        ? g.initializer(`${first}.weight`, 'int8', [inputs, rows], turned)
        : g.initializer(
            `${first}.weight`,
            'uint8',
            [inputs, rows],
            Uint8Array.from(turned, (byte) => byte + middle),
          );
    const zero =
      this.#precision === 'int8'
        ? []
        : [g.initializer(`${first}.zero`, 'uint8', [rows], new Uint8Array(rows).fill(middle))];
    const scale = g.initializer(`${first}.scale`, 'float32', [rows], scales);
    // The operator takes one scale for all activations. Bringing every token's largest to 1 first gives each a scale of its
    // own: the tokens with outliers no longer coarsen the others (cosine to float32 .9978 instead of .9925 in the mean).
    const largest = g.node('ReduceMax', [g.node('Abs', [x]), g.int64([-1])], { keepdims: 1 });
    const product = g.node(
      'DynamicQuantizeMatMul',
      [g.node('Div', [x, largest]), columns, scale, ...zero],
      {},
      microsoft,
    );
    return g.node('Add', [g.node('Mul', [product, largest]), bias]);
  }

  async #skipNorm(x: Value, skip: Value, name: string): Promise<Value> {
    return this.#norm(this.#graph.node('Add', [x, skip]), name);
  }

  async #norm(x: Value, name: string): Promise<Value> {
    const g = this.#graph;
    const { hidden, epsilon } = this.#configuration;
    const gamma = g.initializer(`${name}.weight`, 'float32', [hidden], await this.#tensor(`${name}.weight`, [hidden]));
    const beta = g.initializer(`${name}.bias`, 'float32', [hidden], await this.#tensor(`${name}.bias`, [hidden]));
    return g.node('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon: float(epsilon) });
  }

  /** @param shape what the tensor must have; null for a size that the file decides */
  async #tensor(name: string, shape: readonly (number | null)[]): Promise<Float32Array> {
    const { file, source } = this.#weights;
    const tensor = file.tensors.get(name) ?? file.tensors.get(`bert.${name}`);
    const found = tensor?.shape ?? [];
    if (!tensor || found.length !== shape.length || !shape.every((size, i) => size === null || size === found[i]))
      throw fault('LS2031', say('{0} ({1} has the shape [{2}])', file.path, shownName(name), found.join(', ')));
    return source.floats(tensor);
  }
}

/** Symmetric 8-bit quantisation of rows of `size` values: value = byte * scale, a scale for each row. */
function quantize(values: Float32Array, size: number): { bytes: Int8Array; scales: Float32Array } {
  const bytes = new Int8Array(values.length);
  const scales = new Float32Array(values.length / size);
  for (let row = 0; row < scales.length; row += 1) {
    const part = values.subarray(row * size, (row + 1) * size);
    let largest = 0;
    for (const value of part) largest = Math.max(largest, Math.abs(value));
    const scale = largest / 127;
    scales[row] = scale;
    for (let i = 0; i < size; i += 1) bytes[row * size + i] = scale === 0 ? 0 : Math.round((part[i] ?? 0) / scale);
  }
  return { bytes, scales };
}

function transpose(bytes: Int8Array, rows: number, columns: number): Int8Array {
  const turned = new Int8Array(bytes.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      turned[column * rows + row] = bytes[row * columns + column] ?? 0;
  return turned;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
