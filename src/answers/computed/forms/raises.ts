/** "Where is X raised", "which functions throw X", "what does X raise": statements that raise or return an error. */
import { counted, say } from '../../../base/sentences.ts';
import { fileText, qualifiedName } from '../../code/file-text.ts';
import { withoutCommentsAndStrings } from '../../code/code-words.ts';
import type { ListedItem, QuestionForm, World, FoundList } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';
import { placeNamed, placePattern } from '../places.ts';
import { withoutTests } from '../without-tests.ts';

const raising = '(?:raises?|throws?|rais(?:ed|ing)|throw(?:n|ing)|returns?|panics? with|emits?)';
const strictly = '(?:raises?|throws?|raised|thrown)';
const inPlace = String.raw`(?:\s+(?:in|of|from|under|within|inside)\s+${placePattern})?`;
const whereRaised = [
  String.raw`^where(?:\s+all)?\s+(?:is|are|do we|does the code)\s+(?:raise\s+|throw\s+)?${namePattern('name')}(?:\s+${strictly})?${inPlace}$`,
  String.raw`^(?:who|what|which (?:functions?|methods?|places?|functions? (?:and|or) methods?))(?:\s+(?:can|may|could))?\s+${strictly}\s+${namePattern('name')}${inPlace}$`,
  String.raw`^(?:list|show|find|enumerate)\s+(?:me\s+)?(?:all|every|each)(?:\s+the)?\s+(?:places?|functions?|methods?|lines?)\s+(?:where|that|which)\s+(?:can\s+|may\s+)?(?:raise|throw)?s?\s*${namePattern('name')}(?:\s+(?:is|are)\s+${strictly})?${inPlace}$`,
].map((source) => new RegExp(source, 'iu'));
const whatRaised = [
  String.raw`^(?:what|which)(?:\s+(?:exceptions?|errors?))?\s+(?:does|do|can|may|could|will)\s+${namePattern('name')}\s+(?:raise|throw)$`,
  String.raw`^(?:list|show|find|enumerate)\s+(?:me\s+)?(?:all|every|each)(?:\s+the)?\s+(?:exceptions?|errors?)\s+(?:that\s+)?${namePattern('name')}\s+(?:can\s+|may\s+)?${raising}$`,
  String.raw`^(?:list|what are)\s+(?:all\s+|every\s+)?(?:the\s+)?(?:exceptions?|errors?)\s+(?:that\s+are\s+)?(?:raised|thrown)\s+(?:by|in|from)\s+${namePattern('name')}$`,
].map((source) => new RegExp(source, 'iu'));
const statement = /(?<![\w$])(?:raise|throw|panic!?|throws?\s+new|reject)(?![\w$])/;
/** Where errors are values, returning or making one is raising it. */
const returning = /(?<![\w$])(?:return|Err|bail!|abort)(?![\w$])/;

export const raises: QuestionForm = {
  name: 'raises',
  find: async ({ whole }, world) => {
    const what = whatRaised.map((pattern) => pattern.exec(whole)).find((match) => match !== null);
    if (what) return raisedBy(what.groups?.['name'] ?? '', world);
    if (!/\b(?:rais|throw|thrown)/i.test(whole)) return null;
    const where = whereRaised.map((pattern) => pattern.exec(whole)).find((match) => match !== null);
    return where ? raisersOf(where.groups ?? {}, world) : null;
  },
};

async function raisersOf(groups: Record<string, string | undefined>, world: World): Promise<FoundList | null> {
  const name = askedName(groups['name'] ?? '');
  const definitions = name ? definitionsOf(world.reader, name) : [];
  if (!name || definitions.length === 0) return null;
  const place = groups['place'] === undefined ? null : placeNamed(world.reader, groups['place']);
  if (groups['place'] !== undefined && !place) return null;
  await world.breathe();
  const uses = world.relations
    .usesOf(definitions, (path) => place?.holds(path) !== false)
    .filter(({ imports }) => !imports);
  const byValue = (path: string): boolean => ['go', 'rust'].includes(world.reader.file(path)?.language ?? '');
  const found = uses.filter(({ text, path }) => statement.test(text) || (byValue(path) && returning.test(text)));
  const { kept, inTests } = withoutTests(world, found);
  return {
    heading: counted(
      kept.length,
      say('{1} is raised in {0} place.', kept.length, name.name),
      say('{1} is raised in {0} places.', kept.length, name.name),
    ),
    items: kept.map((use): ListedItem => ({
      path: use.path,
      startLine: use.line,
      endLine: use.line,
      label: use.within ? qualifiedName(use.within) : '',
      symbol: use.within,
      code: use.text,
    })),
    inTests,
    limits: [
      say('Listed are statements that name it: one that is raised by way of a variable, or by a library, is not seen.'),
    ],
  };
}

async function raisedBy(text: string, world: World): Promise<FoundList | null> {
  const name = askedName(text);
  const definitions = name
    ? definitionsOf(world.reader, name).filter(({ kind }) => kind !== 'field' && kind !== 'variable')
    : [];
  const [first] = definitions;
  if (!name || !first || (!name.isSure && /^(?:the|a|an)\s/i.test(text))) return null;
  const items: ListedItem[] = [];
  for (const { path, startLine, endLine } of definitions) {
    await world.breathe();
    const file = fileText(world.reader, path);
    if (!file || !world.isInScope(path)) continue;
    const code = withoutCommentsAndStrings(file.lines.join('\n'), file.language).split('\n');
    for (let line = startLine; line <= endLine; line++) {
      const bare = code[line - 1] ?? '';
      const isRaise =
        statement.test(bare) ||
        (['go', 'rust'].includes(file.language) &&
          returning.test(bare) &&
          /(?<![\w$])(?:Err\w*|err[A-Z]\w*|errors\.\w+|fmt\.Errorf)/.test(bare));
      if (!isRaise) continue;
      const raised =
        /(?:raise|throw(?:\s+new)?|panic!?\(?|return|Err\()\s*&?([\p{L}_$][\p{L}\p{N}_$.:]*)/u.exec(bare)?.[1] ?? '';
      items.push({
        path,
        startLine: line,
        endLine: line,
        label: raised,
        symbol: null,
        code: (file.lines[line - 1] ?? '').trim(),
      });
    }
  }
  return {
    heading: counted(
      items.length,
      say('{1} raises in {0} line.', items.length, qualifiedName(first)),
      say('{1} raises in {0} lines.', items.length, qualifiedName(first)),
    ),
    items,
    inTests: 0,
    limits: [say('Only its own lines are listed: what the functions that it calls raise may pass through it.')],
  };
}
