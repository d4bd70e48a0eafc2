/**
 * What a prompt has in common with the one before it, wherever it stood there: its keys and values are taken along to where it stands
 * now. Keys are kept un-rotated, so that the new position is exact; what the tokens saw before them then is not what they would see now.
 * Their first tokens, which lean most on what stands before, are computed again (EPIC's LegoLink, Hu et al. 2024).
 */
import { readPrompt } from '../generate/reread-steps.ts';
import type { Inference, KvRun } from '../step/inference.ts';

/** A shorter run is as soon computed as moved. */
const shortestRun = 24;
/** Tokens at the beginning of a run that are computed again. */
const computedAgain = 8;

interface Run {
  /** Index of its first token in the new prompt. */
  readonly at: number;
  /** Index of its first token in what was read before. */
  readonly from: number;
  readonly length: number;
}

/** Keys and values of a part of the prompt, and where that begins. */
export interface MovedRun {
  readonly at: number;
  readonly run: KvRun;
}

/**
 * The longest runs, from left to right, that are anywhere in what was read before.
 * @param first index in the prompt from which to look: what comes before it is in place
 */
export function runsIn(before: readonly number[], prompt: readonly number[], first: number): Run[] {
  const places = new Map<string, number>();
  const key = (ids: readonly number[], at: number): string => ids.slice(at, at + shortestRun).join(' ');
  for (let at = before.length - shortestRun; at >= 0; at--) places.set(key(before, at), at);
  const runs: Run[] = [];
  for (let at = first; at + shortestRun <= prompt.length;) {
    const from = places.get(key(prompt, at));
    if (from === undefined) {
      at += 1;
      continue;
    }
    let length = shortestRun;
    while (at + length < prompt.length && prompt[at + length] === before[from + length]) length += 1;
    runs.push({ at, from, length });
    at += length;
  }
  return runs;
}

/** Takes the runs of the prompt out of a state that holds the prompt before it; none where its rows stand for nothing else. */
export async function takeMoved(state: Inference, prompt: readonly number[]): Promise<MovedRun[]> {
  const before = state.consumed();
  if (state.identity === null || state.length !== before.length) return [];
  let first = 0;
  while (first < Math.min(before.length, prompt.length) && before[first] === prompt[first]) first += 1;
  const moved: MovedRun[] = [];
  for (const { at, from, length } of runsIn(before, prompt, first)) {
    // The prompt's last token is computed in any case, for its logits.
    const end = Math.min(at + length, prompt.length - 1);
    const start = at + computedAgain;
    if (end <= start) continue;
    moved.push({ at: start, run: await state.take(from + computedAgain, prompt.slice(start, end)) });
  }
  return moved;
}

/**
 * Reads a prompt up to behind its last moved run, which are put in place.
 * @param start tokens of the prompt that are held
 * @returns how many tokens are held then, and how many of them came with the runs
 * @throws LS3002, CancelledError
 */
export async function readAroundMoved(
  state: Inference,
  prompt: readonly number[],
  runs: readonly MovedRun[],
  start: number,
  onRead: (done: number) => void,
  signal: AbortSignal,
): Promise<{ readonly held: number; readonly moved: number }> {
  let held = start;
  let moved = 0;
  // What came from the disk may reach further than what the state held.
  for (const { at, run } of runs.filter((one) => one.at >= start)) {
    if (at > held) await readPrompt(state, prompt.slice(0, at), held, onRead, signal);
    state.placeMoved(run);
    held = at + run.ids.length;
    moved += run.ids.length;
  }
  return { held, moved };
}
