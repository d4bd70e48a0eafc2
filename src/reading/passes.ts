/** Sources that are read in several passes: how they are divided, and what a decoder says to one of them. */
import { say } from '../base/sentences.ts';
import { assemble, fitHistory, measure, sourceRoom } from './budget.ts';
import { planOf } from './one-prompt.ts';
import type { LeftOut, PromptFrame, ReadableSource, ReadingLimits, ReadingPlan } from './plan.ts';
import type { PassCost, ReadingTask } from './strategy.ts';

type Passing = Pick<ReadingTask, 'frame' | 'decoder' | 'limits'>;

/** Prompts in which sources are read in turn: each takes the time that is allowed for one. */
export const mostParts = 6;

/**
 * A prompt for each group of sources that fits into one together, in the order of the sources; what is larger than a prompt is trimmed,
 * and what is beyond the last part is left out. The conversation before is in none of them.
 * @param question the last part of each prompt
 * @param reserve tokens that are kept free for what is written
 */
export function plansOf(
  { frame, decoder, limits }: Passing,
  sources: readonly ReadableSource[],
  { question, assistantPrefix = '' }: Pick<PromptFrame, 'question'> & Partial<Pick<PromptFrame, 'assistantPrefix'>>,
  reserve: number,
): Parts {
  const asked: PromptFrame = { ...frame, history: [], question, assistantPrefix };
  const passLimits: ReadingLimits = { ...limits, reserve };
  const fixed = measure(asked, [], [], decoder, passLimits);
  const room = sourceRoom(passLimits, fixed.used);
  const groups = groupsOf(sources, (source) => decoder.countTokens(frame.renderSource(source)), room);
  return {
    plans: groups.slice(0, mostParts).map((group) => planOf(asked, group, decoder, passLimits)),
    beyond: beyondParts(groups),
  };
}

export interface Parts {
  readonly plans: readonly ReadingPlan[];
  /** What no part holds. */
  readonly beyond: readonly LeftOut[];
}

export function beyondParts(groups: readonly (readonly ReadableSource[])[]): LeftOut[] {
  return groups
    .slice(mostParts)
    .flatMap((group) =>
      group.map(({ number, path }) => ({ number, path, reason: say('left out: only {0} parts are read', mostParts) })),
    );
}

/** Runs of whole sources that take no more than so much together; one that is larger stands alone. */
export function groupsOf(
  sources: readonly ReadableSource[],
  cost: (source: ReadableSource) => number,
  room: number,
): ReadableSource[][] {
  const groups: ReadableSource[][] = [];
  let left = 0;
  for (const source of sources) {
    const { forms, ...rest } = source;
    const whole = forms ? rest : source;
    const tokens = cost(whole);
    if (tokens > left || groups.length === 0) {
      groups.push([]);
      left = room;
    }
    groups.at(-1)?.push(whole);
    left -= tokens;
  }
  return groups;
}

/** What a frame asks in passes. @throws TypeError for a frame that asks nothing; strategies that read so are hindered by it */
export function passesOf({ passes }: PromptFrame): NonNullable<PromptFrame['passes']> {
  if (!passes) throw new TypeError('This frame is read in one pass only');
  return passes;
}

/** What the decoder writes to a plan, greedily. @throws what the decoder throws, CancelledError */
export async function written(
  { messages, assistantPrefix }: Pick<ReadingPlan, 'messages' | 'assistantPrefix'>,
  maxTokens: number,
  { decoder, onProgress, signal }: Pick<ReadingTask, 'decoder' | 'onProgress' | 'signal'>,
): Promise<{ readonly text: string; readonly cost: PassCost }> {
  const { text, prefillTokens, reusedTokens } = await decoder.decode(
    {
      messages,
      ...(assistantPrefix !== '' && { assistantPrefix }),
      maxTokens,
      sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    },
    (event) => {
      if (event.type === 'prefill') onProgress(event.done, event.total);
    },
    signal,
  );
  return { text: text.trim(), cost: { prefillTokens, reusedTokens } };
}

/**
 * The plan of an answer that is written from something else than sources, over what was read for it.
 * @param text stands in the prompt in place of sources
 */
export function planOver(
  { frame, decoder, limits }: Passing,
  text: string,
  passes: readonly Pick<ReadingPlan, 'read' | 'leftOut'>[],
): ReadingPlan {
  const { kept: history, droppedTurns } = fitHistory(frame.history, decoder, limits);
  const budget = measure(frame, history, [text], decoder, limits);
  return {
    messages: assemble(frame, history, [text]),
    alone: assemble(frame, history, []),
    assistantPrefix: frame.assistantPrefix,
    budget: { ...budget, sourcesLimit: limits.sources },
    read: passes.flatMap(({ read }) => read),
    leftOut: passes.flatMap(({ leftOut }) => leftOut),
    droppedTurns,
  };
}
