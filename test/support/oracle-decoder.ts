/**
 * A decoder of the llama family written the plainest way, in float64 and without any cache: every pair of query and key is rotated by
 * whatever distance a test asks for. What the product computes by tables, forms and masks is compared with it.
 */
import { openModelFile, openTensors } from '../../src/models/model-file.ts';
import { defaultFrequencies } from '../../src/runtime/rope/frequencies.ts';

/** How pairs of query i and key j are treated; what is left out is plain causal attention. */
export interface OraclePairs {
  readonly distance?: (i: number, j: number) => number;
  /** Asked for j <= i only. */
  readonly sees?: (i: number, j: number) => boolean;
  readonly queryScale?: (i: number) => number;
  /** Which keys a kv head's queries look at, of one layer and query; all that are seen without it. Vectors are un-rotated. */
  readonly looks?: (at: OracleLook) => ((j: number) => boolean) | null;
  /** Radians a position, one a pair, and the factor on cosine and sine. */
  readonly frequencies?: Float64Array;
  readonly attentionFactor?: number;
}

export interface OracleLook {
  readonly layer: number;
  readonly i: number;
  readonly kvHead: number;
  /** All heads of query i, [heads * headSize]. */
  readonly query: Float64Array;
  /** Keys of all positions, [kvHeads * headSize] each. */
  readonly keys: readonly Float64Array[];
}

interface Layer {
  readonly attentionNorm: Float64Array;
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly output: Float64Array;
  readonly feedForwardNorm: Float64Array;
  readonly gate: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
}

interface Sizes {
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly epsilon: number;
  readonly base: number;
}

type Rows = readonly Float64Array[];

export class OracleDecoder {
  readonly sizes: Sizes;
  readonly #embedding: Float64Array;
  readonly #layers: readonly Layer[];
  readonly #norm: Float64Array;
  readonly #head: Float64Array;

  private constructor(
    sizes: Sizes,
    embedding: Float64Array,
    layers: readonly Layer[],
    norm: Float64Array,
    head: Float64Array,
  ) {
    this.sizes = sizes;
    this.#embedding = embedding;
    this.#layers = layers;
    this.#norm = norm;
    this.#head = head;
  }

  /** @param file a GGUF file of the architecture llama */
  static async open(file: string): Promise<OracleDecoder> {
    const model = await openModelFile(file);
    const number = (key: string): number => {
      const value = model.metadata.get(`llama.${key}`);
      if (typeof value !== 'number') throw new Error(`no llama.${key}`);
      return value;
    };
    const [hidden, heads] = [number('embedding_length'), number('attention.head_count')];
    const vocabulary = model.tensors.get('token_embd.weight')?.shape[0] ?? 0;
    const sizes: Sizes = {
      hidden,
      heads,
      kvHeads: number('attention.head_count_kv'),
      headSize: hidden / heads,
      feedForward: number('feed_forward_length'),
      vocabulary,
      epsilon: number('attention.layer_norm_rms_epsilon'),
      base: number('rope.freq_base'),
    };
    const source = openTensors(model);
    try {
      const read = async (name: string): Promise<Float64Array> => {
        const tensor = model.tensors.get(name);
        if (!tensor) throw new Error(`no ${name}`);
        return Float64Array.from(await source.floats(tensor));
      };
      const layers: Layer[] = [];
      for (let i = 0; i < number('block_count'); i++) {
        const weight = (name: string): Promise<Float64Array> => read(`blk.${String(i)}.${name}.weight`);
        layers.push({
          attentionNorm: await weight('attn_norm'),
          q: unpaired(await weight('attn_q'), sizes),
          k: unpaired(await weight('attn_k'), sizes),
          v: await weight('attn_v'),
          output: await weight('attn_output'),
          feedForwardNorm: await weight('ffn_norm'),
          gate: await weight('ffn_gate'),
          up: await weight('ffn_up'),
          down: await weight('ffn_down'),
        });
      }
      const embedding = await read('token_embd.weight');
      const head = model.tensors.has('output.weight') ? await read('output.weight') : embedding;
      return new OracleDecoder(sizes, embedding, layers, await read('output_norm.weight'), head);
    } finally {
      await source.close();
    }
  }

  /** Logits of every position, [ids, vocabulary]. */
  logits(ids: readonly number[], pairs: OraclePairs = {}): Float32Array {
    const { hidden, heads, kvHeads, headSize, feedForward, vocabulary, epsilon } = this.sizes;
    let x: Rows = ids.map((id) => this.#embedding.slice(id * hidden, (id + 1) * hidden));
    for (const [index, layer] of this.#layers.entries()) {
      const normed = x.map((row) => rmsNorm(row, layer.attentionNorm, epsilon));
      const q = normed.map((row) => product(layer.q, row, heads * headSize));
      const k = normed.map((row) => product(layer.k, row, kvHeads * headSize));
      const v = normed.map((row) => product(layer.v, row, kvHeads * headSize));
      const attended = this.#attend(index, q, k, v, pairs);
      const mixed = x.map((row, t) => sum(row, product(layer.output, attended[t] ?? row, hidden)));
      x = mixed.map((row) => {
        const inner = rmsNorm(row, layer.feedForwardNorm, epsilon);
        const up = product(layer.up, inner, feedForward);
        const gated = product(layer.gate, inner, feedForward).map((g, c) => (g / (1 + Math.exp(-g))) * (up[c] ?? 0));
        return sum(row, product(layer.down, gated, hidden));
      });
    }
    const logits = new Float32Array(ids.length * vocabulary);
    for (const [t, row] of x.entries())
      logits.set(product(this.#head, rmsNorm(row, this.#norm, epsilon), vocabulary), t * vocabulary);
    return logits;
  }

  #attend(layer: number, q: Rows, k: Rows, v: Rows, pairs: OraclePairs): Rows {
    const { heads, kvHeads, headSize, base } = this.sizes;
    const { distance = (i, j) => i - j, sees = () => true, queryScale = () => 1, attentionFactor = 1 } = pairs;
    const frequencies = pairs.frequencies ?? defaultFrequencies({ dimensions: headSize, base });
    return q.map((queries, i) => {
      const out = new Float64Array(heads * headSize);
      const seen = k.map((_, j) => j).filter((j) => j <= i && sees(i, j));
      for (let head = 0; head < heads; head++) {
        const kvHead = Math.floor((head * kvHeads) / heads);
        const kv = kvHead * headSize;
        const looks = pairs.looks?.({ layer, i, kvHead, query: queries, keys: k });
        const keys = looks ? seen.filter(looks) : seen;
        const query = queries.subarray(head * headSize, (head + 1) * headSize);
        const scores = keys.map((j) => {
          const key = (k[j] ?? queries).subarray(kv, kv + headSize);
          const score = rotatedProduct(query, key, distance(i, j), frequencies);
          return (score * attentionFactor ** 2 * queryScale(i)) / Math.sqrt(headSize);
        });
        for (const [c, weight] of softmax(scores).entries()) {
          const value = v[keys[c] ?? 0] ?? queries;
          for (let n = 0; n < headSize; n++)
            out[head * headSize + n] = (out[head * headSize + n] ?? 0) + weight * (value[kv + n] ?? 0);
        }
      }
      return out;
    });
  }
}

/** A head's vector turned to a position; pair c is made of numbers c and c + half. */
export function turned(x: Float64Array, position: number, frequencies: Float64Array): Float64Array {
  const half = frequencies.length;
  return x.map((_, c) => {
    const angle = position * (frequencies[c % half] ?? 0);
    const [a, b] = [x[c % half] ?? 0, x[(c % half) + half] ?? 0];
    return c < half ? a * Math.cos(angle) - b * Math.sin(angle) : b * Math.cos(angle) + a * Math.sin(angle);
  });
}

/** The product of a query turned by an angle a pair and a key; pair c is made of numbers c and c + half. */
export function rotatedProduct(
  query: Float64Array,
  key: Float64Array,
  distance: number,
  frequencies: Float64Array,
): number {
  const half = frequencies.length;
  let total = 0;
  for (const [c, frequency] of frequencies.entries()) {
    const [cos, sin] = [Math.cos(distance * frequency), Math.sin(distance * frequency)];
    const [a, b] = [query[c] ?? 0, query[c + half] ?? 0];
    total += (a * cos - b * sin) * (key[c] ?? 0) + (b * cos + a * sin) * (key[c + half] ?? 0);
  }
  return total;
}

export function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** llama.cpp keeps query and key rows of a head as pairs; back to halves. */
function unpaired(rows: Float64Array, { hidden, headSize }: Sizes): Float64Array {
  const half = headSize / 2;
  const result = new Float64Array(rows.length);
  for (let row = 0; row < rows.length / hidden; row++) {
    const within = row % headSize;
    const source = row - within + (within % half) * 2 + Math.floor(within / half);
    result.set(rows.subarray(source * hidden, (source + 1) * hidden), row * hidden);
  }
  return result;
}

function product(matrix: Float64Array, x: Float64Array, rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let total = 0;
    for (let c = 0; c < x.length; c++) total += (matrix[row * x.length + c] ?? 0) * (x[c] ?? 0);
    return total;
  });
}

function rmsNorm(x: Float64Array, weight: Float64Array, epsilon: number): Float64Array {
  const mean = x.reduce((total, value) => total + value * value, 0) / x.length;
  return x.map((value, c) => (value / Math.sqrt(mean + epsilon)) * (weight[c] ?? 0));
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, c) => value + (b[c] ?? 0));
}
