/**
 * The strategy `reread`: all sources, the question, the best of them once more, the question. The cheap form of just-read-twice (Arora
 * et al. 2024): what is likeliest to answer is read by a decoder that knows what is asked, and nearly as much is read in all.
 */
import { settled } from '../../runtime/settled.ts';
import type { PlannedSource } from '../plan.ts';
import { repeatedPlan } from '../repeated.ts';
import type { ReadingStrategy } from '../strategy.ts';

/** Sources that are read again. */
const mostAgain = 2;
/** Share of the tokens of sources that is kept for them. */
const shareAgain = 0.25;

export const reread: ReadingStrategy = {
  name: 'reread',
  hindered: () => null,
  async *read(task) {
    const room = (tokens: number): number => Math.floor(tokens * (1 - shareAgain));
    const plan = (): ReturnType<typeof repeatedPlan> => repeatedPlan(task, task.sources, room, best);
    yield { type: 'answer', plan: await settled(task.decoder, plan, task.signal) };
  },
};

/** The last of a prompt are the best. */
function best(read: readonly PlannedSource[]): readonly PlannedSource[] {
  return read.slice(-mostAgain);
}
