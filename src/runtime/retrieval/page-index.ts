/** The summaries of a state's cached keys, page by page: what the graph compares a query with before it looks at the pages. */
import { Tensor } from '../onnxruntime.ts';
import { retrievingLayers } from '../../models/graphs/attention/attention-retrieved.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { StoredRows } from '../cache/cache-store.ts';
import type { RopeTables } from '../rope/tables.ts';
import { floatRows } from './float-rows.ts';
import type { RetrievalRule } from './retrieval-rule.ts';

interface Summaries {
  low: Float32Array;
  high: Float32Array;
  /** Keys of the page that is being filled. */
  readonly open: Float32Array;
}

const firstPages = 64;

export class PageIndex {
  readonly rule: RetrievalRule;
  readonly #h: Hyperparameters;
  readonly #tables: readonly (RopeTables | null)[];
  readonly #layers: ReadonlyMap<number, Summaries>;
  #length = 0;
  #capacity = 0;

  /** @param tables of every attention group */
  constructor(h: Hyperparameters, rule: RetrievalRule, tables: readonly (RopeTables | null)[]) {
    this.rule = rule;
    this.#h = h;
    this.#tables = tables;
    const made = (): Summaries => ({
      low: new Float32Array(0),
      high: new Float32Array(0),
      open: new Float32Array(rule.pageSize * this.#width),
    });
    this.#layers = new Map(retrievingLayers(h).map((layer) => [layer, made()]));
  }

  /** Tokens that are summarised. */
  get length(): number {
    return this.#length;
  }

  get pages(): number {
    return Math.ceil(this.#length / this.rule.pageSize);
  }

  /** Whether its summaries are those of the rule at these positions. @param tables of every attention group */
  isOf(rule: RetrievalRule, tables: readonly (RopeTables | null)[]): boolean {
    return rule.name === this.rule.name && tables === this.#tables;
  }

  /** Forgets the tokens from the `length`-th on, and those before them on the same page: they have to come again. */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length - (length % this.rule.pageSize);
  }

  /** Summarises further tokens. @param positions of the tokens @param rows as they are cached */
  append(positions: readonly number[], rows: StoredRows, type: CacheType): void {
    const { pageSize, partial } = this.rule;
    const width = this.#width;
    this.#reserve(Math.ceil((this.#length + rows.count) / pageSize));
    const shape = { kvHeads: this.#h.kvHeads, headSize: this.#h.headSize };
    for (const [layer, summaries] of this.#layers) {
      const keys = floatRows(rows.layers[layer]?.k ?? [], type, shape);
      if (this.rule.rotated) this.#rotate(keys, layer, positions);
      for (let t = 0; t < rows.count; t++) {
        const at = this.#length + t;
        const slot = at % pageSize;
        summaries.open.set(keys.subarray(t * width, (t + 1) * width), slot * width);
        const isFull = slot === pageSize - 1;
        const page = Math.floor(at / pageSize);
        const [from, to] = [page * width, (page + 1) * width];
        const { open, low, high } = summaries;
        if (!isFull && !(partial && t === rows.count - 1)) {
          // What stood there may have been forgotten.
          if (slot === 0) [low, high].forEach((side) => side.fill(0, from, to));
          continue;
        }
        this.rule.summarise(open, slot + 1, shape, low.subarray(from, to), high.subarray(from, to));
      }
    }
    this.#length += rows.count;
  }

  /** Inputs of every retrieving layer; good until the next change. */
  feed(feeds: Record<string, Tensor>): void {
    const { pages } = this;
    for (const [layer, { low, high }] of this.#layers) {
      const shape = [pages, this.#width];
      feeds[`page_low_${String(layer)}`] = new Tensor('float32', low.subarray(0, pages * this.#width), shape);
      feeds[`page_high_${String(layer)}`] = new Tensor('float32', high.subarray(0, pages * this.#width), shape);
    }
  }

  get #width(): number {
    return this.#h.kvHeads * this.#h.headSize;
  }

  /** Turns keys to their positions, in place; pair c of a head is made of its numbers c and c + half. */
  #rotate(keys: Float32Array, layer: number, positions: readonly number[]): void {
    const tables = this.#tables[this.#h.groupOfLayer[layer] ?? 0];
    if (!tables) return;
    const { cos, sin } = tables.upTo(positions.reduce((most, position) => Math.max(most, position), 0) + 1);
    const half = cos.dims[1] ?? 0;
    if (!(cos.data instanceof Float32Array) || !(sin.data instanceof Float32Array)) return;
    for (const [t, position] of positions.entries()) {
      for (let start = t * this.#width; start < (t + 1) * this.#width; start += this.#h.headSize) {
        for (let c = 0; c < half; c++) {
          const [x, y] = [cos.data[position * half + c] ?? 1, sin.data[position * half + c] ?? 0];
          const [a, b] = [keys[start + c] ?? 0, keys[start + half + c] ?? 0];
          keys[start + c] = a * x - b * y;
          keys[start + half + c] = b * x + a * y;
        }
      }
    }
  }

  #reserve(pages: number): void {
    if (pages <= this.#capacity) return;
    this.#capacity = Math.max(pages, Math.ceil(1.5 * this.#capacity), firstPages);
    for (const summaries of this.#layers.values()) {
      summaries.low = grown(summaries.low, this.#capacity * this.#width);
      summaries.high = grown(summaries.high, this.#capacity * this.#width);
    }
  }
}

function grown(old: Float32Array, length: number): Float32Array {
  const made = new Float32Array(length);
  made.set(old);
  return made;
}
