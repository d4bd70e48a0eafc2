/**
 * Writes an ONNX graph node by node; what comes out of {@link GraphBuilder.encode} is the bytes of a `.onnx` file.
 *
 * A value is named by a string. The way of using it:
 *
 *     const g = new GraphBuilder('encoder');
 *     const ids = g.input('ids', 'int64', [1, 'tokens']);
 *     const table = g.external('table', 'float32', [30522, 384], slice);   // bytes in the file beside, see external-data.ts
 *     const x = g.node('Gather', [table, ids]);
 *     const y = g.node('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon: 1e-12 }, { output: 'hidden' });
 *     const [q, k, v] = g.nodes('Split', [x], 3, { axis: -1, num_outputs: 3 });
 *     g.output('hidden', 'float32', [1, 'tokens', 384]);
 *     await writeAtomically(file, g.encode());
 *
 * Attributes: a whole number becomes INT, any other number FLOAT; where a FLOAT attribute has a whole value write
 * `float(1)`. Arrays of numbers become INTS. Operators of ONNX Runtime's own take `{ domain: 'com.microsoft' }`.
 */
import { type ElementType, attributeTypes, elementSizes, elementTypes, externalLocation, modelType } from './schema.ts';

/** The name of a value in the graph; the empty string is "this optional input is absent". */
export type Value = string;
/** Numbers are fixed sizes, strings are named free dimensions. */
export type Shape = readonly (number | string)[];
export type Attribute = number | string | readonly number[] | FloatAttribute;
export interface FloatAttribute {
  readonly float: number;
}
/** Where a tensor's bytes lie in the external data file. */
export interface ExternalSlice {
  /** File name relative to the `.onnx` file's folder. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}
export interface NodeOptions {
  readonly domain?: 'com.microsoft';
  /** Name of the (first) output; without it a fresh one is made. */
  readonly output?: string;
  /** Names of all outputs; an empty one is made afresh. */
  readonly outputs?: readonly string[];
}

/** Versions that go together: IR 11 came with opset 23 (ONNX 1.18), which has Attention, RotaryEmbedding and RMSNormalization. */
const irVersion = 11;
const opset = 23;

/** Marks a FLOAT attribute whose value happens to be whole. */
export function float(value: number): FloatAttribute {
  return { float: value };
}

type Message = Record<string, unknown>;

export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Message[] = [];
  readonly #initializers: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #shapes: Message[] = [];
  readonly #known = new Set<string>(['']);
  readonly #constants = new Map<string, Value>();

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, shape: Shape): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return this.#declare(name);
  }

  /** Makes a value that some node has produced an output of the graph. */
  output(name: Value, type: ElementType, shape: Shape): void {
    this.#require(name);
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /**
   * Says what shape a value has where it cannot be inferred (a free dimension out of a Reshape, a Concat or a Split). ONNX Runtime plans
   * memory by equal shapes, and takes a second for a thousand values that it knows none of.
   */
  shaped(name: Value, type: ElementType, shape: Shape): Value {
    this.#require(name);
    this.#shapes.push(valueInfo(name, type, shape));
    return name;
  }

  /** A tensor inside the `.onnx` file; `data` is row-major and little-endian. */
  initializer(name: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    checkLength(name, type, shape, bytes.byteLength);
    this.#initializers.push({ name, dims: [...shape], dataType: elementTypes[type], rawData: bytes });
    return this.#declare(name);
  }

  /** A tensor whose bytes lie in the external data file, memory-mapped by ONNX Runtime. */
  external(name: string, type: ElementType, shape: readonly number[], slice: ExternalSlice): Value {
    checkLength(name, type, shape, slice.length);
    const externalData = [
      { key: 'location', value: slice.location },
      { key: 'offset', value: String(slice.offset) },
      { key: 'length', value: String(slice.length) },
    ];
    this.#initializers.push({
      name,
      dims: [...shape],
      dataType: elementTypes[type],
      externalData,
      dataLocation: externalLocation,
    });
    return this.#declare(name);
  }

  /** A small constant of int64, shared by everybody who asks for the same numbers; a plain number is a scalar. */
  int64(values: number | readonly number[]): Value {
    const key = `i${JSON.stringify(values)}`;
    const list = typeof values === 'number' ? [values] : values;
    return this.#constant(
      key,
      'int64',
      typeof values === 'number' ? [] : [list.length],
      BigInt64Array.from(list, BigInt),
    );
  }

  /** A small constant of float32, as {@link int64}. */
  float32(values: number | readonly number[]): Value {
    const key = `f${JSON.stringify(values)}`;
    const list = typeof values === 'number' ? [values] : values;
    return this.#constant(key, 'float32', typeof values === 'number' ? [] : [list.length], Float32Array.from(list));
  }

  /** A node with one output. @throws RangeError when an input is not known yet */
  node(
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): Value {
    const [output] = this.#add(opType, inputs, 1, attributes, options);
    return output ?? '';
  }

  /** A node with several outputs, in order. */
  nodes(
    opType: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): Value[] {
    return this.#add(opType, inputs, count, attributes, options);
  }

  /** The whole model as the bytes of a `.onnx` file. @param metadata free text pairs, kept with the model */
  encode(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return modelType
      .encode(
        modelType.fromObject({
          irVersion,
          producerName: 'longsight',
          opsetImport: [
            { domain: '', version: opset },
            { domain: 'com.microsoft', version: 1 },
          ],
          metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
          graph: {
            name: this.#name,
            node: this.#nodes,
            initializer: this.#initializers,
            input: this.#inputs,
            output: this.#outputs,
            valueInfo: this.#shapes,
          },
        }),
      )
      .finish();
  }

  #add(
    opType: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>>,
    options: NodeOptions,
  ): Value[] {
    for (const input of inputs) this.#require(input);
    const name = `${opType}_${String(this.#nodes.length)}`;
    const given = options.outputs ?? [options.output ?? ''];
    const outputs = Array.from({ length: count }, (_, i) => this.#declare(given[i] || `${name}_${String(i)}`));
    this.#nodes.push({
      name,
      opType,
      domain: options.domain ?? '',
      input: [...inputs],
      output: outputs,
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
    return outputs;
  }

  #constant(key: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const made =
      this.#constants.get(key) ?? this.initializer(`constant_${String(this.#constants.size)}`, type, shape, data);
    this.#constants.set(key, made);
    return made;
  }

  #declare(name: string): Value {
    if (this.#known.has(name)) throw new RangeError(`two values of the graph are named "${name}"`);
    this.#known.add(name);
    return name;
  }

  #require(name: Value): void {
    if (!this.#known.has(name)) throw new RangeError(`no value of the graph is named "${name}"`);
  }
}

function checkLength(name: string, type: ElementType, shape: readonly number[], bytes: number): void {
  const expected = shape.reduce((a, b) => a * b, elementSizes[type]);
  if (bytes !== expected)
    throw new RangeError(`initializer "${name}" needs ${String(expected)} bytes, not ${String(bytes)}`);
}

function valueInfo(name: string, type: ElementType, shape: Shape): Message {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function attribute(name: string, value: Attribute): Message {
  if (typeof value === 'string') return { name, type: attributeTypes.string, s: Buffer.from(value, 'utf8') };
  if (typeof value === 'number')
    return Number.isInteger(value)
      ? { name, type: attributeTypes.int, i: value }
      : { name, type: attributeTypes.float, f: value };
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  return { name, type: attributeTypes.ints, ints: [...value] };
}
