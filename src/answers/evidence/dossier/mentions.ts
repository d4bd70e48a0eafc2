/**
 * What a question names: names of code, paths, lines of files, stack frames and texts of errors, each as it is written, and the
 * definitions and lines of the repository that they mean.
 */
import type { IndexReader, SymbolDefinition } from '../../../index/types.ts';
import { looksLikeCode, namesIn } from '../../code/words.ts';
import { isData, isTestPath } from '../../code/module-map.ts';

/** A place that the question names. */
export type Mention =
  | {
      readonly kind: 'definition';
      readonly name: string;
      readonly path: string;
      readonly symbol: SymbolDefinition;
      readonly certainty: number;
    }
  | { readonly kind: 'line'; readonly path: string; readonly line: number; readonly certainty: number }
  | { readonly kind: 'file'; readonly path: string; readonly certainty: number }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly path: string;
      readonly line: number;
      readonly certainty: number;
    };

/** A name of code as it is written in a question, with what is written before it. */
interface WrittenName {
  readonly name: string;
  readonly qualifiers: readonly string[];
  /** Whether it can only be code. */
  readonly isCode: boolean;
}

const plainName = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;
const qualified = new RegExp(String.raw`(?:${plainName}(?:::|\.|#|->))*${plainName}(?:\(\))?`, 'gu');
/** `mark as a method`: the word before one of these may be a name, whatever it looks like. */
const kindsOfCode =
  /\b(class|method|function|func|struct|interface|trait|enum|type|module|constant|variable|fixture|decorator|macro|property|field|hook|helper|middleware|attribute|exception|protocol)\b/i;
/** Definitions of one name that are taken. */
const mostOfName = 3;
const mostNames = 12;
/** An error's text is looked up in ever shorter runs of its words: values in it are not in the code. */
const fewestPhraseWords = 3;
const mostPhrases = 24;
const mostPhraseWords = 40;
const mostTextPlaces = 3;

const frames: readonly RegExp[] = [
  // Python
  /File "(?<path>[^"\n]+)", line (?<line>\d+)/g,
  // C#
  / in (?<path>[^\n:]+(?::\\[^\n:]+)?):line (?<line>\d+)/g,
  // JavaScript, Go, Rust, Ruby, compilers: path:line
  /(?<path>(?:[\w@.+-]*[\\/])*[\w@+-]+(?:\.[\w+-]+)*\.[A-Za-z]\w{0,9}):(?<line>\d+)/g,
  /(?<path>(?:[\w@.+-]*[\\/])*[\w@+-]+(?:\.[\w+-]+)*\.[A-Za-z]\w{0,9})[,:]? (?:on )?lines? (?<line>\d+)/g,
  // Java, Kotlin, Scala: only the file's name, the package is before it
  /\((?<path>[\w$]+\.\w+):(?<line>\d+)\)/g,
];
const pathLike = /(?:[\w@.+-]+[\\/])+[\w@.+-]+|[\w@+-]+(?:\.[\w+-]+)*\.[A-Za-z][A-Za-z0-9]{0,5}\b/g;
const quotation = /"([^"\n]{6,300})"|“([^”\n]{6,300})”|'([^'\n]{10,300})'(?!\w)|`([^`\n]{6,300})`/g;
/** `ValueError: what went wrong` anywhere, `app.errors.GaveUp: what went wrong` where a line begins. */
const errorLine =
  /(?:\b[\w$]*(?:Error|Exception|Panic|Failure|Warning)\b:?|^\s*(?:[\w$]+(?:\.|::))*\p{Lu}[\w$]*:)\s+(.{6,300})/gmu;

type Reader = Pick<IndexReader, 'definitions' | 'files' | 'file' | 'phrase' | 'chunk'>;

/** The names of code in a question, in order, each once. */
function writtenNames(question: string, isDefined: (name: string) => boolean): WrittenName[] {
  const sure = new Set(namesIn(question));
  const found = new Map<string, WrittenName>();
  for (const match of question.matchAll(qualified)) {
    const written = match[0];
    const parts = written.replace(/\(\)$/, '').split(/::|\.|#|->/);
    const name = parts.at(-1) ?? '';
    const before = question.slice(Math.max(0, match.index - 24), match.index);
    const after = question.slice(match.index + written.length, match.index + written.length + 16);
    const isCode = written.endsWith('()') || sure.has(name) || looksLikeCode(written);
    const isCapital = /^\p{Lu}/u.test(name) && /\S\s+$/u.test(before) && !/[.?!:]\s+$/.test(before);
    // `URL`, `GET`: words of English text more often than names.
    const isAcronym = /^\p{Lu}{2,8}$/u.test(name);
    const isCalledSo = new RegExp(String.raw`^['’\x60]?s?\s+${kindsOfCode.source}`, 'i').test(after);
    if (!isCode && (!isCapital || isAcronym) && !(isCalledSo && name.length > 3)) continue;
    if (name.length < 2) continue;
    // `file.py` is a path.
    if (parts.length > 1 && !isDefined(name)) {
      const owner = parts.at(-2) ?? '';
      if (isDefined(owner)) found.set(owner, { name: owner, qualifiers: parts.slice(0, -2), isCode });
      continue;
    }
    if (!isDefined(name)) continue;
    const known = found.get(name);
    if (!known || known.qualifiers.length < parts.length - 1)
      found.set(name, { name, qualifiers: parts.slice(0, -1), isCode: isCode || (known?.isCode ?? false) });
  }
  return [...found.values()].slice(0, mostNames);
}

/**
 * Resolves all that a question names.
 * @param rankOf how high search ranks a file, from 0; Infinity where it does not
 */
export function mentionsIn(
  question: string,
  reader: Reader,
  rankOf: (path: string) => number,
  wantsTests: boolean,
): Mention[] {
  const names = writtenNames(question, (name) => reader.definitions(name).some(({ local }) => !local));
  const all = new Set(names.map(({ name }) => name));
  return [
    ...linesNamed(question, reader),
    ...names.flatMap((name) => definitionsOf(name, all, reader, rankOf, wantsTests)),
    ...textsNamed(question, reader),
    ...filesNamed(question, reader),
  ];
}

function definitionsOf(
  { name, qualifiers, isCode }: WrittenName,
  others: ReadonlySet<string>,
  reader: Reader,
  rankOf: (path: string) => number,
  wantsTests: boolean,
): Mention[] {
  const all = reader.definitions(name).filter(({ local, path }) => !local && !isData(reader.file(path)));
  const own = wantsTests ? all : preferred(all, ({ path }) => !isTestPath(path));
  const isOnlyTests = !wantsTests && own.every(({ path }) => isTestPath(path));
  const owner = qualifiers.at(-1);
  const inOwner =
    owner === undefined
      ? own
      : preferred(
          own,
          ({ scope, path }) => scope.at(-1) === owner || stemOfPath(path).toLowerCase() === owner.toLowerCase(),
        );
  // `Mount` beside `Mux`: the one that belongs to what else is named.
  const beside = preferred(inOwner, ({ scope }) => scope.some((one) => others.has(one)));
  const value = ({ kind }: SymbolDefinition): number =>
    kind === 'field' || kind === 'variable' || kind === 'module' ? 1 : 0;
  const least = Math.min(...beside.map(value));
  const ordered = beside
    .filter((one) => value(one) === least)
    .toSorted((a, b) => rankOf(a.path) - rankOf(b.path) || b.endLine - b.startLine - (a.endLine - a.startLine));
  const certainty =
    (isCode ? 1 : 0.8) * (ordered.length <= mostOfName ? 1 : 0.6) * (least === 0 ? 1 : 0.7) * (isOnlyTests ? 0.4 : 1);
  return ordered.slice(0, mostOfName).map((symbol, at): Mention => ({
    kind: 'definition',
    name,
    path: symbol.path,
    symbol,
    certainty: certainty / (at + 1) ** 0.5,
  }));
}

function linesNamed(question: string, reader: Reader): Mention[] {
  const found = new Map<string, Mention>();
  for (const frame of frames)
    for (const { groups } of question.matchAll(frame)) {
      const line = Number(groups?.['line']);
      for (const path of filesCalled(groups?.['path'] ?? '', reader).slice(0, 2))
        if (line > 0 && line <= (reader.file(path)?.lines ?? 0))
          found.set(`${path}:${line}`, { kind: 'line', path, line, certainty: 1 });
    }
  return [...found.values()];
}

function filesNamed(question: string, reader: Reader): Mention[] {
  const paths = new Set(
    [...question.matchAll(pathLike)].flatMap(([written]) => filesCalled(written, reader).slice(0, 2)),
  );
  return [...paths].map((path): Mention => ({ kind: 'file', path, certainty: 0.7 }));
}

/** The files that a path as written may mean: those that end in it, or in whose end it ends where it is one of another machine. */
function filesCalled(written: string, reader: Reader): string[] {
  const path = written
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .replace(/[.,]+$/, '');
  if (reader.file(path)) return [path];
  const parts = path.split('/');
  const files = reader.files().map((file) => file.path);
  for (let from = 0; from < parts.length; from++) {
    const tail = parts.slice(from).join('/');
    const found = files.filter((file) => file === tail || file.endsWith(`/${tail}`));
    if (found.length > 0) return found.toSorted((a, b) => a.length - b.length);
  }
  return [];
}

/** Where the text of an error or another quotation is in the code: the longest run of its words that is anywhere. */
function textsNamed(question: string, reader: Reader): Mention[] {
  const texts = [
    ...[...question.matchAll(quotation)].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? ''),
    ...[...question.matchAll(errorLine)].map((match) => match[1] ?? ''),
  ];
  return texts.flatMap((text) => placesOfText(text, reader));
}

function placesOfText(text: string, reader: Reader): Mention[] {
  const runs = plainRuns(text);
  const all = runs.reduce((count, run) => count + run.length, 0);
  let tried = 0;
  for (let length = Math.max(...runs.map((run) => run.length), 0); length >= fewestPhraseWords; length--)
    for (const whole of runs)
      for (let from = 0; from + length <= whole.length; from++) {
        if (++tried > mostPhrases) return [];
        const run = whole.slice(from, from + length);
        const chunks = reader.phrase(run.join(' '), mostTextPlaces * 4).flatMap((id) => reader.chunk(id) ?? []);
        const places = preferred(chunks, ({ path, language }) => !isTestPath(path) && !isData({ language }));
        if (places.length === 0) continue;
        const certainty = Math.max(0.5, length / all);
        return places.slice(0, mostTextPlaces).map((chunk): Mention => {
          const at = chunk.text.split('\n').findIndex((line) => holdsRun(line, run));
          return {
            kind: 'text',
            text: run.join(' '),
            path: chunk.path,
            line: chunk.startLine + Math.max(at, 0),
            certainty,
          };
        });
      }
  return [];
}

/** Runs of plain words of a text: between them are values (numbers, addresses, paths, quotations), which the code makes at run time. */
function plainRuns(text: string): string[][] {
  const runs: string[][] = [[]];
  for (const token of text.split(/\s+/).slice(0, mostPhraseWords)) {
    const word = /^["'(\[]*([\p{L}][\p{L}_’'-]*)["')\],.;:!?]*$/u.exec(token)?.[1];
    if (word !== undefined) runs.at(-1)?.push(...(word.match(/[\p{L}_]+/gu) ?? []));
    else runs.push([]);
  }
  return runs.filter((run) => run.length >= fewestPhraseWords).toSorted((a, b) => b.length - a.length);
}

/** Whether a line holds the words, or the first of them where they go on in the next line. */
function holdsRun(line: string, run: readonly string[]): boolean {
  const words = line.match(/[\p{L}\p{N}_]+/gu)?.map((word) => word.toLowerCase()) ?? [];
  const first = run[0]?.toLowerCase() ?? '';
  const second = run[1]?.toLowerCase();
  return words.some(
    (word, at) => word === first && (second === undefined || at + 1 >= words.length || words[at + 1] === second),
  );
}

/** Those for which it holds; all where it holds for none. */
function preferred<T>(all: readonly T[], holds: (one: T) => boolean): readonly T[] {
  const found = all.filter(holds);
  return found.length > 0 ? found : all;
}

function stemOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
}
