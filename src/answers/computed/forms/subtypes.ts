/** "Which classes implement X", "list every subclass of X", "what derives from X": the types below a type. */
import { counted, say } from '../../../base/sentences.ts';
import type { Subtype } from '../../code/code-relations.ts';
import { fileText, qualifiedName } from '../../code/file-text.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';
import { placeNamed, placePattern } from '../places.ts';
import { withoutTests } from '../without-tests.ts';

const noun = String.raw`(?:[\w-]+\s+)?(?:classes|class|types?|structs?|interfaces?|traits?|exceptions?|errors?|components?|enums?|objects?|things)`;
const inPlace = String.raw`(?:\s+(?:in|of|from|under|within|inside)\s+${placePattern})?`;
const steps = String.raw`(?<direct>(?:direct|immediate)(?:ly)?\s+)?(?:(?:also|all|directly|indirectly|transitive(?:ly)?|directly or (?:not|indirectly)|concrete|known),?\s+)*`;
const verb = String.raw`(?:derives?|inherits?|descends?|extends?|implements?|subclass(?:es)?|conforms?|satisf(?:y|ies)|are\s+(?:derived|subclassed|descended)|is\s+(?:derived|descended))`;
const behind = String.raw`(?:,?\s+(?:directly|indirectly|transitively)(?:\s+(?:or|and)\s+(?:not|indirectly|transitively|directly))?,?)?`;

const patterns = [
  // "classes of the security package that derive, directly or not, from SecurityBase"
  String.raw`^(?:${noun}${inPlace}\s+)?(?:(?:that|which)\s+)?${steps}${verb}${behind}(?:\s+(?:from|to|by))?\s+${namePattern('name')}${behind}${inPlace.replace('<place>', '<later>')}$`,
  // "subclasses of X"
  String.raw`^${steps}(?:sub-?class(?:es)?|sub-?types?|children|descendants?|(?:derived|child) (?:classes|types)|implement(?:ations?|ers?|ors?)|impls?)\s+(?:of|for)\s+${namePattern('name')}${behind}${inPlace}$`,
].map((source) => new RegExp(source, 'iu'));
const opened = new RegExp(
  String.raw`^(?:who|what)\s+${steps}${verb}${behind}(?:\s+from)?\s+${namePattern('name')}${inPlace}$`,
  'iu',
);

export const subtypes: QuestionForm = {
  name: 'subtypes',
  find: async ({ whole, listed }, world) => {
    const groups =
      (listed === null
        ? undefined
        : patterns.map((pattern) => pattern.exec(listed)).find((match) => match !== null)?.groups) ??
      opened.exec(whole)?.groups;
    const name = askedName(groups?.['name'] ?? '');
    if (!groups || !name) return null;
    const phrase = groups['place'] ?? groups['later'];
    const place = phrase === undefined ? null : placeNamed(world.reader, phrase);
    if (phrase !== undefined && !place) return null;
    await world.breathe();
    const isDefined = definitionsOf(world.reader, name).some(({ kind }) => kind === 'type');
    const found = world.relations.subtypesOf(name.name, { direct: groups['direct'] !== undefined });
    // What neither is a type here nor has types below it is no name of a type.
    if (!isDefined && found.length === 0) return null;
    return listOf(
      world,
      name.name,
      found.filter(({ path }) => place === null || place.holds(path)),
    );
  },
};

function listOf(world: World, name: string, found: readonly Subtype[]): FoundList {
  const { kept, inTests } = withoutTests(world, found);
  const items = kept.map(({ name: below, definition, path, line, how }): ListedItem => {
    const isHere = definition !== null && path === definition.path && line === definition.startLine;
    return {
      path,
      startLine: line,
      endLine: isHere ? definition.endLine : line,
      label: definition ? qualifiedName(definition) : below,
      symbol: isHere ? definition : null,
      code: fileText(world.reader, path)?.lines[line - 1]?.trim() ?? '',
      ...(how === 'by name alone' && { how }),
    };
  });
  return {
    heading: counted(
      items.length,
      say('{0} type derives from {1}, directly or not.', items.length, name),
      say('{0} types derive from {1}, directly or not.', items.length, name),
    ),
    items,
    inTests,
    limits: [
      say('Bases are known by the names in the declarations: types that are made while the program runs are not seen.'),
    ],
  };
}
