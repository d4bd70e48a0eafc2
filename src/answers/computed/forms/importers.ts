/** "What imports X", "which files depend on the X module", "what does FILE import": import statements, resolved to files. */
import { counted, say } from '../../../base/sentences.ts';
import { fileText } from '../../code/file-text.ts';
import type { Import } from '../../code/import-statements.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';
import { placeNamed, placePattern } from '../places.ts';
import { withoutTests } from '../without-tests.ts';

const importing = '(?:imports?|requires?|includes?)';
const importersPattern = new RegExp(
  String.raw`^(?:(?:who|what|which (?:files?|modules?|packages?|classes))\s+${importing}|where\s+(?:is|are)|(?:list|show|find|name|enumerate)\s+(?:me\s+)?(?:all|every|each)(?:\s+the)?\s+(?:(?:files?|modules?|packages?)\s+(?:that\s+|which\s+)?(?:importing|${importing})|importers?\s+of|imports?\s+of)|how many\s+(?:files?|modules?|packages?)\s+${importing})\s+(?<what>${placePattern}|${namePattern('name')})(?<imported>\s+imported)?$`,
  'iu',
);
const importsPattern = new RegExp(
  String.raw`^(?:(?:what|which (?:files?|modules?|packages?))\s+(?:does|do)\s+${placePattern}\s+(?:import|require|include)|(?:list|show|what are)\s+(?:all\s+|every\s+)?(?:the\s+)?(?:imports?|dependencies)\s+(?:of|in)\s+${placePattern.replace('<place>', '<other>')})$`,
  'iu',
);

export const importers: QuestionForm = {
  name: 'importers',
  find: async ({ whole }, world) => {
    const imports = importsPattern.exec(whole)?.groups;
    const phrase = imports?.['place'] ?? imports?.['other'];
    if (phrase !== undefined) return importsOfPlace(phrase, world);
    const asked = importersPattern.exec(whole)?.groups;
    const what = asked?.['what'];
    if (what === undefined || (/^where/i.test(whole) && asked?.['imported'] === undefined)) return null;
    return importersOfPlace(what.replace(/\s+imported$/i, ''), world);
  },
};

async function importsOfPlace(phrase: string, world: World): Promise<FoundList | null> {
  const place = placeNamed(world.reader, phrase);
  if (!place) return null;
  const found: Import[] = [];
  for (const { path } of world.reader.files()) {
    if (!place.holds(path) || !world.isInScope(path)) continue;
    await world.breathe();
    found.push(...world.relations.importsOf(path));
  }
  const { kept, inTests } = withoutTests(world, found);
  return {
    heading: counted(
      kept.length,
      say('{1} has {0} import.', kept.length, place.label),
      say('{1} has {0} imports.', kept.length, place.label),
    ),
    items: kept.map((one) => itemOf(one, one.target ?? one.specifier, world)),
    inTests,
    limits: [],
  };
}

async function importersOfPlace(phrase: string, world: World): Promise<FoundList | null> {
  await world.breathe();
  const place = placeNamed(world.reader, phrase);
  const name = askedName(phrase);
  let found: readonly Import[] = [];
  let label = place?.label ?? name?.name ?? phrase;
  if (place) {
    const files = world.reader.files().flatMap(({ path }) => (place.holds(path) ? [path] : []));
    const paths = new Set([...files, ...(place.folder === null ? [] : [place.folder])]);
    // What lies in the place imports its neighbours and is no user of it.
    found = world.relations.importersOf({ paths }).filter(({ path }) => place.folder === null || !place.holds(path));
  }
  if (found.length === 0 && name) {
    const plain = name.qualifier === '' ? name.name : `${name.qualifier}.${name.name}`;
    const definitions = definitionsOf(world.reader, name);
    if (definitions.length > 0 && name.isSure) {
      label = plain;
      const uses = world.relations.usesOf(definitions, world.isInScope).filter(({ imports }) => imports);
      found = [
        ...new Map(
          uses.map((use) => [use.path, { path: use.path, line: use.line, specifier: plain, target: null }]),
        ).values(),
      ];
    } else
      found = world.relations.importersOf({ package: /^[\w./@-]+$/.test(phrase) ? phrase.replaceAll('`', '') : plain });
  }
  if (!place && found.length === 0) return null;
  const { kept, inTests } = withoutTests(world, found);
  return {
    heading: counted(
      kept.length,
      say('{0} file imports {1}.', kept.length, label),
      say('{0} files import {1}.', kept.length, label),
    ),
    items: kept.map((one) => itemOf(one, '', world)),
    inTests,
    limits: [
      say(
        'Import statements are read as they are written: modules that are loaded by a name made while the program runs are not seen.',
      ),
    ],
  };
}

function itemOf({ path, line }: Import, label: string, { reader }: World): ListedItem {
  const code = fileText(reader, path)?.lines[line - 1]?.trim() ?? '';
  return { path, startLine: line, endLine: line, label, symbol: null, code };
}
