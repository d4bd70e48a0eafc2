/** One request over several contexts at once, in parallel windows or by NBCE, from its texts to its last token. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { ParallelContexts } from '../decoder.ts';
import type { Inference } from '../step/inference.ts';
import type { AnswerSteps } from '../generate/sample-answer.ts';
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

/** The ids a request makes of its texts. */
export interface ContextIds {
  readonly contexts: readonly (readonly number[])[];
  readonly question: readonly number[];
  /** Tokens in the longest sequence that is read. */
  readonly longest: number;
  /** Tokens in all. */
  readonly total: number;
}

/** @param question ids of the prompt, with or without a beginning token @throws LS3005 for no text, or one without tokens */
export function contextIds(
  { method, texts }: ParallelContexts,
  question: readonly number[],
  tokenizer: Tokenizer,
): ContextIds {
  if (texts.length === 0 || texts.some((text) => text === '')) throw fault('LS3005', say('a context needs a text'));
  const contexts = texts.map((text) => tokenizer.encode(text, { addSpecial: true }));
  const begun = question[0] === tokenizer.beginId;
  const task = begun ? question.slice(1) : question;
  if (task.length === 0) throw fault('LS3005', say('contexts without a question'));
  const longest = Math.max(...contexts.map(({ length }) => length)) + task.length;
  const read = contexts.reduce((sum, { length }) => sum + length, 0);
  const total = method === 'nbce' ? read + (contexts.length + 1) * task.length : read + task.length;
  return { contexts, question: task, longest, total };
}

/**
 * Reads the contexts and the question.
 * @param base a state with the request's scheme; what it held is forgotten
 * @throws LS3002, CancelledError between two slices
 */
export async function readContexts(
  base: Inference,
  method: ParallelContexts['method'],
  { contexts, question, total }: ContextIds,
  beginId: number | null,
  onRead: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReadContexts> {
  base.reset();
  let done = 0;
  const count = (tokens: number): void => {
    done += tokens;
    onRead(done, total);
  };
  if (method === 'nbce') {
    const alone = beginId === null ? question : [beginId, ...question];
    const prompts = [...contexts.map((ids) => [...ids, ...question]), alone];
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
  const state = await readWindows(base, contexts, beginId, count, signal);
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
