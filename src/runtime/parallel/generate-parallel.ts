/** One request over several contexts at once, in parallel windows or by NBCE, from its texts to its last token. */
import type { ParallelContexts } from '../decoder.ts';
import type { Inference } from '../step/inference.ts';
import type { AnswerSteps } from '../generate/sample-answer.ts';
import type { ContextIds } from './context-ids.ts';
import { NbceSteps } from './nbce.ts';
import { usualNbce } from './nbce-mixture.ts';
import { readTogether } from './read-together.ts';
import { readWindows } from './parallel-windows.ts';

/** What an answer is sampled from. */
export interface ReadContexts {
  readonly first: Float32Array;
  readonly steps: AnswerSteps;
  /** Tokens that were read. */
  readonly tokens: number;
  dispose(): void;
}

/**
 * Reads the contexts and the question.
 * @param base a state with the request's scheme; what it held is forgotten
 * @throws LS3002, CancelledError between two slices
 */
export async function readContexts(
  base: Inference,
  method: ParallelContexts['method'],
  ids: ContextIds,
  onRead: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReadContexts> {
  const { shared, windows, question } = ids;
  base.reset();
  const inWindows = windows.reduce((sum, { length }) => sum + length, 0);
  const total =
    method === 'nbce'
      ? inWindows + (windows.length + 1) * (shared.length + question.length)
      : shared.length + inWindows + question.length;
  let done = 0;
  const count = (tokens: number): void => {
    done += tokens;
    onRead(done, total);
  };
  if (method === 'nbce') {
    const prompts = [...windows, []].map((window) => [...shared, ...window, ...question]);
    const { steps, first } = await NbceSteps.begin(base, prompts, usualNbce, count, signal);
    return {
      first,
      steps,
      tokens: total,
      dispose: () => {
        steps.dispose();
      },
    };
  }
  const state = await readWindows(base, { shared, windows }, count, signal);
  try {
    const [first = new Float32Array(0)] = await readTogether([{ state, ids: question }], count, signal);
    const after = (id: number): Promise<Float32Array> => state.step([id], 'last');
    return {
      first,
      steps: { after },
      tokens: total,
      dispose: () => {
        state.dispose();
      },
    };
  } catch (error) {
    state.dispose();
    throw error;
  }
}
