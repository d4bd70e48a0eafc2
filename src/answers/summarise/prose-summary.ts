/** Summaries by a decoder that may write: of a file from its definitions, of a folder from the summaries below it; every claim checked. */
import type { Nodes } from 'mdast';
import { say } from '../../base/sentences.ts';
import type { IndexedFile, IndexReader } from '../../index/types.ts';
import { read as parse } from '../../markdown/read.ts';
import type { SummaryNode } from '../../protocol/summary.ts';
import { chooseStrategy } from '../../reading/strategies/table.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import { watched } from '../../runtime/watched-decoder.ts';
import { CancelledError } from '../../base/cancellation.ts';
import { type Evidence, toEvidence } from '../evidence/evidence.ts';
import { openingText } from '../code/file-comment.ts';
import { chunkAt, fileText, qualifiedName } from '../code/file-text.ts';
import { isData, mainDefinitions } from '../code/module-map.ts';
import { summaryFrame } from '../writing/prompts.ts';
import { speak } from '../writing/speak.ts';
import { type KeptPart, type Support, hashOfText, readAsPart } from './claims.ts';
import type { Material, Summarizer } from './summary-nodes.ts';

const mostDefinitions = 6;
const mostChildren = 12;
/** Lines of a definition that are read: its head says what it is. */
const headLines = 20;
const maxTokens = 120;

/** What a writer reads of one part, with the summaries of parts below under their paths. */
interface Piece {
  readonly evidence: Evidence;
  readonly part: string | null;
}

/**
 * @param model what the decoder is called where things it made are kept
 * @param decoder null: what it wrote before is looked up, and nothing is written
 * @param onCall is told of each time that the decoder is run
 */
export function createProseSummarizer(
  reader: IndexReader,
  model: string,
  decoder: Decoder | null,
  onCall: () => void,
): Summarizer {
  const material = (subject: string, pieces: readonly Piece[]): Material | null =>
    pieces.length === 0
      ? null
      : {
          // Lines are left out: a text that only moved is the same text.
          madeFrom: [
            subject,
            ...pieces.map(({ evidence: { path, symbol, text } }) =>
              JSON.stringify([path, symbol ? qualifiedName(symbol) : null, text]),
            ),
          ],
          ...(decoder && {
            write: (signal: AbortSignal) => writePart(model, watched(decoder, onCall), subject, pieces, signal),
          }),
        };
  return {
    id: `prose ${model}`,
    file: (file) => (isData(file) ? null : material(`the file \`${file.path}\``, heads(reader, file))),
    folder: (path, children) =>
      material(path === '' ? 'the repository' : `the folder \`${path}/\``, childSummaries(reader, children)),
  };
}

/** Without claims when the decoder had nothing to say that rests on what it read: that is kept too. */
async function writePart(
  model: string,
  decoder: Decoder,
  subject: string,
  pieces: readonly Piece[],
  signal: AbortSignal,
): Promise<KeptPart> {
  const sentences: string[] = [];
  const spoken = await speak({
    // A summary says in few words what much code does: none of it is said in the words of a few lines.
    marksUnchecked: false,
    decoder,
    writesProse: true,
    words: [],
    frame: summaryFrame(subject),
    strategy: chooseStrategy('auto'),
    evidence: pieces.map(({ evidence }, at) => ({ evidence, number: at + 1 })),
    maxTokens,
    temperature: 0,
    onText: (text) => sentences.push(text),
    onReading: () => undefined,
    onPhase: () => undefined,
    signal,
  });
  // Half a sentence is no summary, and what is kept would keep it.
  if (spoken.stopped) throw new CancelledError();
  // What rests on nothing that was read says less than the lines themselves.
  if (spoken.text === '' || spoken.cited.length === 0) return { claims: [], supports: [], writer: model };
  return {
    claims: claimsIn(sentences, pieces.length),
    supports: pieces.map(({ evidence: { path, startLine, endLine, text }, part }, at): Support => {
      const number = at + 1;
      const use = spoken.verified.includes(number) ? 'checked' : spoken.cited.includes(number) ? 'cited' : 'read';
      return { number, path, startLine, endLine, part, hash: hashOfText(text), use };
    }),
    writer: model,
  };
}

/** Sentences as they were shown one by one; what is white space belongs to the one before. What cites nothing rests on all that was read. */
function claimsIn(shown: readonly string[], read: number): KeptPart['claims'] {
  const texts: string[] = [];
  for (const text of shown)
    if (text.trim() === '' && texts.length > 0) texts.push((texts.pop() ?? '') + text);
    else if (text !== '') texts.push(text);
  const last = texts.pop();
  return [...texts, ...(last === undefined ? [] : [last.trimEnd()])].map((text) => {
    const cited = [...new Set(citedIn(parse(text)))];
    return { text, rests: cited.length > 0 ? cited : Array.from({ length: read }, (_, at) => at + 1) };
  });
}

function citedIn(node: Nodes): number[] {
  if (node.type === 'citation') return [node.number];
  return 'children' in node ? node.children.flatMap((child: Nodes) => citedIn(child)) : [];
}

/** The opening text of a file and the heads of its main definitions. */
function heads(reader: IndexReader, file: IndexedFile): Piece[] {
  const text = fileText(reader, file.path);
  const first = text && chunkAt(text, 1);
  if (!text || !first) return [];
  const hit = { score: 0, ranks: {} };
  const opening = openingText(text);
  const { startLine = 1, endLine = Math.min(headLines, text.lines.length) } = opening ?? {};
  const definitions = mainDefinitions(reader, [file], mostDefinitions).map(({ symbol }) => {
    const chunk = chunkAt(text, symbol.startLine) ?? first;
    const last = Math.min(symbol.endLine, symbol.startLine + headLines - 1);
    return toEvidence(
      text,
      { chunk, symbol, startLine: symbol.startLine, endLine: last },
      hit,
      true,
      say('a main definition'),
    );
  });
  return [
    toEvidence(text, { chunk: first, symbol: null, startLine, endLine }, hit, true, say('how the file begins')),
    ...definitions,
  ].map((evidence) => ({ evidence, part: null }));
}

/** What was said of the nodes below, each under the place it was said of first. */
function childSummaries(reader: IndexReader, children: readonly SummaryNode[]): Piece[] {
  const weight = (node: SummaryNode): number =>
    node.kind === 'folder' ? 2 : /(?:^|\/)readme/i.test(node.path) ? 3 : 1;
  return children
    .toSorted((a, b) => weight(b) - weight(a) || (a.path < b.path ? -1 : 1))
    .slice(0, mostChildren)
    .flatMap((node) => {
      const [citation] = node.citations;
      const text = citation && fileText(reader, citation.path);
      const chunk = text && chunkAt(text, citation.startLine);
      if (!citation || !text || !chunk) return [];
      const { startLine, endLine } = citation;
      const base = toEvidence(
        text,
        { chunk, symbol: null, startLine, endLine },
        { score: 0, ranks: {} },
        true,
        say('a part of it'),
      );
      return [{ evidence: { ...base, text: readAsPart(node) }, part: node.path }];
    });
}
