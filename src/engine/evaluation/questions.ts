/** Questions that a repository asks about itself: its documentation comments, which are taken out, and its commits. */
import { firstSentence } from '../../answers/code/first-sentence.ts';
import { renderedDocumentation } from '../../answers/code/documentation/markup.ts';
import { type FileText, fileText } from '../../answers/code/file-text.ts';
import { isData, isTestPath } from '../../answers/code/module-map.ts';
import { type Lines, commentAbove, docstringOf } from '../../answers/evidence/dossier/documentation-lines.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { EvaluationQuestion } from '../../protocol/evaluation.ts';
import type { CommitChange } from '../../repository/commits.ts';

/** Words of a sentence that can be asked for; fewer say nothing, more are a treatise. */
const words = { least: 5, most: 40 } as const;
/** Files of a commit that is about one thing. */
const mostFiles = 3;
/** Lines of a definition that is worth finding. */
const fewestLines = 3;

/** A question with the lines of its comment, as the file is before they are taken out. */
export interface DocumentedQuestion extends EvaluationQuestion {
  readonly path: string;
  readonly symbol: SymbolDefinition;
  readonly comment: Lines;
}

/** Every definition whose documentation begins with a sentence that can be asked for. */
export function documentedDefinitions(reader: IndexReader): DocumentedQuestion[] {
  return reader.files().flatMap((entry) => {
    if (isTestPath(entry.path) || isData(entry)) return [];
    const symbols = reader.symbolsOf(entry.path).filter((symbol) => symbol.documentation !== '' && isAskedFor(symbol));
    const file = symbols.length > 0 ? fileText(reader, entry.path) : undefined;
    return file ? symbols.flatMap((symbol) => questionOf(file, symbol)) : [];
  });
}

function isAskedFor({ kind, local, startLine, endLine }: SymbolDefinition): boolean {
  return (
    (kind === 'function' || kind === 'method' || kind === 'type') && !local && endLine - startLine + 1 >= fewestLines
  );
}

function questionOf(file: FileText, symbol: SymbolDefinition): DocumentedQuestion[] {
  const comment = docstringOf(file, symbol) ?? commentAbove(file, symbol.startLine);
  if (!comment) return [];
  const truth = firstSentence(renderedDocumentation(symbol.documentation, file.language));
  // Go's comments begin with the name, which search would find at once.
  const asked = truth.replace(new RegExp(String.raw`^(?:an?|the)?\s*\b${symbol.name}\b\s*`, 'i'), '');
  const count = asked.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length;
  if (count < words.least || count > words.most || asked.includes(symbol.name)) return [];
  return [
    {
      kind: 'documentation',
      question: `Where is this done: ${asked}`,
      truth,
      places: [{ path: file.path, startLine: symbol.startLine, endLine: symbol.endLine }],
      path: file.path,
      symbol,
      comment,
    },
  ];
}

/** Commits that changed few files of code which are still there, by what they say they did. */
export function commitQuestions(commits: readonly CommitChange[], reader: IndexReader): EvaluationQuestion[] {
  return commits.flatMap(({ subject, paths }): EvaluationQuestion[] => {
    const own = paths.filter((path) => !isTestPath(path) && !isData(reader.file(path)));
    if (own.length === 0 || own.length > mostFiles) return [];
    const said = subject
      .replace(/\s*\(#\d+\)\s*$/, '')
      .replace(/^\w+(?:\([^)]*\))?!?:\s*/, '')
      .trim();
    if (said.split(/\s+/).length < words.least || own.some((path) => said.includes(path))) return [];
    return [
      {
        kind: 'commits',
        question: `Which code was changed to do this: ${said}`,
        truth: said,
        places: own.map((path) => ({ path, startLine: 1, endLine: Math.max(reader.file(path)?.lines ?? 1, 1) })),
      },
    ];
  });
}

/** So many of them, at random by the seed; the same whatever the order of equal ones was. */
export function sampled<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  // mulberry32: a small generator whose sequences are the same everywhere.
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const left = [...items];
  const taken: Item[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken;
}
