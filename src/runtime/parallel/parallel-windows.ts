/**
 * Parallel context windows (Ratner et al. 2023): several texts are read each by itself, at the same positions, and then lie in the
 * cache together; the task stands behind the longest and sees them all. So more text is read than the positions reach.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Inference } from '../step/inference.ts';
import type { ContextIds } from './context-ids.ts';
import { readTogether } from './read-together.ts';

/**
 * Reads the windows. What stands before each of them, in the paper the beginning token, is read and kept once: the task would see it
 * once a window, which it never did in training. The longest window comes last in the cache, so that what follows stands behind it.
 * @param base an empty state whose scheme is that of all; it stays empty
 * @returns a state that holds all of them; the caller disposes of it
 * @throws LS3005 for a window without tokens, LS3002, CancelledError
 */
export async function readWindows(
  base: Inference,
  { shared, windows }: Omit<ContextIds, 'question'>,
  onRead: (count: number) => void,
  signal: AbortSignal,
): Promise<Inference> {
  if (windows.length === 0 || windows.some(({ length }) => length === 0))
    throw fault('LS3005', say('a parallel window needs a text'));
  const head = base.sibling();
  const readings: { readonly state: Inference; readonly ids: readonly number[] }[] = [];
  const joined = base.sibling();
  try {
    if (shared.length > 0) await readTogether([{ state: head, ids: shared }], onRead, signal);
    for (const ids of windows) readings.push({ state: head.fork(), ids });
    await readTogether(readings, onRead, signal);
    if (shared.length > 0) joined.place(await head.take(0, shared), 0);
    for (const { state, ids } of readings.toSorted((a, b) => a.ids.length - b.ids.length)) {
      joined.place(await state.take(shared.length, ids), shared.length);
      // What is copied needs its place no longer.
      state.dispose();
      readings.splice(
        readings.findIndex((one) => one.state === state),
        1,
      );
    }
    return joined;
  } catch (error) {
    joined.dispose();
    throw error;
  } finally {
    for (const { state } of readings) state.dispose();
    head.dispose();
  }
}
