/** The strategy `nbce`: the question behind each part of the sources, and at each token the part that is surest (Su 2023). */
import { hinderedApart, planApart } from '../apart.ts';
import type { ReadingStrategy } from '../strategy.ts';

export const nbce: ReadingStrategy = {
  name: 'nbce',
  hindered: hinderedApart,
  async *read(task) {
    yield { type: 'answer', plan: await planApart(task, 'nbce') };
  },
};
