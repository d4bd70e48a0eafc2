/** Which reading strategies there are, and which one `auto` means. */
import { fault } from '../base/errors.ts';
import type { ReadingStrategy } from './plan.ts';
import { stuff } from './stuff.ts';

const strategies: readonly ReadingStrategy[] = [stuff];

/**
 * The strategy of a request's `strategy` field; left out means `auto`, which is `stuff`: the only one there is to choose.
 * @throws LS6013 for a name that does not exist
 */
export function chooseStrategy(name: string | undefined): ReadingStrategy {
  if (name === undefined || name === 'auto') return stuff;
  const found = strategies.find((strategy) => strategy.name === name);
  if (found) return found;
  throw fault('LS6013', `"${name}" (there are: auto, ${strategies.map((strategy) => strategy.name).join(', ')})`);
}
