/**
 * Where the keys and values of the tokens lie: what a decoder's state needs of it, whether they are in memory (kv-cache.ts) or on the
 * graphics processor (webgpu/device-cache.ts).
 */
import type { Tensor } from '../onnxruntime.ts';
import type { CacheType } from '../../models/graphs/graph-spec.ts';
import type { RowShape } from './cache-rows.ts';

/** What a graph gave for new tokens: float32 [count, kvHeads * headSize] a layer and side. */
export type NewRows = (layer: number) => { readonly k: Float32Array; readonly v: Float32Array };

/** The stored rows of some tokens, of all layers, keys first; they can be put into a cache of the same type and sizes. */
export interface StoredRows {
  readonly count: number;
  readonly layers: readonly {
    readonly k: readonly (Float32Array | Uint16Array | Int8Array)[];
    readonly v: readonly (Float32Array | Uint16Array | Int8Array)[];
  }[];
}

/** Whoever has rows and has to know when they move. */
export interface RowHolder {
  /** @param rows where each that moved is now */
  moved(rows: ReadonlyMap<number, number>): void;
}

export interface CacheStore {
  readonly type: CacheType;
  readonly shape: RowShape;
  /** One past the last row in use. */
  readonly end: number;
  /** Bytes that a token takes. */
  readonly bytesPerToken: number;
  /** True when every row below the end is in use by somebody and where the graph can read it. */
  readonly isDense: boolean;
  /** Whether a layer can be fed a part of the rows without a copy. */
  readonly feedsParts: boolean;
  register(holder: RowHolder): void;
  unregister(holder: RowHolder): void;
  /** Told how many rows are likely to be held. */
  expect(rows: number): void;
  /** Makes the cache dense; rows may move, and every sequence hears of it. */
  compact(): void | Promise<void>;
  /** Inputs of the graph for a layer's rows from `from` to `to`; valid until the next change. */
  feed(layer: number, from: number, to: number, feeds: Record<string, Tensor>): void;
  /** Told what a step of `count` tokens gave, before any of its rows is stored. */
  absorb(outputs: Readonly<Record<string, Tensor>>, count: number): void;
  /**
   * Stores new tokens.
   * @param sources which of the graph's new rows are stored, ascending
   * @returns their rows, in the same order; each has one owner
   */
  store(sources: readonly number[], newRows: NewRows): number[];
  /** One more owner for each of the rows. */
  share(rows: readonly number[]): void;
  /** One owner fewer; rows without any are free. */
  release(rows: readonly number[]): void;
  /** A copy of rows as they are stored. */
  take(rows: readonly number[]): StoredRows | Promise<StoredRows>;
  /** Puts stored rows behind the others. @returns their rows */
  put(stored: StoredRows): number[];
}
