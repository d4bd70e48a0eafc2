/** What one question asks of the index, asked once: every lane needs the same definitions and phrases. */
import type { IndexReader } from '../index/types.ts';

export type LookUps = Pick<IndexReader, 'definitions' | 'phrase' | 'chunk'>;

/** Look-ups that remember their answers; for one question only, for the index may change before the next. */
export function askedOnce(reader: LookUps): LookUps {
  const definitions = new Map<string, ReturnType<LookUps['definitions']>>();
  const phrases = new Map<string, readonly string[]>();
  const chunks = new Map<string, ReturnType<LookUps['chunk']>>();
  return {
    definitions: (name) => remember(definitions, name, () => reader.definitions(name)),
    phrase: (text, limit) => remember(phrases, `${limit} ${text}`, () => reader.phrase(text, limit)),
    chunk: (id) => remember(chunks, id, () => reader.chunk(id)),
  };
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  let value = known.get(key);
  if (value === undefined && !known.has(key)) known.set(key, (value = make()));
  return value as T;
}
