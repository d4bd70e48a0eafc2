/** Cosine and sine tables for the graph's inputs, computed in float64 and grown as positions are needed. */
import { Tensor } from 'onnxruntime-node';
import type { RopeFrequencies } from './frequencies.ts';

const firstPositions = 1024;

export class RopeTables {
  readonly #rope: RopeFrequencies;
  #positions = 0;
  #tensors: { readonly cos: Tensor; readonly sin: Tensor } | undefined;

  constructor(rope: RopeFrequencies) {
    this.#rope = rope;
  }

  /** Tables of at least that many positions, each float32 [positions, pairs]. */
  upTo(positions: number): { readonly cos: Tensor; readonly sin: Tensor } {
    if (this.#tensors && positions <= this.#positions) return this.#tensors;
    this.#positions = Math.max(positions, 2 * this.#positions, firstPositions);
    this.#tensors = this.#compute(this.#positions);
    return this.#tensors;
  }

  #compute(positions: number): { readonly cos: Tensor; readonly sin: Tensor } {
    const { frequencies, attentionFactor } = this.#rope;
    const pairs = frequencies.length;
    const cos = new Float32Array(positions * pairs);
    const sin = new Float32Array(positions * pairs);
    for (let position = 0, at = 0; position < positions; position++) {
      for (const frequency of frequencies) {
        cos[at] = Math.cos(position * frequency) * attentionFactor;
        sin[at++] = Math.sin(position * frequency) * attentionFactor;
      }
    }
    const shape = [positions, pairs];
    return { cos: new Tensor('float32', cos, shape), sin: new Tensor('float32', sin, shape) };
  }
}
