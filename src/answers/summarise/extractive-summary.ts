/** Summaries in the repository's own words: what files say of themselves at their beginning, and what they define. */
import type { Speaker } from '../../base/speaker.ts';
import { counted, say } from '../../base/sentences.ts';
import type { IndexReader, IndexedFile } from '../../index/types.ts';
import { type Inline, cite, code, joined, paragraph, filled } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import type { LineRange } from '../../protocol/answers.ts';
import type { SummaryNode } from '../../protocol/summary.ts';
import { renderedDocumentation } from '../code/documentation/markup.ts';
import { openingText } from '../code/file-comment.ts';
import { fileText, linesOf } from '../code/file-text.ts';
import { firstSentence } from '../code/first-sentence.ts';
import { mainDefinitions } from '../code/module-map.ts';
import { phrases } from '../../markdown/phrases.ts';
import { type KeptPart, type Support, hashOfText } from './claims.ts';
import type { Summarizer } from './summary-nodes.ts';

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

/** Of every part something can be said, so its materials are never null. */
export function createExtractiveSummarizer(reader: IndexReader, speaker: Speaker): Summarizer {
  return {
    // Kept summaries are in the language they were made in.
    id: `extractive ${speaker.locale}`,
    file: (file) => ({
      // A file's sentences depend on all of its content, and on its language by its path.
      madeFrom: [file.path, file.contentHash],
      write: () => Promise.resolve(ofFile(reader, speaker, file)),
    }),
    folder: (path, children, hash) => ({
      madeFrom: [path, hash],
      write: () => Promise.resolve(ofFolder(reader, speaker, path, children)),
    }),
  };
}

function ofFile(reader: IndexReader, speaker: Speaker, { path, language, lines }: IndexedFile): KeptPart {
  const draft = startDraft(reader, speaker);
  const opening = sentenceOf(reader, path);
  if (opening) draft.say(opening.sentence, opening);
  draft.define([{ path, language }], opening === undefined);
  if (draft.isEmpty())
    draft.say(
      lines === 0
        ? speaker.say('Is empty.')
        : speaker.words(
            counted(
              lines,
              say('Contains {0} line of {1}.', lines, language),
              say('Contains {0} lines of {1}.', lines, language),
            ),
          ),
      { path, startLine: 1, endLine: Math.max(lines, 1) },
    );
  return draft.finish();
}

function ofFolder(reader: IndexReader, speaker: Speaker, path: string, children: readonly SummaryNode[]): KeptPart {
  const draft = startDraft(reader, speaker);
  const spoken = spokesman(reader, path, children);
  if (spoken) draft.say(spoken.sentence, spoken);
  draft.define(reader.files().filter((file) => path === '' || file.path.startsWith(`${path}/`)));
  const [first] = children;
  if (draft.isEmpty() && first)
    draft.cite(
      filled(
        children.length === 1
          ? speaker.say('Contains {0}.')
          : children.length === 2
            ? speaker.say('Contains {0} and one more entry.')
            : speaker.say('Contains {0} and {1} more entries.'),
        [code(first.path)],
        [speaker.words(children.length - 1)],
      ),
      first.citations,
    );
  return draft.finish();
}

interface Opening extends LineRange {
  readonly sentence: string;
}

function sentenceOf(reader: IndexReader, path: string): Opening | undefined {
  const file = fileText(reader, path);
  const opening = file && openingText(file);
  // The address of a Markdown link is relative to the document.
  const sentence =
    opening &&
    firstSentence(renderedDocumentation(opening.text, file.language)).replaceAll(/\[([^\]]+)\]\([^)\s]*\)/g, '$1');
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
  cite(sentence: readonly Inline[], places: readonly LineRange[]): void;
  isEmpty(): boolean;
  finish(): KeptPart;
}

function startDraft(reader: IndexReader, speaker: Speaker): DraftBuilder {
  const sentences: Inline[][] = [];
  const supports: Support[] = [];
  const number = ({ path, startLine, endLine }: LineRange): number => {
    const file = fileText(reader, path);
    const hash = hashOfText(file ? linesOf(file, startLine, endLine) : '');
    supports.push({ number: supports.length + 1, path, startLine, endLine, part: null, hash, use: 'checked' });
    return supports.length;
  };
  return {
    say: (sentence, place) => {
      sentences.push([...whole(phrases(sentence)), ' ', cite(number(place))]);
    },
    define: (files, documented = false) => {
      const all = mainDefinitions(reader, files, Infinity);
      const names = all
        .slice(0, mostDefinitions)
        .map(({ symbol, path }): Inline[] => [
          code(symbol.name),
          ' ',
          cite(number({ path, startLine: symbol.startLine, endLine: symbol.endLine })),
        ]);
      if (names.length === 0) return;
      const more = all.length - names.length;
      sentences.push(
        filled(more > 0 ? speaker.say('Defines {0} and {1} more.') : speaker.say('Defines {0}.'), joined(names, ', '), [
          speaker.words(more),
        ]),
      );
      const [first] = all;
      const language = (first && reader.file(first.path)?.language) ?? '';
      const sentence =
        documented && first ? firstSentence(renderedDocumentation(first.symbol.documentation, language)) : '';
      if (!first || sentence === '') return;
      // In Go, and often elsewhere, the sentence begins with the name itself.
      const subject: Inline[] = sentence.startsWith(first.symbol.name) ? [] : [code(first.symbol.name), ': '];
      sentences.push([...subject, ...whole(phrases(sentence)), ' ', cite(1)]);
    },
    cite: (sentence, from) => {
      const [first] = from;
      sentences.push(first ? [...sentence, ' ', cite(number(first))] : [...sentence]);
    },
    isEmpty: () => sentences.length === 0,
    finish: () => ({
      claims: sentences.map((sentence, at) => ({
        text: (at > 0 ? ' ' : '') + write([paragraph(...sentence)]).trimEnd(),
        rests: sentence.flatMap((one) => (typeof one === 'object' && one.type === 'citation' ? [one.number] : [])),
      })),
      supports,
      writer: null,
    }),
  };
}

/** The number after a name makes the name a link to its definition, which a name that ends a quoted sentence has not. */
function whole(sentence: readonly Inline[]): Inline[] {
  const last = sentence.at(-1);
  return typeof last === 'object' && last.type === 'inlineCode' ? [...sentence, '.'] : [...sentence];
}
