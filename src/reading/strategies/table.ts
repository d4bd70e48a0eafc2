/** Which reading strategies there are, and which one `auto` takes for what is to be read. */
import { type Sentence, say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import type { ReadingStrategy, ReadingTask } from '../strategy.ts';
import { select } from './select.ts';
import { stuff } from './stuff.ts';

/** By preference: `auto` takes the first that nothing hinders. */
const strategies: readonly ReadingStrategy[] = [select, stuff];

interface Chosen {
  readonly strategy: ReadingStrategy;
  /** Why it is not the one that comes before it; null: it is the first. */
  readonly because: Sentence | null;
}

/** Takes a strategy once it is known what there is to read, and who reads it. */
export type StrategyChoice = (task: Omit<ReadingTask, 'onProgress' | 'signal'>) => Chosen;

/**
 * The strategy of a request's `strategy` field; left out means `auto`. One that is asked for by name and cannot be run gives way to
 * the next in the table, and says why.
 * @throws LS6013 for a name that does not exist
 */
export function chooseStrategy(name: string | undefined): StrategyChoice {
  const first = name === undefined || name === 'auto' ? 0 : strategies.findIndex((strategy) => strategy.name === name);
  if (first < 0)
    throw fault(
      'LS6013',
      say('"{0}" (there are: {1})', name ?? '', ['auto', ...strategies.map((strategy) => strategy.name)].join(', ')),
    );
  return (task) => {
    let because: Sentence | null = null;
    for (const strategy of strategies.slice(first)) {
      const hindrance = strategy.hindered(task);
      if (hindrance === null) return { strategy, because };
      because ??= say('not {0}: {1}', strategy.name, hindrance);
    }
    return { strategy: stuff, because };
  };
}
