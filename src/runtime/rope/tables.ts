/** Cosine and sine tables for the graph's inputs, computed in float64 and grown as positions are needed. */
import { Tensor } from '../onnxruntime.ts';
import type { RopeFrequencies } from './frequencies.ts';

/** float32 [rows, pairs] each. */
export interface RotationTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

const firstPositions = 1024;

export class RopeTables {
  readonly #rope: RopeFrequencies;
  readonly #beyond: ((position: number) => RopeFrequencies) | undefined;
  readonly #steps: number;
  readonly #finer = new Map<number, RopeTables>();
  #positions = 0;
  #forwards: RotationTables | undefined;
  #backwards: RotationTables | undefined;

  /**
   * @param steps rows a position: row i is for position i / steps
   * @param beyond frequencies of a position, for scalings that follow the tokens so far; without it they are the same everywhere
   */
  constructor(rope: RopeFrequencies, steps = 1, beyond?: (position: number) => RopeFrequencies) {
    this.#rope = rope;
    this.#beyond = beyond;
    this.#steps = steps;
  }

  /** Tables of at least that many rows. */
  upTo(rows: number): RotationTables {
    if (!this.#forwards || rows > this.#positions) this.#compute(rows);
    return this.#forwards ?? this.#compute(rows);
  }

  /** The same for rotating backwards: row i is for position -i. */
  backTo(rows: number): RotationTables {
    const { cos, sin } = this.upTo(rows);
    this.#backwards ??= { cos, sin: new Tensor('float32', negated(sin), sin.dims) };
    return this.#backwards;
  }

  /** Tables of the same rotation with so many rows a position. */
  inSteps(steps: number): RopeTables {
    if (steps === this.#steps) return this;
    const made = this.#finer.get(steps) ?? new RopeTables(this.#rope, steps, this.#beyond);
    this.#finer.set(steps, made);
    return made;
  }

  /**
   * A table for tokens that stand anywhere, one row a token.
   * @param positions whole or not @param factor of row i, on top of the rotation's own
   */
  at(positions: readonly number[], factor: (i: number) => number = () => 1): RotationTables {
    return this.#tables(positions.length, (i) => positions[i] ?? 0, factor);
  }

  #compute(rows: number): RotationTables {
    this.#positions = Math.max(rows, 2 * this.#positions, firstPositions);
    const steps = this.#steps;
    const made = this.#tables(
      this.#positions,
      (i) => i / steps,
      () => 1,
    );
    this.#forwards = made;
    this.#backwards = undefined;
    return made;
  }

  #tables(rows: number, positionOf: (i: number) => number, factor: (i: number) => number): RotationTables {
    const pairs = this.#rope.frequencies.length;
    const cos = new Float32Array(rows * pairs);
    const sin = new Float32Array(rows * pairs);
    for (let i = 0, at = 0; i < rows; i++) {
      const position = positionOf(i);
      const { frequencies, attentionFactor } = this.#beyond?.(Math.abs(position)) ?? this.#rope;
      const length = attentionFactor * factor(i);
      for (const frequency of frequencies) {
        cos[at] = Math.cos(position * frequency) * length;
        sin[at++] = Math.sin(position * frequency) * length;
      }
    }
    const shape = [rows, pairs];
    return { cos: new Tensor('float32', cos, shape), sin: new Tensor('float32', sin, shape) };
  }
}

function negated({ data }: Tensor): Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError('tables are of float32');
  return data.map((value) => -value);
}
