/** Summaries in the repository's own words: what files say of themselves at their beginning, and what they define. */
import type { IndexReader } from '../index/types.ts';
import type { Citation, LineRange, SummaryNode } from '../protocol/answers.ts';
import { escapeMarkdown } from './evidence-text.ts';
import { openingText } from './file-comment.ts';
import { chunkAt, fileText } from './file-text.ts';
import { firstSentence } from './first-sentence.ts';
import { mainDefinitions } from './module-map.ts';
import type { Draft, Summarizer } from './summary-nodes.ts';

const mostDefinitions = 5;
/** Files that speak for their folder, in the order they are asked. */
const spokesmen = [
  /^readme(?:\.\w+)?$/i,
  /^__init__\.pyi?$/,
  /^doc\.go$/,
  /^(?:mod|lib|main)\.rs$/,
  /^index\.[cm]?[jt]sx?$/,
  /^package-info\.java$/,
];

export function createExtractiveSummarizer(reader: IndexReader): Summarizer {
  return {
    id: 'extractive',
    file: ({ path, language, lines }) => {
      const draft = startDraft(reader);
      const opening = sentenceOf(reader, path);
      if (opening) draft.say(opening.sentence, opening);
      draft.define([{ path, language }], opening === undefined);
      if (draft.isEmpty())
        draft.say(
          lines === 0
            ? 'Is empty.'
            : `Holds ${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'} of ${language}.`,
          { path, startLine: 1, endLine: Math.max(lines, 1) },
        );
      return Promise.resolve(draft.finish());
    },
    folder: (path, children) => {
      const draft = startDraft(reader);
      const spoken = spokesman(reader, path, children);
      if (spoken) draft.say(spoken.sentence, spoken);
      draft.define(reader.files().filter((file) => path === '' || file.path.startsWith(`${path}/`)));
      const [first] = children;
      if (draft.isEmpty() && first)
        draft.cite(
          `Holds \`${first.path}\`${children.length > 1 ? ` and ${children.length - 1} more ${children.length === 2 ? 'entry' : 'entries'}` : ''}.`,
          first.citations,
        );
      return Promise.resolve(draft.finish());
    },
  };
}

interface Opening extends LineRange {
  readonly sentence: string;
}

function sentenceOf(reader: IndexReader, path: string): Opening | undefined {
  const file = fileText(reader, path);
  const opening = file && openingText(file);
  // The address of a Markdown link is relative to the document.
  const sentence = opening && firstSentence(opening.text).replaceAll(/\[([^\]]+)\]\([^)\s]*\)/g, '$1');
  return opening && sentence ? { path, startLine: opening.startLine, endLine: opening.endLine, sentence } : undefined;
}

function spokesman(reader: IndexReader, folder: string, children: readonly SummaryNode[]): Opening | undefined {
  const files = children.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  for (const pattern of spokesmen) {
    const found = files
      .filter((path) => pattern.test(path.slice(folder === '' ? 0 : folder.length + 1)))
      .map((path) => sentenceOf(reader, path));
    const [first] = found.filter((opening) => opening !== undefined);
    if (first) return first;
  }
  return undefined;
}

interface DraftBuilder {
  /** A sentence of the repository, word for word. */
  say(sentence: string, place: LineRange): void;
  /** The main definitions of the files; of the first also what its documentation says, when the file says nothing itself. */
  define(files: readonly { readonly path: string; readonly language: string }[], documented?: boolean): void;
  cite(sentence: string, citations: readonly Citation[]): void;
  isEmpty(): boolean;
  finish(): Draft;
}

function startDraft(reader: IndexReader): DraftBuilder {
  const sentences: string[] = [];
  const citations: Citation[] = [];
  const number = (place: LineRange): number => {
    const file = fileText(reader, place.path);
    const id = (file && chunkAt(file, place.startLine)?.id) ?? place.path;
    const { path, startLine, endLine } = place;
    citations.push({ id, number: citations.length + 1, path, startLine, endLine, status: 'verified' });
    return citations.length;
  };
  return {
    say: (sentence, place) => {
      // The number after a name in backticks makes the name a link to its definition, which a quoted one has not.
      const end = sentence.endsWith('`') ? '.' : '';
      sentences.push(`${escapeMarkdown(sentence)}${end} [${number(place)}]`);
    },
    define: (files, documented = false) => {
      const all = mainDefinitions(reader, files, Infinity);
      const names = all
        .slice(0, mostDefinitions)
        .map(
          ({ symbol, path }) =>
            `\`${symbol.name}\` [${number({ path, startLine: symbol.startLine, endLine: symbol.endLine })}]`,
        );
      if (names.length === 0) return;
      const more = all.length > names.length ? ` and ${all.length - names.length} more` : '';
      sentences.push(`Defines ${names.join(', ')}${more}.`);
      const [first] = all;
      const sentence = documented && first ? firstSentence(first.symbol.documentation) : '';
      // In Go, and often elsewhere, the sentence begins with the name itself.
      const subject = first && !sentence.startsWith(first.symbol.name) ? `\`${first.symbol.name}\`: ` : '';
      if (sentence !== '')
        sentences.push(`${subject}${escapeMarkdown(sentence)}${sentence.endsWith('`') ? '.' : ''} [1]`);
    },
    cite: (sentence, from) => {
      const [first] = from;
      sentences.push(first ? `${sentence} [${number(first)}]` : sentence);
    },
    isEmpty: () => sentences.length === 0,
    finish: () => ({ summary: sentences.join(' '), citations }),
  };
}
