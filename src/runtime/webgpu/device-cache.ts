/**
 * The KV cache on the graphics processor: one tensor a layer and side, un-rotated, [row, kvHeads * headSize].
 *
 * A device tensor cannot be written into, so every step gives new ones, the old rows with the new ones behind them, and the old ones
 * are given back at once. Forgetting only marks rows; before the next step those that are left are gathered on the device, in their
 * order. Nothing but the logits crosses the bus, and rows that are taken out or put in.
 */
import { Tensor } from '../onnxruntime.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import { type RowShape, float16Tensor, rowBytes } from '../cache/cache-rows.ts';
import type { CacheStore, RowHolder, StoredRows } from '../cache/cache-store.ts';
import type { GraphSessions } from '../step/graph-sessions.ts';
import { type RowGraphShape, chosenRowsGraph, joinedRowsGraph, rowNames } from './row-graphs.ts';

type Tensors = Readonly<Record<string, Tensor>>;

export class DeviceCache implements CacheStore {
  readonly type: CacheType;
  readonly shape: RowShape;
  readonly feedsParts = false;
  readonly #layers: number;
  readonly #graphs: RowGraphShape;
  readonly #sessions: GraphSessions;
  readonly #holders = new Set<RowHolder>();
  /** How many sequences have each row, of those on the device and those on the way there. */
  #owners: number[] = [];
  #free = 0;
  /** `k_i` and `v_i`; null while there are no rows. */
  #tensors: Tensors | null = null;
  /** Rows in the tensors. */
  #rows = 0;
  /** The first row of the last step. */
  #first = 0;
  /** Rows that are to go behind them. */
  readonly #arriving: StoredRows[] = [];

  /** @param type float32 or float16 @param sessions of the graphs whose rows these are */
  constructor(layers: number, shape: RowShape, type: CacheType, sessions: GraphSessions) {
    if (type === 'int8') throw fault('LS3005', say('the graphics processor has no cache of int8'));
    this.type = type;
    this.shape = shape;
    this.#layers = layers;
    this.#graphs = { layers, width: shape.kvHeads * shape.headSize, type: type === 'f16' ? 'float16' : 'float32' };
    this.#sessions = sessions;
  }

  get end(): number {
    return this.#owners.length;
  }

  get bytesPerToken(): number {
    return 2 * this.#layers * rowBytes(this.type, this.shape);
  }

  get isDense(): boolean {
    return this.#free === 0 && this.#arriving.length === 0;
  }

  /** Every step brings tensors of its own. */
  expect(): void {}

  register(holder: RowHolder): void {
    this.#holders.add(holder);
  }

  unregister(holder: RowHolder): void {
    this.#holders.delete(holder);
  }

  feed(layer: number, from: number, to: number, feeds: Record<string, Tensor>): void {
    if (from !== 0 || to !== this.#rows) throw new RangeError('rows on the device are fed as a whole');
    for (const side of ['k', 'v']) {
      const name = `${side}_${String(layer)}`;
      feeds[`past_${name}`] =
        this.#tensors?.[name] ?? this.#tensorOf(this.type === 'f16' ? new Uint16Array(0) : new Float32Array(0), 0);
    }
  }

  absorb(outputs: Tensors, count: number): void {
    this.#first = this.#rows;
    this.#replace(outputs, this.#rows + count);
    // Until somebody stores them they are nobody's.
    for (let i = 0; i < count; i++) this.#owners.push(0);
    this.#free += count;
  }

  store(sources: readonly number[]): number[] {
    const rows = sources.map((source) => this.#first + source);
    for (const row of rows) this.#owners[row] = 1;
    this.#free -= rows.length;
    return rows;
  }

  share(rows: readonly number[]): void {
    for (const row of rows) this.#owners[row] = (this.#owners[row] ?? 0) + 1;
  }

  release(rows: readonly number[]): void {
    for (const row of rows) {
      const left = (this.#owners[row] ?? 0) - 1;
      if (left < 0) throw new RangeError('nobody has that row');
      this.#owners[row] = left;
      if (left === 0) this.#free += 1;
    }
  }

  /** Takes the rows that were put in to the device and closes holes, so that the others keep their order. */
  async compact(): Promise<void> {
    if (this.#free > 0 && this.#free === this.#owners.length) {
      this.#arriving.length = 0;
      this.#replace(null, 0);
      this.#owners = [];
      this.#free = 0;
      return;
    }
    await this.#join();
    if (this.#free === 0) return;
    const kept: number[] = [];
    const moves = new Map<number, number>();
    for (const [row, owners] of this.#owners.entries()) {
      if (owners === 0) continue;
      if (kept.length !== row) moves.set(row, kept.length);
      kept.push(row);
    }
    this.#replace(await this.#chosen(kept, 'device'), kept.length);
    this.#owners = kept.map((row) => this.#owners[row] ?? 0);
    this.#free = 0;
    for (const holder of this.#holders) holder.moved(moves);
  }

  async take(rows: readonly number[]): Promise<StoredRows> {
    await this.#join();
    const tensors = rows.length === 0 ? {} : await this.#chosen(rows, 'memory');
    const side = (name: string): StoredRows['layers'][number]['k'] => [numbersOf(tensors[name])];
    return {
      count: rows.length,
      layers: Array.from({ length: this.#layers }, (_, i) => ({
        k: side(`k_${String(i)}`),
        v: side(`v_${String(i)}`),
      })),
    };
  }

  put(stored: StoredRows): number[] {
    if (stored.layers.length !== this.#layers) throw new RangeError('the stored rows are of another model');
    const first = this.#owners.length;
    this.#arriving.push(stored);
    for (let i = 0; i < stored.count; i++) this.#owners.push(1);
    return Array.from({ length: stored.count }, (_, i) => first + i);
  }

  async #join(): Promise<void> {
    for (let next = this.#arriving.shift(); next; next = this.#arriving.shift()) {
      const { count, layers } = next;
      const feeds: Record<string, Tensor> = { ...this.#past() };
      for (const [i, { k, v }] of layers.entries()) {
        feeds[`added_k_${String(i)}`] = this.#tensorOf(k[0], count);
        feeds[`added_v_${String(i)}`] = this.#tensorOf(v[0], count);
      }
      const joined = await this.#sessions.runAside(
        `joined-rows ${this.type}`,
        () => joinedRowsGraph(this.#graphs),
        feeds,
        'device',
      );
      this.#replace(joined, this.#rows + count);
    }
  }

  #chosen(rows: readonly number[], place: 'device' | 'memory'): Promise<Tensors> {
    const feeds = {
      ...this.#past(),
      rows: new Tensor('int64', BigInt64Array.from(rows, BigInt), [rows.length]),
    };
    return this.#sessions.runAside(`chosen-rows ${this.type}`, () => chosenRowsGraph(this.#graphs), feeds, place);
  }

  #past(): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (let layer = 0; layer < this.#layers; layer++) this.feed(layer, 0, this.#rows, feeds);
    return feeds;
  }

  /** @param tensors that hold `rows` rows; those before are given back to the device */
  #replace(tensors: Tensors | null, rows: number): void {
    for (const tensor of Object.values(this.#tensors ?? {})) tensor.dispose();
    const names = rowNames(this.#layers);
    this.#tensors = tensors && Object.fromEntries(names.map((name) => [name, present(tensors[name], name)]));
    this.#rows = rows;
  }

  #tensorOf(numbers: StoredRows['layers'][number]['k'][number] | undefined, count: number): Tensor {
    const dims = [count, this.#graphs.width];
    if (this.type === 'f32' && numbers instanceof Float32Array) return new Tensor('float32', numbers, dims);
    if (this.type === 'f16' && numbers instanceof Uint16Array) return float16Tensor(numbers, dims);
    throw new RangeError('the stored rows are of another type');
  }
}

function present(tensor: Tensor | undefined, name: string): Tensor {
  if (!tensor) throw new Error(`the graph has no output "${name}"`);
  return tensor;
}

/** A copy of the numbers, float16 as bits. */
function numbersOf(tensor: Tensor | undefined): Float32Array | Uint16Array {
  const data = tensor?.data;
  if (data instanceof Float32Array) return data.slice();
  if (ArrayBuffer.isView(data)) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2).slice();
  return new Float32Array(0);
}
