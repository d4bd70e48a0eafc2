/** The definitions that a name can mean, with their lines: those that were read before all others of the repository. */
import type { IndexReader, SymbolDefinition } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import { withoutCommentsAndStrings } from '../../code/code-words.ts';
import { type FileText, fileText, linesOf } from '../../code/file-text.ts';
import type { Mention } from '../statements/mentions.ts';

export interface Body {
  readonly symbol: SymbolDefinition;
  readonly path: string;
  readonly language: string;
  /** Its lines as they are. */
  readonly text: string;
  /** The same with comments and strings blanked: offsets are equal. */
  readonly code: string;
}

export interface Bodies {
  /** What a mention can mean; empty: nothing that is known. */
  of(mention: Mention): readonly Body[];
  named(name: string): readonly Body[];
  /** Functions and methods that overlap what was read. */
  readonly read: readonly Body[];
}

/** Definitions that do something when they are called. */
export const callable: ReadonlySet<string> = new Set(['function', 'method', 'variable', 'constant']);

/** Definitions looked at for one name: of a name with more nothing certain can be said. */
const mostDefinitions = 40;

export function createBodies(reader: IndexReader, sources: readonly LineRange[]): Bodies {
  const files = new Map<string, FileText | undefined>();
  const file = (path: string): FileText | undefined => {
    if (!files.has(path)) files.set(path, fileText(reader, path));
    return files.get(path);
  };
  const bodyOf = (path: string, symbol: SymbolDefinition): Body[] => {
    const found = file(path);
    if (!found) return [];
    const text = linesOf(found, symbol.startLine, symbol.endLine);
    // Prose names a method of Ruby with its sign or without.
    const own = { ...symbol, name: symbol.name.replace(/[?!=]$/, '') };
    return [
      { symbol: own, path, language: found.language, text, code: withoutCommentsAndStrings(text, found.language) },
    ];
  };
  const isRead = ({ path, symbol }: { readonly path: string; readonly symbol: SymbolDefinition }): boolean =>
    sources.some(
      (range) => range.path === path && range.startLine <= symbol.endLine && symbol.startLine <= range.endLine,
    );
  const known = new Map<string, readonly Body[]>();
  const named = (name: string): readonly Body[] => {
    const before = known.get(name);
    if (before) return before;
    const exact = reader.definitions(name);
    const signed = exact.length > 0 ? exact : ['?', '!'].flatMap((sign) => reader.definitions(name + sign));
    const found = signed.filter(({ kind }) => kind !== 'field');
    // What was read is meant before all others, however many there are.
    const read = found.filter((symbol) => isRead({ path: symbol.path, symbol }));
    const meant = read.length > 0 ? read : found;
    const bodies = (meant.length > mostDefinitions ? [] : meant)
      .flatMap((symbol) => bodyOf(symbol.path, symbol))
      .filter(hasBody);
    known.set(name, bodies);
    return bodies;
  };
  const members = (type: Body): readonly Body[] =>
    type.symbol.kind === 'type'
      ? reader
          .symbolsOf(type.path)
          .filter(({ scope }) => scope.includes(type.symbol.name))
          .flatMap((symbol) => bodyOf(type.path, symbol))
      : [];
  let read: readonly Body[] | undefined;
  return {
    named,
    of: ({ name, qualifier }) => {
      if (name === null) return [];
      const all = named(name);
      const owner = /[\p{L}_$][\p{L}\p{N}_$]*$/u.exec(qualifier)?.[0];
      const own = owner === undefined ? [] : all.filter(({ symbol }) => symbol.scope.includes(owner));
      // `Box::into_raw` of a library is none of ours, whatever ours are called.
      if (owner !== undefined && /^\p{Lu}/u.test(owner) && own.length === 0) return [];
      // A type's methods may be written outside of its lines.
      return (own.length > 0 ? own : all).flatMap((body) => [body, ...members(body)]);
    },
    get read() {
      return (read ??= [...new Set(sources.map(({ path }) => path))].flatMap((path) =>
        reader
          .symbolsOf(path)
          .filter(({ kind }) => kind === 'function' || kind === 'method' || kind === 'variable' || kind === 'constant')
          .flatMap((symbol) => bodyOf(path, symbol))
          .filter((body) => isRead(body) && hasBody(body)),
      ));
    },
  };
}

/** A declaration alone tells nothing of what is done, and a value does nothing. */
function hasBody({ code, symbol: { kind, name } }: Body): boolean {
  if (kind === 'type') return true;
  if (kind !== 'function' && kind !== 'method') return /=>|\bfunction\b|\bfunc\b|\blambda\b/.test(code);
  return /[{:]|=>|->|=|\bdo\b|\bend\b/.test(code.slice(name.length));
}

/** Where a mention is in a body, as offsets; in comments and strings only when it is nowhere else. */
export function occurrencesIn(
  body: Pick<Body, 'code' | 'text'>,
  mention: Pick<Mention, 'text' | 'name' | 'qualifier'>,
): number[] {
  const { name, qualifier } = mention;
  const bare = mention.text.replace(/\(\)$/, '');
  if (qualifier !== '') {
    const whole = positions(body.code, bare.replace(/\(.*\)$/s, ''));
    if (whole.length > 0) return whole;
  }
  for (const text of [body.code, body.text])
    for (const form of name === null ? [bare] : [name, bare]) {
      const found = positions(text, form);
      if (found.length > 0) return found;
    }
  return [];
}

function positions(text: string, form: string): number[] {
  const found: number[] = [];
  if (form === '') return found;
  const word = /[\p{L}\p{N}_$]/u;
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
    const before = word.test(form[0] ?? '') && word.test(text[at - 1] ?? ' ');
    const after = word.test(form.at(-1) ?? '') && word.test(text[at + form.length] ?? ' ');
    if (!before && !after) found.push(at);
  }
  return found;
}

/** Where the lines of a definition end that only declare it: names of types there are not what is done. */
export function headLength({ code, language }: Body): number {
  if (language === 'ruby' || language === 'elixir') return Math.max(0, code.indexOf('\n'));
  if (language === 'python') return /\)[^()\n]*:\s*\n/.exec(code)?.index ?? 0;
  return Math.max(0, code.search(/\{|=>|\bthen\b|\n\s*do\b/));
}
