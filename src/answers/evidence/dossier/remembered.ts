/** A reader that is asked the same many times for one question and looks it up once. */
import type { IndexReader } from '../../../index/types.ts';

/** What it answers is that of the index at the first asking: keep it for one question only. */
export function remembered(reader: IndexReader): IndexReader {
  return {
    files: () => reader.files(),
    file: (path) => reader.file(path),
    chunksOf: once((path) => reader.chunksOf(path)),
    chunk: once((id) => reader.chunk(id)),
    symbolsOf: once((path) => reader.symbolsOf(path)),
    definitions: once((name) => reader.definitions(name)),
    importsOf: once((path) => reader.importsOf(path)),
    terms: (path) => reader.terms(path),
    phrase: (text, limit) => reader.phrase(text, limit),
    vector: (key) => reader.vector(key),
    putVectors: (vectors) => {
      reader.putVectors(vectors);
    },
    onDidChange: reader.onDidChange,
  };
}

function once<T>(look: (key: string) => T): (key: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (key) => {
    let found = known.get(key);
    if (!found) known.set(key, (found = { value: look(key) }));
    return found.value;
  };
}
