/**
 * Keys and values of what was read before, kept on disk: a prompt that begins like an earlier one, in this process or in one that has
 * ended, is read from where they part.
 *
 * Texts are kept in segments that form a tree, as in RadixAttention (Zheng et al. 2024, SGLang): each was read behind its parent, and
 * the key of a segment is that of all tokens from the beginning on. A prompt follows the tree as far as it goes; a segment that it
 * shares the beginning of gives that beginning.
 */
import { throwIfCancelled } from '../../base/cancellation.ts';
import type { LongsightError } from '../../base/errors.ts';
import { prefixesFolder } from '../../models/home.ts';
import { storageFault } from '../../models/store/storage-faults.ts';
import { floatsOfParts, partsOfFloats } from '../cache/cache-rows.ts';
import type { StoredRows } from '../cache/cache-store.ts';
import type { Inference } from '../step/inference.ts';
import {
  type Segment,
  type StoredIdentity,
  decodeHeader,
  decodeSegment,
  encodeSegment,
  keyOf,
  longestSegment,
  mostBytes,
  rootKey,
} from './segment-file.ts';
import {
  type SegmentName,
  fileOf,
  folderOf,
  latestFirst,
  listSegments,
  markUsed,
  readSegment,
  readStart,
  removeSegment,
  trimSegments,
  writeSegment,
} from './segment-folder.ts';

/** A prompt of fewer tokens is read sooner than it is worth a file. */
const fewestTokens = 64;
/** How many of the segments that a prompt may share the beginning of are opened. */
const mostOpened = 16;
/** A beginning that is shorter than this gets no segment of its own. */
const worthBranch = 16;
/** The header of a segment fits into it. */
const startBytes = 16 * 1024;

/** How rows are kept. */
export type Kept = Pick<StoredIdentity, 'precision' | 'moved'>;

const exactBytes: Kept = { precision: 'bytes', moved: false };

export class PrefixCache {
  readonly #folder: string;
  /** Files are written one after another, behind the requests. */
  #writing: Promise<void> = Promise.resolve();
  #fault: LongsightError | null = null;

  /** @param home LONGSIGHT_HOME */
  constructor(home: string) {
    this.#folder = prefixesFolder(home);
  }

  /** Why the last file could not be written; null: it could. */
  get fault(): LongsightError | null {
    return this.#fault;
  }

  /** Once nothing is left to be written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * Puts what is kept of a prompt behind what the state holds of it.
   * @param state that has begun the prompt: what it holds is the prompt's beginning
   * @param kept what is looked for, and what is kept of this prompt
   * @returns null where nothing can be kept: the prompt is short, or its positions or its mask are not plain
   * @throws CancelledError
   */
  async restore(
    state: Inference,
    prompt: readonly number[],
    signal: AbortSignal,
    kept: Kept = exactBytes,
  ): Promise<KeptPrefix | null> {
    const identity = storedAs(state, kept);
    if (!identity || prompt.length < fewestTokens) return null;
    const prefix = new KeptPrefix(state, identity, folderOf(this.#folder, rootKey(identity)), this);
    await prefix.restore(prompt, signal);
    return prefix;
  }

  /** Writes a file behind the others. */
  write(file: string, bytes: Buffer): void {
    this.#then(() => writeSegment(file, bytes));
  }

  /** Removes what was not used for longest. @param limit bytes */
  trim(limit: number): void {
    this.#then(() => trimSegments(this.#folder, limit));
  }

  #then(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).then(
      () => {
        this.#fault = null;
      },
      (error: unknown) => {
        // Whatever hinders it, answers go on without it.
        this.#fault = storageFault(error, this.#folder) ?? null;
      },
    );
  }
}

/** What is kept of one prompt, and of the answer behind it. */
export class KeptPrefix {
  readonly #state: Inference;
  readonly #identity: StoredIdentity;
  readonly #folder: string;
  readonly #cache: PrefixCache;
  /** Tokens in the segments that were followed, and the key of the last. */
  #length = 0;
  #key: string;
  /** Tokens that the next segment should have, where another text parts from this one there. */
  #branch = 0;
  #restored = 0;

  constructor(state: Inference, identity: StoredIdentity, folder: string, cache: PrefixCache) {
    this.#state = state;
    this.#identity = identity;
    this.#folder = folder;
    this.#cache = cache;
    this.#key = rootKey(identity);
  }

  /** Tokens that came from the disk. */
  get restored(): number {
    return this.#restored;
  }

  async restore(prompt: readonly number[], signal: AbortSignal): Promise<void> {
    const state = this.#state;
    // The last token is left to compute, for its logits.
    const most = prompt.length - 1;
    const used: string[] = [];
    const children = await listSegments(this.#folder);
    for (;;) {
      throwIfCancelled(signal);
      const whole = this.#wholeChild(children, prompt, most);
      if (!whole) break;
      const file = fileOf(this.#folder, whole);
      const end = this.#length + whole.length;
      if (end > state.length) {
        const segment = await this.#open(file, whole, children);
        if (!segment) continue;
        this.#place(segment, state.length - this.#length, whole.length);
      }
      used.push(file);
      this.#length = end;
      this.#key = whole.key;
    }
    await this.#restoreBeginning(children, prompt.slice(0, most), used);
    await markUsed(used);
  }

  /**
   * Keeps what the state has read since, in the background.
   * @param isLast whether what does not fill a segment is kept too
   */
  async keep(isLast: boolean): Promise<void> {
    const state = this.#state;
    // A window may have slid since, or all of it been read again by other rotations.
    const identity = storedAs(state, this.#identity);
    if (!identity || rootKey(identity) !== rootKey(this.#identity)) return;
    const ids = state.consumed();
    const held = Math.min(state.length, ids.length);
    if (isLast) {
      const children = await listSegments(this.#folder);
      for (let next = this.#wholeChild(children, ids, held); next; next = this.#wholeChild(children, ids, held)) {
        this.#length += next.length;
        this.#key = next.key;
        this.#branch = 0;
      }
    }
    for (;;) {
      const wanted = this.#branch >= worthBranch ? this.#branch : longestSegment;
      const length = Math.min(wanted, held - this.#length);
      if (length <= 0 || (length < wanted && !isLast)) break;
      await this.#write(ids.slice(this.#length, this.#length + length));
      this.#branch = 0;
    }
  }

  /** The longest segment that continues what was followed and that the ids have whole. */
  #wholeChild(
    children: ReadonlyMap<string, readonly SegmentName[]>,
    ids: readonly number[],
    most: number,
  ): SegmentName | null {
    const at = this.#length;
    return (
      children
        .get(this.#key)
        ?.filter(({ length }) => at + length <= most)
        .toSorted((a, b) => b.length - a.length)
        .find(({ length, key }) => keyOf(this.#key, ids.slice(at, at + length)) === key) ?? null
    );
  }

  /** The beginning of a segment that goes on otherwise than the ids. */
  async #restoreBeginning(
    children: ReadonlyMap<string, readonly SegmentName[]>,
    ids: readonly number[],
    used: string[],
  ): Promise<void> {
    const state = this.#state;
    const candidates = children.get(this.#key) ?? [];
    const rest = ids.slice(this.#length);
    let best: { readonly name: SegmentName; readonly common: number } | null = null;
    for (const name of (await latestFirst(this.#folder, candidates)).slice(0, mostOpened)) {
      const file = fileOf(this.#folder, name);
      const start = await readStart(file, startBytes);
      const header = start && decodeHeader(start, this.#identity);
      if (!header || keyOf(header.parent, header.ids) !== name.key) {
        await removeSegment(file);
        continue;
      }
      const common = commonLength(header.ids, rest);
      if (common > (best?.common ?? 0)) best = { name, common };
    }
    if (!best) return;
    const file = fileOf(this.#folder, best.name);
    const segment = await this.#open(file, best.name, null);
    if (!segment) return;
    this.#branch = best.common;
    if (this.#length + best.common <= state.length) return;
    this.#place(segment, state.length - this.#length, best.common);
    used.push(file);
  }

  /** @returns null for one that is gone or damaged, which is then forgotten and written again */
  async #open(file: string, name: SegmentName, children: Map<string, SegmentName[]> | null): Promise<Segment | null> {
    const bytes = await readSegment(file, mostBytes(this.#identity));
    const segment = bytes && decodeSegment(bytes, this.#identity);
    if (segment && segment.parent === name.parent && keyOf(segment.parent, segment.ids) === name.key) return segment;
    await removeSegment(file);
    children?.set(name.parent, children.get(name.parent)?.filter(({ key }) => key !== name.key) ?? []);
    return null;
  }

  #place({ ids, rows: rowsOf }: Segment, from: number, to: number): void {
    const { type, shape } = this.#state.cache;
    const count = to - from;
    const rows: StoredRows = {
      count,
      layers: rowsOf(from, to).map(({ k, v }) => ({
        k: partsOfFloats(type, shape, k, count),
        v: partsOfFloats(type, shape, v, count),
      })),
    };
    const run = { ids: ids.slice(from, to), rows };
    if (this.#identity.moved) this.#state.placeMoved(run);
    else this.#state.place(run);
    this.#restored += count;
  }

  async #write(ids: readonly number[]): Promise<void> {
    const { type, shape } = this.#state.cache;
    const count = ids.length;
    const { rows } = await this.#state.take(this.#length, ids);
    const layers = rows.layers.map(({ k, v }) => ({
      k: floatsOfParts(type, shape, k, count),
      v: floatsOfParts(type, shape, v, count),
    }));
    const name = { parent: this.#key, length: count, key: keyOf(this.#key, ids) };
    this.#cache.write(fileOf(this.#folder, name), encodeSegment(name.parent, ids, layers, this.#identity));
    this.#length += count;
    this.#key = name.key;
  }
}

/** What the state's rows are kept under; null where they are not what is wanted. */
function storedAs(state: Inference, { precision, moved }: Kept): StoredIdentity | null {
  const { identity } = state;
  return identity && (moved || !state.isApproximate) ? { ...identity, precision, moved } : null;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let common = 0;
  while (common < most && a[common] === b[common]) common++;
  return common;
}
