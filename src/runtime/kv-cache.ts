/**
 * The KV cache: un-rotated keys and values of every layer in buffers of ours, token-major, [position, kvHeads * headSize].
 *
 * The graph reads prefixes of the buffers without a copy; appending is a `set`, forgetting the middle a `copyWithin`.
 */
import { Tensor } from 'onnxruntime-node';

const firstRows = 512;

interface Layer {
  k: Float32Array;
  v: Float32Array;
}

export class KvCache {
  readonly #width: number;
  readonly #layers: Layer[];
  #capacity = 0;
  #length = 0;

  /** @param width numbers a position and layer: kvHeads * headSize */
  constructor(layers: number, width: number) {
    this.#width = width;
    this.#layers = Array.from({ length: layers }, () => ({ k: new Float32Array(0), v: new Float32Array(0) }));
  }

  /** Positions held. */
  get length(): number {
    return this.#length;
  }

  /** Views of what is held, float32 [length, width], for the graph; valid until the next change. */
  views(layer: number): { readonly k: Tensor; readonly v: Tensor } {
    const { k, v } = this.#at(layer);
    const shape = [this.#length, this.#width];
    const end = this.#length * this.#width;
    return { k: new Tensor('float32', k.subarray(0, end), shape), v: new Tensor('float32', v.subarray(0, end), shape) };
  }

  /** Adds rows to every layer. @param rowsOf new keys and values of a layer, [count, width] each */
  append(count: number, rowsOf: (layer: number) => { readonly k: Float32Array; readonly v: Float32Array }): void {
    this.#reserve(this.#length + count);
    const at = this.#length * this.#width;
    for (const [i, layer] of this.#layers.entries()) {
      const rows = rowsOf(i);
      layer.k.set(rows.k, at);
      layer.v.set(rows.v, at);
    }
    this.#length += count;
  }

  /** Forgets `count` positions from `from` on; those behind move up. */
  evict(from: number, count: number): void {
    if (from < 0 || count < 0 || from + count > this.#length) throw new RangeError('nothing is cached there');
    const [to, start, end] = [from * this.#width, (from + count) * this.#width, this.#length * this.#width];
    for (const { k, v } of this.#layers) {
      k.copyWithin(to, start, end);
      v.copyWithin(to, start, end);
    }
    this.#length -= count;
  }

  /** Forgets everything from position `length` on. */
  truncate(length: number): void {
    this.evict(length, this.#length - length);
  }

  #at(layer: number): Layer {
    const found = this.#layers[layer];
    if (!found) throw new RangeError('there is no such layer');
    return found;
  }

  /** Grows by doubling, one layer at a time, so that at most one layer is there twice. */
  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    const capacity = Math.max(rows, 2 * this.#capacity, firstRows);
    for (const layer of this.#layers) {
      layer.k = grown(layer.k, capacity * this.#width);
      layer.v = grown(layer.v, capacity * this.#width);
    }
    this.#capacity = capacity;
  }
}

function grown(old: Float32Array, length: number): Float32Array {
  const buffer = new Float32Array(length);
  buffer.set(old);
  return buffer;
}
