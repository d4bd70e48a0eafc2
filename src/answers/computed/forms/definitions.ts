/** "List every exception", "exported functions of package X", "classes whose name ends with Adapter": definitions by what they are. */
import { say } from '../../../base/sentences.ts';
import type { SymbolDefinition } from '../../../index/types.ts';
import { basesOf } from '../../code/bases.ts';
import { type FileText, fileText, qualifiedName } from '../../code/file-text.ts';
import { isData } from '../../code/module-map.ts';
import { wordsOf } from '../../code/words.ts';
import { askedWords } from '../asked-text.ts';
import { type DefinitionPhrase, definitionPhrase } from '../definition-phrase.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import type { Kind, Test } from '../kinds.ts';
import { publicNamesOf } from '../public-names.ts';
import { withoutTests } from '../without-tests.ts';

export const definitions: QuestionForm = {
  name: 'definitions',
  find: async ({ listed }, world) => {
    const phrase = listed === null ? null : definitionPhrase(listed, world);
    return phrase && listOf(phrase, world);
  },
};

/** Fewer names that end alike are a coincidence. */
const fewestAlike = 2;

async function listOf(phrase: DefinitionPhrase, world: World): Promise<FoundList | null> {
  const { kind, noun, words, places, said } = phrase;
  const { kept, inTests } = withoutTests(world, ownValues(onceEach(await definitionsThat(phrase, world)), noun));
  // A word that is no kind of definition is surely one of names only when several hold it.
  const least = kind === null || words.length > 0 ? fewestAlike : places.length === 0 ? 1 : 0;
  if (kept.length < least) return null;
  const where = places.map(({ label }) => label).join(', ');
  return {
    heading:
      where === ''
        ? say('{0}: {1} found.', askedWords(said), kept.length)
        : say('{0} in {1}: {2} found.', askedWords(said), where, kept.length),
    items: kept.map(({ path, symbol }): ListedItem => ({
      path,
      startLine: symbol.startLine,
      endLine: symbol.endLine,
      label: qualifiedName(symbol),
      symbol,
      code: '',
    })),
    inTests,
    limits: [
      ...(words.length > 0
        ? [say('Listed are those whose name, type or file name holds these words: {0}.', words.join(', '))]
        : []),
      kind === null
        ? say('Listed are definitions whose name, or whose base’s name, ends with {0}.', noun)
        : say(
            'Definitions are listed as the parsers of the languages find them; those that are made while the program runs are not seen.',
          ),
    ],
  };
}

interface Found {
  readonly path: string;
  readonly symbol: SymbolDefinition;
}

async function definitionsThat(
  { kind, noun, tests, words, places, exported }: DefinitionPhrase,
  world: World,
): Promise<Found[]> {
  const found: Found[] = [];
  const isKind = kind === null ? (): boolean => true : kind.inherited ? await withDerived(kind, world) : kind.test;
  const open = exported
    ? places.flatMap(({ folder }) => (folder === null ? [] : [publicNamesOf(world.reader, folder)]))
    : [];
  for (const entry of world.reader.files()) {
    const { path } = entry;
    if (isData(entry) || !world.isInScope(path) || !places.every((place) => place.holds(path))) continue;
    await world.breathe();
    const file = fileText(world.reader, path);
    if (!file) continue;
    for (const symbol of world.reader.symbolsOf(path)) {
      if (symbol.local || !isKind(symbol, file) || !tests.every((test) => test(symbol, file))) continue;
      if (kind === null && !isNamed(symbol, noun, file)) continue;
      if (!words.every((one) => holds(symbol, path, one))) continue;
      if (open.some((names) => names !== null && !names.has(path, symbol.name))) continue;
      found.push({ path, symbol });
    }
  }
  return found;
}

/** The kind's test, and that a type derives from one that passes it. */
async function withDerived({ test }: Kind, { reader, breathe }: World): Promise<Test> {
  const bases = new Map<string, readonly string[]>();
  const names = new Set<string>();
  for (const entry of reader.files()) {
    if (isData(entry)) continue;
    await breathe();
    const file = fileText(reader, entry.path);
    if (!file) continue;
    for (const symbol of reader.symbolsOf(entry.path)) {
      if (symbol.kind !== 'type') continue;
      bases.set(symbol.name, [...(bases.get(symbol.name) ?? []), ...basesOf(symbol, file)]);
      if (test(symbol, file)) names.add(symbol.name);
    }
  }
  for (let before = -1; before < names.size;) {
    before = names.size;
    for (const [name, above] of bases) if (above.some((base) => names.has(base))) names.add(name);
  }
  return (symbol, file) => test(symbol, file) || (symbol.kind === 'type' && names.has(symbol.name));
}

/** Whether its name, or that of a base, ends with the word and is more than it. */
function isNamed(symbol: SymbolDefinition, noun: string, file: FileText): boolean {
  if (symbol.kind === 'field' || symbol.kind === 'module' || symbol.scope.length > 0) return false;
  const ends = (name: string): boolean => {
    const parts = wordsOf(name);
    return parts.length > 1 && parts.at(-1) === noun;
  };
  return (
    ends(symbol.name) ||
    (symbol.kind === 'type' && basesOf(symbol, file).some((base) => ends(base) || wordsOf(base).join(' ') === noun))
  );
}

function holds({ name, scope }: SymbolDefinition, path: string, word: string): boolean {
  const file = path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
  return [name, ...scope, file].some((part) => wordsOf(part).includes(word));
}

/** Of names that end alike, an interface or an alias says what the others are and is none of them. */
function ownValues<T extends { readonly symbol: SymbolDefinition }>(found: readonly T[], noun: string): readonly T[] {
  const isDescription = ({ symbol }: T): boolean =>
    symbol.kind === 'type' &&
    /\b(?:interface|trait)\b|^\s*(?:export\s+)?(?:declare\s+)?type\b(?!.*\bstruct\b)/.test(symbol.signature);
  const others = found.filter((one) => !isDescription(one));
  return noun === '' || others.length === 0 ? found : others;
}

/** Overloads and declarations repeated in one file are one. */
function onceEach<T extends { readonly path: string; readonly symbol: SymbolDefinition }>(found: readonly T[]): T[] {
  const seen = new Set<string>();
  return found.filter(({ path, symbol }) => {
    const key = `${path} ${qualifiedName(symbol)}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
