/** What a type is based on, however far up, by the heads of the types. */
import type { IndexReader } from '../../../index/types.ts';
import { basesOf } from '../../code/bases.ts';
import { fileText } from '../../code/file-text.ts';
import type { Mention } from '../statements/mentions.ts';
import type { Known } from './known.ts';

/** In these the head of a type names what it is based on. */
const headsNameBases = new Set(
  'python typescript typescriptreact tsx javascript javascriptreact jsx java csharp kotlin scala php ruby cpp swift dart'.split(
    ' ',
  ),
);
const mostBases = 30;

export function isBasedOn(reader: IndexReader, type: Mention, base: Mention): Known {
  if (type.name === null || base.name === null) return 'unknown';
  const types = reader.definitions(type.name).filter(({ kind }) => kind === 'type');
  if (types.length === 0 || types.some(({ path }) => !headsNameBases.has(reader.file(path)?.language ?? '')))
    return 'unknown';
  const isOurs = reader.definitions(base.name).some(({ kind }) => kind === 'type');
  const seen = new Set<string>();
  const waiting = types.map((symbol) => symbol);
  let isOpen = false;
  for (let symbol = waiting.pop(); symbol && seen.size < mostBases; symbol = waiting.pop()) {
    const file = fileText(reader, symbol.path);
    if (!file) return 'unknown';
    const names = basesOf(symbol, file);
    if (names.includes(base.name)) return 'yes';
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      const above = reader.definitions(name).filter(({ kind }) => kind === 'type');
      if (above.length === 0) isOpen = true;
      waiting.push(...above);
    }
  }
  // What another library defines may be based on whatever that library has, but on nothing of ours.
  return isOpen && !isOurs ? 'unknown' : 'no';
}
