/** What nouns and adjectives of a question mean of definitions: `public methods`, `constants`, `exported interfaces`. */
import type { SymbolDefinition } from '../../index/types.ts';
import { basesOf } from '../code/bases.ts';
import type { FileText } from '../code/file-text.ts';
import { isTestPath } from '../code/module-map.ts';
import { isPublicDefinition } from '../code/visibility.ts';

export type Test = (symbol: SymbolDefinition, file: FileText) => boolean;

export interface Kind {
  readonly nouns: RegExp;
  readonly test: Test;
  /** What derives from one of them is one too. */
  readonly inherited?: true;
}

/** Types that are declared with a keyword: `class Name`, Go's `type Name struct`, C's `typedef struct`. */
function declaredAs(keyword: string): Test {
  const before = new RegExp(String.raw`^(?:[\w\s()@:*]*\s)?${keyword}\b`);
  const behind = new RegExp(String.raw`^\s*(?:type\s+)?\w+(?:\[.*\])?\s+${keyword}\b`);
  return ({ kind, signature }) => {
    // Annotations and attributes may have lines of their own.
    const head = signature.split('\n').find((line) => !/^\s*(?:@\w|#\[|\[\w)/.test(line)) ?? '';
    return kind === 'type' && (before.test(head) || behind.test(head)) && !/^\s*typedef\b[^{]*\(/.test(head);
  };
}

/** In these only what derives from a type of the language can be thrown. */
const throwsOnlyDerived = new Set(['python', 'java', 'csharp', 'php', 'ruby', 'kotlin']);

function isException(symbol: SymbolDefinition, file: FileText): boolean {
  const isNamed = /(?:Error|Exception|Warning|Fault|Failure)$/;
  if (file.language === 'go' && symbol.kind === 'variable') return /^[eE]rr[A-Z]/.test(symbol.name);
  if (symbol.kind !== 'type' || /\b(?:interface|type)\s+\w+\s*=?$/.test(symbol.signature)) return false;
  const bases = basesOf(symbol, file);
  if (bases.some((base) => isNamed.test(base))) return true;
  return isNamed.test(symbol.name) && (bases.length > 0 || !throwsOnlyDerived.has(file.language));
}

/** A row for each noun; a noun that is none of these names definitions by the last word of their names. */
const kinds: readonly Kind[] = [
  {
    nouns: /^(?:exceptions?|exception (?:class(?:es)?|types?)|error (?:class(?:es)?|types?)|errors)$/,
    test: isException,
    inherited: true,
  },
  {
    nouns: /^(?:enums?|enumerations?)$/,
    test: (symbol, file) =>
      symbol.kind === 'type' &&
      (/\benum\b/.test(symbol.signature) ||
        basesOf(symbol, file).some((base) => /^(?:Int|Str|Int)?(?:Enum|Flag)$/.test(base))),
  },
  {
    nouns: /^(?:data ?class(?:es)?)$/,
    test: (symbol, file) =>
      symbol.kind === 'type' &&
      (/\bdata\s+class\b|\brecord\b/.test(symbol.signature) ||
        decorators(symbol, file).some((one) => /\bdataclass\b|\bdefine\b|\battrs?\b/.test(one))),
  },
  {
    nouns: /^(?:abstract (?:base )?class(?:es)?|base class(?:es)?)$/,
    test: (symbol, file) =>
      symbol.kind === 'type' && (/\babstract\b/.test(symbol.signature) || basesOf(symbol, file).includes('ABC')),
  },
  { nouns: /^(?:class(?:es)?)$/, test: declaredAs('class') },
  { nouns: /^(?:structs?|structures?)$/, test: declaredAs('struct') },
  { nouns: /^(?:interfaces?)$/, test: declaredAs('interface') },
  { nouns: /^(?:traits?)$/, test: declaredAs('trait') },
  { nouns: /^(?:unions?)$/, test: declaredAs('union') },
  { nouns: /^(?:records?)$/, test: declaredAs('record') },
  {
    nouns: /^(?:type aliases|type alias)$/,
    test: ({ kind, signature }) => kind === 'type' && /\btype\b[^{]*=|\busing\b|\btypedef\b/.test(signature),
  },
  { nouns: /^(?:types?|type definitions?)$/, test: ({ kind }) => kind === 'type' },
  {
    nouns: /^(?:tests?|test (?:functions?|cases?|methods?))$/,
    test: ({ kind, name }, { path }) =>
      (kind === 'function' || kind === 'method') && /^test/i.test(name) && isTestPath(path),
  },
  {
    nouns: /^(?:constructors?)$/,
    test: ({ kind, name, scope }) =>
      kind === 'method' && (/^(?:__init__|constructor|__construct|initialize)$/.test(name) || name === scope.at(-1)),
  },
  {
    nouns: /^(?:functions? (?:and|or) methods?|methods? (?:and|or) functions?)$/,
    test: ({ kind }) => kind === 'function' || kind === 'method',
  },
  {
    nouns: /^(?:functions?|procedures?|subroutines?|helpers?|helper functions?)$/,
    test: ({ kind }) => kind === 'function',
  },
  { nouns: /^(?:macros?)$/, test: ({ signature }) => /\bmacro_rules!|^\s*#\s*define\b|\bmacro\b/.test(signature) },
  { nouns: /^(?:methods?|member functions?)$/, test: ({ kind }) => kind === 'method' },
  { nouns: /^(?:constants?)$/, test: ({ kind }) => kind === 'constant' },
  {
    nouns: /^(?:(?:global |module )?variables?|globals?)$/,
    test: ({ kind, scope }) => (kind === 'variable' || kind === 'constant') && scope.length === 0,
  },
  {
    nouns: /^(?:fields?|attributes?|properties|property|options?|settings?|members?)$/,
    test: ({ kind }) => kind === 'field',
  },
  { nouns: /^(?:namespaces?)$/, test: ({ kind }) => kind === 'module' },
];

/** Which definitions an adjective keeps. */
const adjectives: Readonly<Record<string, Test>> = {
  public: isPublicDefinition,
  publicly: isPublicDefinition,
  exported: isPublicDefinition,
  private: (symbol, file) => !isPublicDefinition(symbol, file),
  internal: (symbol, file) => !isPublicDefinition(symbol, file),
  unexported: (symbol, file) => !isPublicDefinition(symbol, file),
  protected: ({ signature }) => /\bprotected\b/.test(signature),
  static: (symbol, file) =>
    /\bstatic\b/.test(symbol.signature) || decorators(symbol, file).some((one) => /@staticmethod\b/.test(one)),
  async: ({ signature }) => /\basync\b/.test(signature),
  asynchronous: ({ signature }) => /\basync\b/.test(signature),
  abstract: (symbol, file) =>
    /\babstract\b/.test(symbol.signature) || decorators(symbol, file).some((one) => /abstractmethod\b/.test(one)),
  deprecated: (symbol, file) =>
    /@?\bdeprecated\b/i.test(symbol.documentation) ||
    decorators(symbol, file).some((one) => /\bdeprecated\b/i.test(one)),
  documented: ({ documentation }) => documentation !== '',
  undocumented: ({ documentation }) => documentation === '',
  generic: ({ signature }) => /<\s*\w|\[\s*\w+\s+(?:any|comparable)/.test(signature),
  'top-level': ({ scope }) => scope.length === 0,
  // These say nothing that a list could leave out.
  defined: () => true,
  declared: () => true,
  different: () => true,
  available: () => true,
  existing: () => true,
};

export function kindOf(noun: string): Kind | null {
  return kinds.find(({ nouns }) => nouns.test(noun.toLowerCase())) ?? null;
}

export function adjectiveOf(word: string): Test | null {
  const lower = word.toLowerCase();
  return Object.hasOwn(adjectives, lower) ? (adjectives[lower] ?? null) : null;
}

/** Decorators, annotations and attributes over a definition, and those that its range begins with. */
export function decorators(symbol: SymbolDefinition, { lines }: FileText): string[] {
  const found: string[] = [];
  const isOne = (line: string): boolean => /^\s*(?:@[\w.]|#\[|\[\w)/.test(line);
  for (let at = symbol.startLine - 1; at < symbol.endLine && isOne(lines[at] ?? ''); at++)
    found.push((lines[at] ?? '').trim());
  for (let at = symbol.startLine - 2; at >= 0 && at > symbol.startLine - 30; at--) {
    const line = lines[at] ?? '';
    if (isOne(line)) found.push(line.trim());
    // A decorator's arguments may go over several lines.
    else if (!/^\s*[)\]}],?\s*$|^\s+\S.*,\s*$/.test(line)) break;
  }
  return found;
}
