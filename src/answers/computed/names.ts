/** Names of code in a question: how they are written, and the definitions that are meant. */
import type { IndexReader } from '../../index/types.ts';
import type { Definition } from '../code/code-relations.ts';
import { parent } from '../code/imports.ts';
import { isData, isTestPath } from '../code/module-map.ts';
import { looksLikeCode } from '../code/words.ts';

const kindWords =
  'function|method|class|interface|struct|structure|trait|type|enum|constant|variable|field|property|attribute|macro|module|exception|error|decorator|hook|middleware|constructor|procedure|object|component';

/** A name as it may be in a question, the source of a pattern: `` `Mux.Use()` ``, `the class Session`, `chi.RouteContext`. */
export function namePattern(group: string): string {
  return String.raw`(?<${group}>(?:(?:the|a|an|any)\s+)?(?:(?:base|abstract|parent)\s+)?(?:(?:${kindWords})\s+)?\x60?[\p{L}_$@#][\p{L}\p{N}_$]*(?:(?:\.|::|#|->)[\p{L}_$#][\p{L}\p{N}_$]*)*[?!]?(?:\(\))?\x60?(?:'s)?(?:\s+(?:${kindWords}))?)`;
}

export interface AskedName {
  /** The last part. */
  readonly name: string;
  /** What is before the last dot; empty: nothing. */
  readonly qualifier: string;
  /** Written so that it can only be code: back-ticked, with humps or underscores, dotted, called, or said to be a class and the like. */
  readonly isSure: boolean;
}

const asWritten = new RegExp(
  String.raw`^(?:(?<article>the|a|an|any)\s+)?(?:(?:base|abstract|parent)\s+)?(?:(?<kind>${kindWords})\s+)?(?<tick>\x60)?(?<path>[\p{L}_$@#][^\s\x60()]*?)(?<call>\(\))?\x60?(?:'s)?(?:\s+(?<after>${kindWords}))?$`,
  'iu',
);

/** The parts of what {@link namePattern} matched. */
export function askedName(text: string): AskedName | null {
  const groups = asWritten.exec(text.trim())?.groups;
  const path = groups?.['path']?.replace(/^@/, '');
  if (!groups || path === undefined || path === '') return null;
  const parts = path.split(/\.|::|->|(?<=.)#/).filter((part) => part !== '');
  const name = parts.at(-1) ?? path;
  const isMarked =
    groups['tick'] !== undefined ||
    groups['call'] !== undefined ||
    groups['kind'] !== undefined ||
    groups['after'] !== undefined;
  // `the cache` is a word of English; `Cache` is a name wherever it is, for no pattern begins a sentence with one.
  const isSure = isMarked || looksLikeCode(path) || /^\p{Lu}/u.test(name);
  return { name, qualifier: parts.slice(0, -1).join('.'), isSure };
}

/** The definitions that a name means, tests' own left out where there are others; a qualifier chooses among them. */
export function definitionsOf(reader: IndexReader, { name, qualifier }: AskedName): Definition[] {
  const all = reader.definitions(name).filter((one) => !one.local && !isData(reader.file(one.path)));
  const own = all.filter(({ path }) => !isTestPath(path));
  const possible = own.length > 0 ? own : all;
  const last = qualifier.split(/\.|::/).at(-1) ?? '';
  if (last === '') return possible;
  const isIn = ({ path, scope }: Definition): boolean => {
    const folder = parent(path);
    return (
      scope.at(-1) === last ||
      path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '') === last ||
      folder.slice(folder.lastIndexOf('/') + 1) === last
    );
  };
  const chosen = possible.filter(isIn);
  return chosen.length > 0 ? chosen : possible;
}
