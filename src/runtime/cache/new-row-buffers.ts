/**
 * Where a step's new keys and values are written: buffers that every step uses again, so that a prompt of many slices leaves nothing
 * behind for the garbage collector, which is late to see memory outside its heap.
 */
import { Tensor } from '../onnxruntime.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';

export class NewRowBuffers {
  readonly #layers: number;
  readonly #width: number;
  #data = new Float32Array(0);

  constructor({ layers, kvHeads, headSize }: Pick<Hyperparameters, 'layers' | 'kvHeads' | 'headSize'>) {
    this.#layers = layers;
    this.#width = kvHeads * headSize;
  }

  /** What a run of the processor's graphs is to fetch for `count` new tokens; the rows are good until the next. */
  fetches(count: number): Readonly<Record<string, Tensor | null>> {
    const length = count * this.#width;
    if (2 * this.#layers * length > this.#data.length) this.#data = new Float32Array(2 * this.#layers * length);
    const fetches: Record<string, Tensor | null> = { logits: null };
    for (let layer = 0; layer < this.#layers; layer++)
      for (const [side, name] of ['k', 'v'].entries()) {
        const at = (2 * layer + side) * length;
        fetches[`${name}_${String(layer)}`] = new Tensor('float32', this.#data.subarray(at, at + length), [
          count,
          this.#width,
        ]);
      }
    return fetches;
  }
}
