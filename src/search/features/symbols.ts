/** Which files define what the question names, in exactly its spelling. */
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { FileTable } from '../file-table.ts';
import type { Query } from '../query.ts';

/** How much a definition counts: a type most, what is nested less; a field, or what nobody else can see, least. */
const weights = { type: 1, other: 0.85, nested: 0.8, local: 0.3, field: 0.3 };
/** What is left of that for a word that may well be a plain word of the sentence (`run`, `session`). */
const plainWord = 0.5;

/** Most words of a question that are looked up as names. */
const mostNames = 64;

export interface SymbolFeatures {
  /** The weight of the best definition of a word of the question, by file number. */
  readonly defined: Float64Array;
  /** Where such a symbol is also the file's name: 1, for a plain word shared among the files that define it. */
  readonly equalsStem: Float64Array;
  /** The definition that made `defined`. */
  readonly definition: ReadonlyMap<number, SymbolDefinition>;
}

/** @param mask 1 for files that are searched */
export function symbolFeatures(
  reader: Pick<IndexReader, 'definitions'>,
  files: FileTable,
  query: Query,
  mask: Uint8Array,
): SymbolFeatures {
  const defined = new Float64Array(mask.length);
  const equalsStem = new Float64Array(mask.length);
  const definition = new Map<number, SymbolDefinition>();
  const names = new Map<string, number>();
  if (query.identifier) names.set(query.identifier.name, 1);
  else for (const { raw, asName } of query.words) names.set(raw, Math.max(names.get(raw) ?? 0, asName ? 1 : plainWord));
  for (const [name, certainty] of [...names].slice(0, mostNames)) {
    const searched = reader.definitions(name).flatMap((found) => {
      const file = files.numberOf(found.path);
      return file !== undefined && mask[file] ? [{ found, file }] : [];
    });
    // A plain word that names things in many files ("handler", "client") points to none of them.
    const share = certainty === 1 ? 1 : 1 / new Set(searched.map(({ file }) => file)).size;
    for (const { found, file } of searched) {
      const weight = weightOf(found, query) * certainty * share;
      if (weight > (defined[file] ?? 0)) {
        defined[file] = weight;
        definition.set(file, found);
      }
      if (!found.local && folded(files.facts(file).stem) === folded(name))
        equalsStem[file] = Math.max(equalsStem[file] ?? 0, share);
    }
  }
  return { defined, equalsStem, definition };
}

function weightOf(symbol: SymbolDefinition, query: Query): number {
  if (symbol.local) return weights.local;
  if (symbol.kind === 'field') return weights.field;
  const qualifiers = query.identifier?.qualifiers ?? [];
  // `Session.send` asks for the one inside Session, so being nested there is no loss.
  const asked = qualifiers.length > 0 && qualifiers.every((name) => symbol.scope.includes(name));
  if (symbol.scope.length > 0 && !asked) return weights.nested;
  return symbol.kind === 'type' || asked ? weights.type : weights.other;
}

/** Spelling conventions put aside: `HttpClient`, `http_client` and `http-client` are the same name. */
function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
