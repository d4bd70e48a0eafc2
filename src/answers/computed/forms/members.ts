/** "Every public method of X", "which fields does X have", "options of the struct X", "parameters of f": what belongs to a definition. */
import { type Sentence, say } from '../../../base/sentences.ts';
import type { SymbolDefinition } from '../../../index/types.ts';
import { basesOf } from '../../code/bases.ts';
import type { Definition } from '../../code/code-relations.ts';
import { withoutCommentsAndStrings } from '../../code/code-words.ts';
import { type FileText, fileText } from '../../code/file-text.ts';
import { parent } from '../../code/imports.ts';
import { filesWith } from '../../code/occurrences.ts';
import { askedWords, manyOf } from '../asked-text.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { type Test, adjectiveOf, kindOf } from '../kinds.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';
import { entriesOf } from '../entries.ts';

const noun = String.raw`(?<noun>(?:[\w-]+\s+){0,2}(?:methods?|functions?|members?|fields?|attributes?|properties|property|options?|settings?|constants?|variants?|values?|parameters?|arguments?|params|cases|constructors?))`;
const patterns = [
  String.raw`^${noun}\s+(?:that\s+)?(?:(?:are|is)\s+)?(?:defined\s+|declared\s+|available\s+|there\s+)?(?:of|on|in|for|by|inside)\s+${namePattern('name')}$`,
  String.raw`^${noun}\s+(?:does|do|can)\s+${namePattern('name')}\s+(?:have|has|define|declare|provide|expose|offer|implement|contain|accept|take|support)$`,
  String.raw`^${noun}\s+(?:that\s+)?${namePattern('name')}\s+(?:has|have|defines?|declares?|provides?|exposes?|offers?|implements?|contains?|accepts?|takes?|supports?)$`,
].map((source) => new RegExp(source, 'iu'));

export const members: QuestionForm = {
  name: 'members',
  find: async ({ listed }, world) => {
    const groups =
      listed === null
        ? undefined
        : patterns.map((pattern) => pattern.exec(listed)).find((match) => match !== null)?.groups;
    const name = askedName(groups?.['name'] ?? '');
    const asked = groups?.['noun']?.split(' ') ?? [];
    if (!name || listed === null || asked.length === 0) return null;
    const word = (asked.pop() ?? '').toLowerCase();
    const tests: Test[] = [];
    for (const one of asked) {
      const test = adjectiveOf(one) ?? (one.toLowerCase() === 'enum' ? (): boolean => true : null);
      if (!test) return null;
      tests.push(test);
    }
    await world.breathe();
    const definitions = definitionsOf(world.reader, name).filter(({ path }) => world.isInScope(path));
    if (/^(?:parameters?|arguments?|params)$/.test(word)) return parametersOf(definitions);
    const types = definitions.filter(({ kind }) => kind === 'type' || kind === 'module');
    if (types.length === 0) return null;
    const kind = memberTest(word);
    const items = types.flatMap((type) =>
      membersOf(
        type,
        world,
        (symbol, file) => kind(symbol, file) && tests.every((test) => test(symbol, file)),
        /^(?:fields?|attributes?|propert|members?|options?|settings?)/.test(word),
      ),
    );
    const bases = [...new Set(types.flatMap((type) => basesFor(type, world)))];
    if (items.length === 0 && /^(?:values?|variants?|cases|options?|settings?)$/.test(word)) return null;
    return {
      heading: say('{0} of {1}: {2} found.', askedWords(manyOf(groups?.['noun'] ?? '')), name.name, items.length),
      items,
      inTests: 0,
      limits: bases.length === 0 ? [] : [inherited(name.name, bases)],
    };
  },
};

function inherited(name: string, bases: readonly string[]): Sentence {
  return say('Listed is what {0} itself declares; what it inherits from {1} is not.', name, bases.join(', '));
}

function basesFor(type: Definition, { reader }: World): string[] {
  const file = fileText(reader, type.path);
  return file ? basesOf(type, file) : [];
}

function memberTest(word: string): Test {
  if (/^members?$/.test(word)) return ({ kind }) => kind !== 'type' && kind !== 'module';
  if (/^(?:variants?|cases|values?)$/.test(word)) return ({ kind }) => kind === 'constant' || kind === 'field';
  if (/^functions?$/.test(word)) return ({ kind }) => kind === 'method' || kind === 'function';
  return kindOf(word)?.test ?? ((): boolean => false);
}

/** Members in the lines of the type, in other files of its package (Go, Rust, C++), and those that methods set on their object. */
function membersOf(type: Definition, { reader }: World, test: Test, withAssigned: boolean): ListedItem[] {
  const language = reader.file(type.path)?.language ?? '';
  const isSpread = ['go', 'rust', 'cpp', 'c', 'csharp', 'ruby'].includes(language);
  const paths = isSpread
    ? (filesWith(reader, type.name) ?? [type.path]).filter(
        (path) => reader.file(path)?.language === language && (language !== 'go' || parent(path) === parent(type.path)),
      )
    : [type.path];
  const found = new Map<string, ListedItem>();
  for (const path of paths) {
    const file = fileText(reader, path);
    if (!file) continue;
    const symbols = reader.symbolsOf(path);
    for (const symbol of symbols) {
      // A field of a field's own unnamed type is none of this one's.
      if (
        symbol.kind === 'field' &&
        symbols.some(
          (one) =>
            one !== symbol && one.kind === 'field' && one.startLine < symbol.startLine && symbol.endLine <= one.endLine,
        )
      )
        continue;
      const isOwn =
        symbol.scope.at(-1) === type.name &&
        !symbol.local &&
        (isSpread || (type.startLine <= symbol.startLine && symbol.endLine <= type.endLine));
      if (!isOwn || !test(symbol, file) || found.has(symbol.name)) continue;
      found.set(symbol.name, {
        path,
        startLine: symbol.startLine,
        endLine: symbol.endLine,
        label: symbol.name,
        symbol,
        code: symbol.kind === 'method' || symbol.kind === 'function' ? '' : oneLine(symbol),
      });
    }
    if (withAssigned && path === type.path)
      for (const one of assigned(file, type)) {
        const symbol: SymbolDefinition = {
          name: one.label,
          kind: 'field',
          scope: [type.name],
          local: false,
          startLine: one.startLine,
          endLine: one.endLine,
          signature: one.code,
          documentation: '',
        };
        if (!found.has(one.label) && test(symbol, file)) found.set(one.label, one);
      }
  }
  return [...found.values()].toSorted((a, b) =>
    a.path === b.path
      ? a.startLine - b.startLine
      : a.path === type.path
        ? -1
        : b.path === type.path
          ? 1
          : a.path < b.path
            ? -1
            : 1,
  );
}

function oneLine({ signature }: SymbolDefinition): string {
  return signature.split('\n', 1)[0]?.trim() ?? '';
}

/** `self.x = …` and `this.x = …`, the first of each name. */
function assigned(file: FileText, type: Definition): ListedItem[] {
  if (!/^(?:python|typescript|javascript|typescriptreact|javascriptreact)$/.test(file.language)) return [];
  const bare = withoutCommentsAndStrings(file.lines.join('\n'), file.language).split('\n');
  const found = new Map<string, ListedItem>();
  for (let line = type.startLine; line <= type.endLine; line++) {
    const name = /^\s*(?:self|this)\.([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::[^=]+)?=(?!=)/u.exec(bare[line - 1] ?? '')?.[1];
    if (name === undefined || found.has(name)) continue;
    found.set(name, {
      path: file.path,
      startLine: line,
      endLine: line,
      label: name,
      symbol: null,
      code: (file.lines[line - 1] ?? '').trim(),
    });
  }
  return [...found.values()];
}

function parametersOf(definitions: readonly Definition[]): FoundList | null {
  const callable = definitions.find(({ kind, signature }) => kind !== 'type' && signature.includes('('));
  if (!callable) return null;
  const entries = entriesOf(callable.signature, '(', callable.startLine);
  const items = entries
    .filter(({ text }) => !/^(?:self|cls|this|\*|\/|&?(?:mut\s+)?self)$/.test(text.trim()))
    .map(({ text, startLine, endLine }): ListedItem => ({
      path: callable.path,
      startLine,
      endLine,
      label: text.replaceAll(/\s+/g, ' ').trim(),
      symbol: null,
      code: '',
    }));
  return { heading: say('{1} has {0} parameters.', items.length, callable.name), items, inTests: 0, limits: [] };
}
