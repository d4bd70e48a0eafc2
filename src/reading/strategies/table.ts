/** Which reading strategies there are, and which one `auto` takes for what is to be read. */
import { type Sentence, say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import { strategyNames } from '../../protocol/strategy-names.ts';
import type { ReadingStrategy, ReadingTask } from '../strategy.ts';
import { jrt } from './jrt.ts';
import { mapReduce } from './map-reduce.ts';
import { mapRerank } from './map-rerank.ts';
import { memrecall } from './memrecall.ts';
import { nbce } from './nbce.ts';
import { pcw } from './pcw.ts';
import { refine } from './refine.ts';
import { reread } from './reread.ts';
import { reuse } from './reuse.ts';
import { select } from './select.ts';
import { stuff } from './stuff.ts';

const strategies: Readonly<Record<Exclude<(typeof strategyNames)[number], 'auto'>, ReadingStrategy>> = {
  select,
  reuse,
  stuff,
  memrecall,
  'map-reduce': mapReduce,
  refine,
  'map-rerank': mapRerank,
  jrt,
  reread,
  pcw,
  nbce,
};
/** `auto` takes the first that nothing hinders. */
const automatic: readonly ReadingStrategy[] = [select, reuse, stuff];

interface Chosen {
  readonly strategy: ReadingStrategy;
  /** Why it is not the one that comes before it; null: it is the first. */
  readonly because: Sentence | null;
}

/** Takes a strategy once it is known what there is to read, and who reads it. */
export type StrategyChoice = (task: Omit<ReadingTask, 'onProgress' | 'signal'>) => Chosen;

/**
 * The strategy of a request's `strategy` field; left out means `auto`. One that is asked for by name and cannot be run gives way to what
 * `auto` takes, and says why.
 * @throws LS6013 for a name that does not exist
 */
export function chooseStrategy(name = 'auto'): StrategyChoice {
  const named = Object.values(strategies).find((strategy) => strategy.name === name);
  if (!named && name !== 'auto') throw fault('LS6013', say('"{0}" (there are: {1})', name, strategyNames.join(', ')));
  const inOrder = named ? [named, ...automatic.filter((strategy) => strategy !== named)] : automatic;
  return (task) => {
    let because: Sentence | null = null;
    for (const strategy of inOrder) {
      const hindrance = strategy.hindered(task);
      if (hindrance === null) return { strategy, because };
      because ??= say('not {0}: {1}', strategy.name, hindrance);
    }
    return { strategy: stuff, because };
  };
}
