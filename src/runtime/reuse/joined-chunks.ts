/**
 * Chunks that were read apart, put behind one prefix in any order: their keys and values are taken from the disk or computed there once,
 * placed one behind the other, and repaired in one pass with what follows them.
 */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import { floatsOfParts, partsOfFloats } from '../cache/cache-rows.ts';
import type { StoredRows } from '../cache/cache-store.ts';
import { readPrompt } from '../generate/reread-steps.ts';
import type { Kept, PrefixCache } from '../prefix-cache/prefix-cache.ts';
import type { Inference, KvRun } from '../step/inference.ts';
import { type Repair, repaired } from './repair.ts';

/**
 * Keys and values of a chunk that stands right behind what the state holds, from the disk where they are there, else computed and kept.
 * @param state holds the prefix, and does so afterwards
 * @param prefixes where chunks are kept; null: nowhere
 * @param as how it is kept
 * @returns its rows, and how many of its tokens came from the disk
 * @throws LS3002, CancelledError
 */
export async function readChunk(
  state: Inference,
  chunk: readonly number[],
  prefixes: PrefixCache | null,
  signal: AbortSignal,
  as?: Kept,
): Promise<KvRun & { readonly restored: number }> {
  const prefix = state.consumed();
  const apart = state.fork();
  try {
    const prompt = [...prefix, ...chunk];
    // The last token of a prompt is always left to compute; a chunk has none that is wanted for its logits.
    const kept = (await prefixes?.restore(apart, [...prompt, 0], signal, as)) ?? null;
    await readPrompt(apart, prompt, apart.length, () => undefined, signal);
    await kept?.keep(true);
    return { ...(await apart.take(prefix.length, chunk)), restored: kept?.restored ?? 0 };
  } finally {
    apart.dispose();
  }
}

/**
 * Places chunks behind what the state holds and reads what follows them.
 * @param state of its own cache, at plain positions
 * @param tail what follows the chunks; not empty
 * @param deviation as {@link repaired} wants it
 * @returns logits behind the last token, [vocabulary], and how many tokens of the chunks were computed again
 * @throws LS3002, CancelledError
 */
export async function joinChunks(
  state: Inference,
  runs: readonly KvRun[],
  tail: readonly number[],
  repair: Repair,
  deviation: Float64Array | null,
  signal: AbortSignal,
): Promise<{ readonly logits: Float32Array; readonly computed: number }> {
  const start = state.length;
  if (repair.kind === 'stacked') {
    const longest = runs.toSorted((a, b) => a.ids.length - b.ids.length);
    for (const run of longest) state.placeMoved(cooled(state, run, repair.temperature), start);
    return { logits: await readTail(state, tail, signal), computed: 0 };
  }
  for (const run of runs) state.placeMoved(run);
  const again = repaired(
    repair,
    runs.map(({ ids }) => ids.length),
    deviation,
  );
  const chunkIds = runs.flatMap(({ ids }) => ids);
  const end = start + chunkIds.length;
  const ids = [...again.map((i) => chunkIds[i] ?? 0), ...tail];
  const positions = [...again.map((i) => start + i), ...tail.map((_, i) => end + i)];
  let logits: Float32Array = new Float32Array(0);
  for (let done = 0; done < ids.length;) {
    throwIfCancelled(signal);
    const until = done + state.sliceLength('last');
    logits = await state.stepAmong(ids.slice(done, until), positions.slice(done, until), 'last');
    done = Math.min(until, ids.length);
    await yieldToEventLoop();
  }
  return { logits, computed: again.length };
}

async function readTail(state: Inference, tail: readonly number[], signal: AbortSignal): Promise<Float32Array> {
  let logits: Float32Array = new Float32Array(0);
  for (let done = 0; done < tail.length;) {
    throwIfCancelled(signal);
    const slice = tail.slice(done, done + state.sliceLength('last'));
    logits = await state.step(slice, 'last');
    done += slice.length;
    await yieldToEventLoop();
  }
  return logits;
}

/** The run with its keys divided by a temperature: its scores are then divided by it, whatever its positions. */
function cooled({ cache: { type, shape } }: Inference, { ids, rows }: KvRun, temperature: number): KvRun {
  const layers: StoredRows['layers'] = rows.layers.map(({ k, v }) => ({
    k: partsOfFloats(
      type,
      shape,
      floatsOfParts(type, shape, k, rows.count).map((value) => value / temperature),
      rows.count,
    ),
    v,
  }));
  return { ids, rows: { count: rows.count, layers } };
}
