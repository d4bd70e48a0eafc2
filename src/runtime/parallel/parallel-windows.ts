/**
 * Parallel context windows (Ratner et al. 2023): several texts are read each by itself, at the same positions from 0 on, and then
 * lie in the cache together; the task stands behind the longest and sees them all. So more text is read than the positions reach.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Inference } from '../step/inference.ts';
import { readTogether } from './read-together.ts';

/**
 * Reads the windows. A beginning token is kept of the longest window alone: the task would see it once a window, which it never
 * did in training. The longest window comes last in the cache, so that what follows stands behind it.
 * @param base an empty state whose scheme is that of all; it stays empty
 * @param windows ids of each text, with the beginning token where the tokenizer has one @param beginId that token
 * @returns a state that holds all of them; the caller disposes of it
 * @throws LS3005 for a window without tokens, LS3002, CancelledError
 */
export async function readWindows(
  base: Inference,
  windows: readonly (readonly number[])[],
  beginId: number | null,
  onRead: (count: number) => void,
  signal: AbortSignal,
): Promise<Inference> {
  if (windows.length === 0 || windows.some(({ length }) => length === 0))
    throw fault('LS3005', say('a parallel window needs a text'));
  const readings = windows.map((ids) => ({ state: base.sibling(), ids }));
  const joined = base.sibling();
  try {
    await readTogether(readings, onRead, signal);
    const ascending = readings.toSorted((a, b) => a.ids.length - b.ids.length);
    const longest = ascending.at(-1);
    for (const { state, ids } of ascending) {
      const from = state !== longest?.state && beginId !== null && ids[0] === beginId ? 1 : 0;
      joined.place(await state.take(from, ids.slice(from)), from);
      state.dispose();
    }
    return joined;
  } catch (error) {
    joined.dispose();
    throw error;
  } finally {
    for (const { state } of readings) if (state.length > 0) state.dispose();
  }
}
