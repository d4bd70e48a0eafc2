/** The strategy `pcw`: the sources in windows that do not see each other and that the question sees at once (Ratner et al. 2023). */
import { hinderedApart, planApart } from '../apart.ts';
import type { ReadingStrategy } from '../strategy.ts';

export const pcw: ReadingStrategy = {
  name: 'pcw',
  hindered: hinderedApart,
  async *read(task) {
    yield { type: 'answer', plan: await planApart(task, 'parallel-windows') };
  },
};
