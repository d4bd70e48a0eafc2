/**
 * A prompt in which sources stand once more behind the question, and the question behind them: a decoder that reads from left to
 * right then knows what is asked while it reads (just-read-twice, Arora et al. 2024, section 3.1).
 */
import { assemble, fitHistory, measure } from './budget.ts';
import { planOf } from './one-prompt.ts';
import type { PlannedSource, PromptFrame, ReadableSource, ReadingLimits, ReadingPlan } from './plan.ts';
import type { ReadingTask } from './strategy.ts';

/**
 * @param room tokens of sources in the first reading, of those that all readings may take
 * @param again which of them are read once more; those that do not fit are not
 */
export function repeatedPlan(
  { frame, decoder, limits }: Pick<ReadingTask, 'frame' | 'decoder' | 'limits'>,
  sources: readonly ReadableSource[],
  room: (tokens: number) => number,
  again: (read: readonly PlannedSource[]) => readonly PlannedSource[],
): ReadingPlan {
  const { kept: history } = fitHistory(frame.history, decoder, limits);
  const { prompt = Infinity, window, reserve } = limits;
  const fixed = measure(frame, history, [], decoder, limits);
  // The question is read twice.
  const most = Math.min(prompt, window - reserve) - fixed.used - fixed.question;
  const once = planOf(frame, sources, decoder, withSources(limits, room(Math.min(most, limits.sources))));
  let left = most - once.budget.sources;
  const twice = again(once.read).filter(({ tokens }) => {
    left -= tokens;
    return left >= 0;
  });
  if (twice.length === 0) return once;
  const blocks = (some: readonly PlannedSource[]): string[] => some.map(({ source }) => frame.renderSource(source));
  const question = `${frame.question}\n\n${blocks(twice).join('')}${frame.question}`;
  const repeated: PromptFrame = { ...frame, question };
  const { used } = measure(repeated, history, blocks(once.read), decoder, limits);
  const sourceTokens = used - once.budget.used - fixed.question;
  return {
    ...once,
    messages: assemble(repeated, history, blocks(once.read)),
    budget: {
      ...once.budget,
      used,
      sources: once.budget.sources + sourceTokens,
      question: once.budget.question + fixed.question,
    },
  };
}

/** With so many tokens for sources, whatever the time allows. */
function withSources(limits: ReadingLimits, sources: number): ReadingLimits {
  const { prompt, ...untimed } = limits;
  return { ...(prompt === undefined ? limits : untimed), sources: Math.max(sources, 0) };
}
