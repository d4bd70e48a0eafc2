/** The strategy `jrt`: sources, question, the same sources, question (just-read-twice, Arora et al. 2024). Half as many fit. */
import { settled } from '../../runtime/settled.ts';
import { repeatedPlan } from '../repeated.ts';
import type { ReadingStrategy } from '../strategy.ts';

export const jrt: ReadingStrategy = {
  name: 'jrt',
  hindered: () => null,
  async *read(task) {
    const half = (tokens: number): number => Math.floor(tokens / 2);
    const plan = (): ReturnType<typeof repeatedPlan> => repeatedPlan(task, task.sources, half, (read) => read);
    yield { type: 'answer', plan: await settled(task.decoder, plan, task.signal) };
  },
};
