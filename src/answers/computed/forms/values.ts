/** "Which values can X have", "every code an E can have", "which types have an encoder in f": entries of the collection that is meant. */
import { say } from '../../../base/sentences.ts';
import type { Definition } from '../../code/code-relations.ts';
import { namesInCode } from '../../code/code-words.ts';
import { fileText, linesOf } from '../../code/file-text.ts';
import { isTestPath } from '../../code/module-map.ts';
import { contentWords, wordsOf } from '../../code/words.ts';
import { type Entry, entriesOf } from '../entries.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';

const words = String.raw`(?<words>[\p{L}][\p{L}\p{N}\s-]*?)`;
const patterns = [
  // "error code a TRPCError can have"
  String.raw`^${words}\s+(?:that\s+)?${namePattern('name')}\s+(?:can|may|could|might)\s+(?:have|take|be|use|carry|hold|accept|return|get)$`,
  String.raw`^${words}\s+(?:can|may|could|does|do)\s+${namePattern('name')}\s+(?:have|take|be|use|carry|hold|accept|support|handle|know|allow|recogni[sz]e|understand|register)$`,
  // "types have a built-in encoder in jsonable_encoder", "supported values of X", "keys of X"
  String.raw`^${words}\s+(?:in|of|for|by)\s+${namePattern('name')}$`,
  String.raw`^${words}\s+(?:that\s+)?(?:are|is)\s+(?<done>supported|accepted|handled|allowed|known|recogni[sz]ed|registered)\s+(?:in|by|for)\s+${namePattern('name')}$`,
].map((source) => new RegExp(source, 'iu'));
/** Words of the question that name no collection. */
const general = new Set([
  'valu',
  'possibl',
  'allow',
  'valid',
  'support',
  'known',
  'accept',
  'key',
  'entri',
  'element',
  'item',
  'variant',
  'member',
  'built',
  'registr',
  'regist',
  'default',
  'option',
  'choic',
  'kind',
]);
/** Definitions that are followed from the one that is named to the collection. */
const deepest = 3;

export const values: QuestionForm = {
  name: 'values',
  find: async ({ listed }, world) => {
    if (listed === null) return null;
    for (const pattern of patterns) {
      const groups = pattern.exec(listed)?.groups;
      const name = askedName(groups?.['name'] ?? '');
      if (!groups || !name || (!name.isSure && /^(?:the|an?|any)\s/i.test(groups['name'] ?? ''))) continue;
      await world.breathe();
      const asked = contentWords(groups['words'] ?? '');
      const definitions = definitionsOf(world.reader, name).filter(({ path }) => world.isInScope(path));
      const found = definitions.map((one) => collectionOf(one, asked, world, 0)).find((one) => one !== null);
      if (found) return listOf(found, name.name);
    }
    return null;
  },
};

interface Collection {
  readonly definition: Definition;
  readonly entries: readonly Entry[];
}

/** The definition itself where it is a collection, else the one among the names in its lines that the question's words name best. */
function collectionOf(
  definition: Definition,
  asked: readonly string[],
  world: World,
  depth: number,
): Collection | null {
  const file = fileText(world.reader, definition.path);
  if (!file) return null;
  const text = linesOf(file, definition.startLine, definition.endLine);
  const entries = ownEntries(definition, text, world);
  const wanted = asked.filter((word) => !general.has(word));
  if (entries.length > 1) return { definition, entries };
  if (depth >= deepest) return null;
  const seen = new Set<string>([definition.name]);
  const candidates = namesInCode(text, file.language).flatMap(({ name }) => {
    if (seen.has(name)) return [];
    seen.add(name);
    const fit = wordsOf(name).filter((word, at, all) => wanted.includes(word) && all.indexOf(word) === at).length;
    // An alias leads to the collection whatever both are called.
    const isAlias = definition.kind === 'type' && entries.length <= 1 && definition.endLine - definition.startLine < 4;
    if (fit === 0 && !isAlias) return [];
    const target = world.reader
      .definitions(name)
      .filter(
        (one) =>
          !one.local &&
          (one.kind === 'constant' || one.kind === 'variable' || one.kind === 'type') &&
          (!isTestPath(one.path) || isTestPath(definition.path)),
      );
    const [only] = target.length > 1 ? target.filter((one) => one.path === definition.path) : target;
    return only ? [{ definition: only, fit }] : [];
  });
  const most = Math.max(...candidates.map(({ fit }) => fit));
  // A name that shares one word of several is too little to be meant.
  if (depth === 0 && most < Math.min(wanted.length, 2)) return null;
  for (const one of candidates.filter(({ fit }) => fit === most)) {
    const found = collectionOf(one.definition, asked, world, depth + 1);
    if (found) return found;
  }
  return null;
}

function ownEntries(definition: Definition, text: string, { reader }: World): Entry[] {
  const { kind, path, startLine, endLine, name } = definition;
  if (kind === 'type') {
    const members = reader
      .symbolsOf(path)
      .filter(
        (one) =>
          one.scope.at(-1) === name &&
          startLine <= one.startLine &&
          one.endLine <= endLine &&
          (one.kind === 'constant' || (one.kind === 'field' && /Enum\b|\benum\b/.test(definition.signature))),
      )
      .map((one) => ({ text: one.name, key: '', startLine: one.startLine, endLine: one.endLine }));
    if (members.length > 0) return members;
    if (path.endsWith('.go')) return typedConstants(definition, reader);
    const at = text.indexOf('=');
    const union =
      at < 0 ? [] : entriesOf(text.slice(at + 1), '|', startLine + (text.slice(0, at + 1).match(/\n/g) ?? []).length);
    return union.length > 1 && union.every((one) => /^['"`\d-]/.test(one.text)) ? union : [];
  }
  if (kind !== 'constant' && kind !== 'variable') return [];
  const at = text.search(/(?<![=!<>:])=(?![=>])|:=/);
  const value = at < 0 ? '' : text.slice(at + 1);
  const open = /^[^\n]*?([[{(])/.exec(
    value.replace(/^\s*(?:new\s+)?(?:\w[\w.]*\s*(?:<[^>]*>|\[[^\]]*\][\w.]*)?\s*(?=[({[]))?/, (call) =>
      ' '.repeat(call.length),
    ),
  )?.[1];
  if (open === undefined) return [];
  const line = startLine + (text.slice(0, at + 1).match(/\n/g) ?? []).length;
  const outer = entriesOf(value, open, line);
  // `frozenset([…])`, `new Set([…])`, `Object.freeze({…})`: the one argument is the collection.
  const [single] = outer;
  const inner = open === '(' && outer.length === 1 ? /^[[{(]/.exec(single?.text ?? '')?.[0] : undefined;
  return inner === undefined
    ? outer
    : entriesOf(value.slice(value.indexOf(inner, value.indexOf('(') + 1)), inner, line);
}

/** Go's enumerations: constants of the type, and those behind them in the same block that repeat it. */
function typedConstants({ name, path }: Definition, reader: World['reader']): Entry[] {
  const found: Entry[] = [];
  const ofType = new RegExp(String.raw`^\s*(?:const\s+)?(\w+)\s+${name}\s*(?:=|$)`);
  let isRepeated = false;
  for (const [at, line] of (fileText(reader, path)?.lines ?? []).entries()) {
    const typed = ofType.exec(line)?.[1];
    if (typed !== undefined) isRepeated = true;
    else if (/^\s*\)|^\s+\w+(?:\s+\w+)?\s*=/.test(line)) isRepeated = false;
    const constant = typed ?? (isRepeated ? /^\s+(\w+)\s*(?:\/\/.*)?$/.exec(line)?.[1] : undefined);
    if (constant !== undefined && constant !== '_')
      found.push({ text: constant, key: '', startLine: at + 1, endLine: at + 1 });
  }
  return found;
}

function listOf({ definition, entries }: Collection, name: string): FoundList {
  return {
    heading: say('{0} has {1} entries.', definition.name, entries.length),
    items: entries.map(({ key, text, startLine, endLine }): ListedItem => ({
      path: definition.path,
      startLine,
      endLine,
      label: (key === '' ? (text.split('\n', 1)[0] ?? '') : key).replaceAll(/^['"`]|['"`]$/g, ''),
      symbol: null,
      code: '',
    })),
    inTests: 0,
    limits:
      definition.name === name
        ? []
        : [say('They are the entries of {0}, which the code of {1} names.', definition.name, name)],
  };
}
