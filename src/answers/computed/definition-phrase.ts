/** The phrase behind "list every": adjectives, a noun and clauses, read from its end, to what a definition must be. */
import { wordsOf } from '../code/words.ts';
import { manyOf } from './asked-text.ts';
import type { World } from './form.ts';
import { type Kind, type Test, adjectiveOf, decorators, kindOf } from './kinds.ts';
import { type NamedPlace, placeNamed, placePattern } from './places.ts';

export interface DefinitionPhrase {
  /** The noun as a kind of definition; null: it is the last word of their names. */
  readonly kind: Kind | null;
  readonly noun: string;
  /** All of them hold. */
  readonly tests: readonly Test[];
  /** Words before the noun that names or paths must hold, as stems. */
  readonly words: readonly string[];
  readonly places: readonly NamedPlace[];
  /** Whether what others see of the place is asked for. */
  readonly exported: boolean;
  /** As a heading says it, without the places. */
  readonly said: string;
}

interface Clauses {
  readonly tests?: readonly Test[];
  readonly places?: readonly NamedPlace[];
  readonly exported?: boolean;
}

interface Clause {
  readonly pattern: RegExp;
  /** What the clause adds; null: it cannot be understood. */
  readonly read: (groups: Record<string, string | undefined>, world: World) => Clauses | null;
}

const word = String.raw`["'\x60]?(?<word>[\p{L}\p{N}_$@.]+)["'\x60]?`;
const relative = String.raw`(?:(?:that|which|who)\s+)?`;

/** What may follow the noun, read from the end of the question. */
const clauses: readonly Clause[] = [
  {
    pattern: /\s+(?:(?:that|which)\s+)?(?:are|is|were)?\s*(?:there|exist|exists|there are|existing)$/i,
    read: () => ({}),
  },
  {
    pattern: new RegExp(
      String.raw`\s+(?:does|do)\s+${placePattern}\s+(?<verb>exports?|defines?|provides?|offers?|exposes?|contains?|declares?|implements?|ships?|has|have)(?<publicly>\s+publicly|\s+to (?:its )?users)?$`,
      'iu',
    ),
    read: ({ place = '', verb = '', publicly }, world) => {
      const named = placeNamed(world.reader, place);
      return (
        named && { places: [named], exported: publicly !== undefined || /^(?:export|expos|offer|provid)/i.test(verb) }
      );
    },
  },
  {
    pattern: new RegExp(
      String.raw`\s+${relative}(?:are\s+|is\s+)?(?<verb>exported|exposed|offered|provided|defined|declared|implemented|contained|found|made public|published)(?:\s+publicly)?\s+(?:in|by|from|of|inside|within)\s+${placePattern}$`,
      'iu',
    ),
    read: ({ place = '', verb = '' }, world) => {
      const named = placeNamed(world.reader, place);
      return named && { places: [named], exported: /^(?:export|expos|offer|provid|publish|made)/i.test(verb) };
    },
  },
  {
    pattern: new RegExp(
      String.raw`(?:\s+(?:are|is|exist)(?:\s+there)?)?\s+(?:in|of|from|under|inside|within|across)\s+${placePattern}$`,
      'iu',
    ),
    read: ({ place = '' }, world) => {
      const named = placeNamed(world.reader, place);
      return named && { places: [named] };
    },
  },
  {
    pattern: new RegExp(
      String.raw`\s+(?:whose|with|having)\s+(?:a\s+)?names?\s+(?:that\s+)?(?<how>(?:start|begin|end)(?:s|ning|ing)?\s+(?:with|in|on)|contain(?:s|ing)?|includ(?:es|ing))\s+${word}$`,
      'iu',
    ),
    read: ({ how = '', word: part = '' }) => ({
      tests: [
        ({ name }) =>
          /^(?:start|begin)/i.test(how)
            ? name.startsWith(part)
            : /^end/i.test(how)
              ? name.endsWith(part)
              : name.toLowerCase().includes(part.toLowerCase()),
      ],
    }),
  },
  {
    pattern: new RegExp(
      String.raw`\s+${relative}(?:start|begin|end)(?:s|ning|ing)?\s+(?<how>with|in)\s+${word}$`,
      'iu',
    ),
    read: ({ word: part = '' }) => ({ tests: [({ name }) => name.startsWith(part) || name.endsWith(part)] }),
  },
  {
    pattern: new RegExp(
      String.raw`\s+${relative}(?:are\s+)?(?:decorated|annotated|marked|tagged)\s+(?:with|by|as)\s+(?:the\s+)?${word}(?:\s+(?:decorator|annotation|attribute))?$`,
      'iu',
    ),
    read: ({ word: part = '' }) => {
      const name = new RegExp(
        String.raw`(?<![\w$])${part.replace(/^@/, '').replaceAll(/[$.]/g, String.raw`\$&`)}(?![\w$])`,
      );
      return { tests: [(symbol, file) => decorators(symbol, file).some((one) => name.test(one))] };
    },
  },
  {
    pattern: new RegExp(String.raw`\s+${relative}return(?:s|ing)?\s+(?:an?\s+|the\s+)?${word}$`, 'iu'),
    read: ({ word: part = '' }) => {
      const name = wholeWord(part);
      return { tests: [({ signature }) => name.test(withoutParameters(signature))] };
    },
  },
  {
    pattern: new RegExp(
      String.raw`\s+${relative}(?:take|takes|taking|accept|accepts|accepting|with|have|having)\s+(?:an?\s+|the\s+)?(?:(?:parameter|argument)s?\s+(?:of type\s+|named\s+|called\s+)?)?${word}(?:\s+(?:parameter|argument))$`,
      'iu',
    ),
    read: ({ word: part = '' }) => {
      const name = wholeWord(part);
      return { tests: [({ signature }) => name.test(/\(([\s\S]*)\)/.exec(signature)?.[1] ?? '')] };
    },
  },
  {
    pattern: new RegExp(String.raw`\s+${relative}(?:are\s+|is\s+)?(?<adjective>[\w-]+)$`, 'iu'),
    read: ({ adjective = '' }) => {
      const test = adjectiveOf(adjective);
      return test && { tests: [test], ...(/^(?:exported|publicly)$/i.test(adjective) && { exported: true }) };
    },
  },
];

/** Null when a word of it cannot be understood. */
export function definitionPhrase(listed: string, world: World): DefinitionPhrase | null {
  let rest = listed;
  const said: string[] = [];
  const tests: Test[] = [];
  const places: NamedPlace[] = [];
  let exported = false;
  for (let read = nextClause(rest, world); read; read = nextClause(rest, world)) {
    tests.push(...(read.clause.tests ?? []));
    places.push(...(read.clause.places ?? []));
    exported ||= read.clause.exported ?? false;
    if (read.clause.tests)
      said.unshift(rest.slice(read.rest.length).replace(/^\s+(?=return|take|accept|start|begin|end)/i, ' that '));
    ({ rest } = read);
  }
  const head = headOf(rest);
  if (!head) return null;
  return {
    ...head,
    // "Functions that are decorated with X": whether one is in a class does not matter.
    ...(tests.length > 0 && head.kind && /\bfunctions$/i.test(rest) && { kind: kindOf('functions and methods') }),
    tests: [...tests, ...head.tests],
    places,
    exported: exported || head.exported,
    said: manyOf(rest) + said.join(''),
  };
}

function nextClause(text: string, world: World): { readonly clause: Clauses; readonly rest: string } | null {
  for (const { pattern, read } of clauses) {
    const match = pattern.exec(text);
    const clause = match && read(match.groups ?? {}, world);
    if (match && clause) return { clause, rest: text.slice(0, match.index) };
  }
  return null;
}

type Head = Pick<DefinitionPhrase, 'kind' | 'noun' | 'tests' | 'words' | 'exported'>;

/** Adjectives, words of names, and a noun: `public`, `status code`, `constants`. */
function headOf(text: string): Head | null {
  const words = text.split(' ').filter((one) => one !== '');
  if (words.length === 0 || words.length > mostWords || words.some((one) => !/^[\p{L}\p{N}_-]+$/u.test(one)))
    return null;
  const size = [3, 2, 1].find((count) => words.length >= count && kindOf(words.slice(-count).join(' '))) ?? 0;
  const kind = size === 0 ? null : kindOf(words.slice(-size).join(' '));
  const tests: Test[] = [];
  const others: string[] = [];
  let exported = false;
  for (const one of words.slice(0, words.length - Math.max(size, 1))) {
    const test = adjectiveOf(one);
    exported ||= /^exported$/i.test(one);
    if (test) tests.push(test);
    else others.push(...wordsOf(one));
  }
  return { kind, tests, words: others, noun: kind ? '' : (wordsOf(words.at(-1) ?? '').at(-1) ?? ''), exported };
}

/** Adjectives and noun together. */
const mostWords = 5;

function wholeWord(text: string): RegExp {
  return new RegExp(String.raw`(?<![\w$])${text.replaceAll(/[$.]/g, String.raw`\$&`)}(?![\w$])`);
}

function withoutParameters(signature: string): string {
  let depth = 0;
  let rest = '';
  for (const sign of signature) {
    if (sign === '(') depth += 1;
    if (depth === 0) rest += sign;
    if (sign === ')') depth -= 1;
  }
  return rest;
}
