/**
 * A working copy of one sequence's keys and values for the `rotated` graph: keys rotated to where their tokens stand, both sides rounded to
 * bytes (copied-bytes.ts). The cache itself stays as it is, un-rotated; this copy can be made again from it at any time.
 *
 * Order does not matter to attention, and rotation only by differences: the copy keeps its tokens in slots of any order and at positions
 * of its own, a shift away from the sequence's. So a window that slides moves nothing: the slot of the token that leaves is filled with
 * the last one, the shift grows by one, and only the sinks, which alone come nearer, are rotated again.
 *
 * Scales are taken from what is held when the copy is made, with room to spare, and again whenever that has grown enough: what a
 * token's numbers are rounded to thus depends on the tokens and on nothing else, be they computed one by one or several at once.
 */
import { Tensor } from '../onnxruntime.ts';
import { digitBase } from '../../models/graphs/digit-products.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import { CopiedBytes, type NewBytes, type Placement } from './copied-bytes.ts';
import type { GraphSessions } from '../step/graph-sessions.ts';
import type { KvCache } from './kv-cache.ts';
import type { RopeTables } from '../rope/tables.ts';
import type { Sequence } from './sequence.ts';

/** Scales are taken again when so many times more tokens are held, or so many more, up to as many again. */
const growth = 1.25;
const leastGrowth = 64;
/** A score that no weight comes of. */
const hidden = -1e25;
/** Slots that are made at a time: so many, or this part of what there are. */
const slotStep = 64;
const slotShare = 1 / 32;
/** Positions in the copy start again when they get this far beyond what is held; tables reach up to them. */
const furthestPosition = 32_768;

export class RotatedCopy {
  readonly #bytes: CopiedBytes;
  readonly #h: Hyperparameters;
  /** Serial of the token in each slot, and the position its key is rotated to. */
  #slots: number[] = [];
  #positions: number[] = [];
  readonly #slotOf = new Map<number, number>();
  #shift = 0;
  #sequence: Sequence | null = null;
  #version = -1;
  #tables: RopeTables | null = null;
  /** Tokens that the scales were taken from, the last of them, and how many are held that came since. */
  #measured = 0;
  #lastMeasured = -1;
  #since = 0;
  /** For each slot what is added to its score. */
  #free = new Float32Array(0);

  /** @param sessions in which the small graphs run that make it */
  constructor(cache: KvCache, h: Hyperparameters, sessions: Pick<GraphSessions, 'runAside'>) {
    this.#bytes = new CopiedBytes(cache, h, sessions);
    this.#h = h;
  }

  /** For how many tokens more the scales are good. */
  get #lasting(): number {
    return Math.max(Math.min(this.#measured, leastGrowth), Math.ceil((growth - 1) * this.#measured));
  }

  /** Forgets what it holds, so that the next copy depends on nothing before. */
  clear(): void {
    this.#slots = [];
    this.#positions = [];
    this.#slotOf.clear();
    this.#sequence = null;
    this.#measured = 0;
    this.#since = 0;
    this.#shift = 0;
  }

  /** Whether so many tokens can be computed at once as they would be one by one: no new scales become due between them. */
  canTake(sequence: Sequence, count: number): boolean {
    return sequence === this.#sequence && this.#since + count - 1 < this.#lasting;
  }

  /**
   * Makes the copy hold the sequence's tokens.
   * @param count of tokens that are to be computed
   * @returns the graph's inputs, but for `ids` and `rows`; valid until the next change
   * @throws LS3002
   */
  async prepare(sequence: Sequence, tables: RopeTables, count: number): Promise<Readonly<Record<string, Tensor>>> {
    if (tables !== this.#tables) this.clear();
    this.#tables = tables;
    this.#reserve(sequence.length + count);
    try {
      if (sequence !== this.#sequence || sequence.version !== this.#version) await this.#follow(sequence);
      if (this.#since >= this.#lasting) await this.#remake(sequence);
    } catch (error) {
      // Slots may be taken whose bytes are not there.
      this.clear();
      throw error;
    }
    const first = sequence.nextPosition + this.#shift;
    const { cos, sin } = tables.upTo(Math.max(first, sequence.length) + count);
    const { capacity, feeds } = this.#bytes;
    const free = this.#free.fill(0, 0, this.#slots.length).fill(hidden, this.#slots.length);
    return {
      ...feeds,
      ...this.#amongNew(count),
      cos,
      sin,
      new_positions: this.#positionsOf(first, count),
      free: new Tensor('float32', free, [capacity]),
      parts: new Tensor('int64', BigInt64Array.of(BigInt(capacity), BigInt(count)), [2]),
    };
  }

  /**
   * Told that the graph has computed the sequence's last `count` tokens.
   * @param first position of the first of them in the sequence @param bytes what it gave for them
   */
  accept(sequence: Sequence, count: number, first: number, bytes: NewBytes): void {
    const { length, serials } = sequence;
    this.#bytes.append(this.#slots.length, count, bytes);
    for (let t = 0; t < count; t++) this.#hold(serials[length - count + t] ?? 0, first + t + this.#shift);
    this.#since += count;
    // Where a window slid past something at the same time, the next step sees to it.
    if (this.#slots.length === length) this.#version = sequence.version;
  }

  /** Where the new tokens' queries and keys stand; their values are not rotated. */
  #positionsOf(first: number, count: number): Tensor {
    const { heads, kvHeads } = this.#h;
    const positions = new BigInt64Array((heads + 2 * kvHeads) * count);
    for (let i = 0; i < (heads + kvHeads) * count; i++) positions[i] = BigInt(first + (i % count));
    return new Tensor('int64', positions, [heads + 2 * kvHeads, count]);
  }

  /** What new tokens see of each other, and how their digits are put together; rows are tokens of a group's heads, head by head. */
  #amongNew(count: number): Record<string, Tensor> {
    const group = this.#h.heads / this.#h.kvHeads;
    const rows = count * group;
    // Both digits of a query see the same.
    const later = Float32Array.from({ length: 2 * rows * count }, (_, i) =>
      i % count > Math.floor(i / count) % count ? hidden : 0,
    );
    const fold = new Float32Array(2 * rows * rows);
    for (let row = 0; row < rows; row++) {
      fold[row * 2 * rows + row] = digitBase;
      fold[row * 2 * rows + rows + row] = 1;
    }
    return {
      later: new Tensor('float32', later, [2 * rows, count]),
      fold: new Tensor('float32', fold, [rows, 2 * rows]),
    };
  }

  /** Takes over what changed in the sequence: tokens that left, came or stand elsewhere. */
  async #follow(sequence: Sequence): Promise<void> {
    const { serials, positions, rows, length } = sequence;
    const wanted = new Set(serials);
    for (let slot = this.#slots.length - 1; slot >= 0; slot--)
      if (!wanted.has(this.#slots[slot] ?? -1)) this.#drop(slot);
    // The latest token that is held already stays where it is, and nearly all others with it.
    const anchor = serials.findLastIndex((serial) => this.#slotOf.has(serial));
    this.#shift =
      anchor < 0 ? 0 : (this.#positions[this.#slotOf.get(serials[anchor] ?? 0) ?? 0] ?? 0) - (positions[anchor] ?? 0);
    const lowest = positions.reduce((least, position) => Math.min(least, position), 0);
    const isFar = sequence.nextPosition + this.#shift > furthestPosition + 4 * length;
    if (this.#slots.length === 0 || lowest + this.#shift < 0 || isFar) {
      await this.#remake(sequence);
    } else {
      const changed: Placement[] = [];
      for (let i = 0; i < length; i++) {
        const serial = serials[i] ?? 0;
        const position = (positions[i] ?? 0) + this.#shift;
        const slot = this.#slotOf.get(serial);
        if (slot !== undefined && this.#positions[slot] === position) continue;
        if (slot === undefined) this.#since++;
        if (slot !== undefined) this.#positions[slot] = position;
        changed.push({ row: rows[i] ?? 0, slot: slot ?? this.#hold(serial, position), position });
      }
      await this.#bytes.fill(changed, this.#tablesHeld());
    }
    this.#sequence = sequence;
    this.#version = sequence.version;
  }

  /** All of it again, with scales of what is there now. */
  async #remake(sequence: Sequence): Promise<void> {
    this.clear();
    const { serials, positions, rows } = sequence;
    this.#sequence = sequence;
    this.#version = sequence.version;
    this.#measured = sequence.length;
    this.#lastMeasured = serials.reduce((latest, serial) => Math.max(latest, serial), -1);
    for (const [i, serial] of serials.entries()) this.#hold(serial, positions[i] ?? 0);
    const tables = this.#tablesHeld();
    // The tables lengthen what they rotate where the scaling has an attention factor.
    await this.#bytes.measure(rows, Number(tables.upTo(1).cos.data[0] ?? 1));
    await this.#bytes.fill(
      rows.map((row, slot) => ({ row, slot, position: positions[slot] ?? 0 })),
      tables,
    );
  }

  #tablesHeld(): RopeTables {
    if (!this.#tables) throw new Error('nothing to rotate by');
    return this.#tables;
  }

  #hold(serial: number, position: number): number {
    const slot = this.#slots.length;
    this.#slots.push(serial);
    this.#positions.push(position);
    this.#slotOf.set(serial, slot);
    return slot;
  }

  /** Empties a slot; the last one's token moves into it. */
  #drop(slot: number): void {
    const last = this.#slots.length - 1;
    const dropped = this.#slots[slot] ?? -1;
    if (dropped > this.#lastMeasured) this.#since--;
    this.#slotOf.delete(dropped);
    if (slot < last) {
      this.#bytes.move(last, slot);
      const moved = this.#slots[last] ?? 0;
      this.#slots[slot] = moved;
      this.#positions[slot] = this.#positions[last] ?? 0;
      this.#slotOf.set(moved, slot);
    }
    this.#slots.pop();
    this.#positions.pop();
  }

  #reserve(slots: number): void {
    const step = Math.max(slotStep, Math.ceil((slots * slotShare) / slotStep) * slotStep);
    if (slots > this.#bytes.capacity) this.#bytes.reserve(Math.ceil(slots / step) * step);
    const { capacity } = this.#bytes;
    if (this.#free.length !== capacity) this.#free = new Float32Array(capacity);
  }
}
