/** Summaries by a decoder that may write: of a file from its definitions, of a folder from the summaries below it; every claim checked. */
import type { IndexedFile, IndexReader } from '../index/types.ts';
import type { Citation, SummaryNode } from '../protocol/answers.ts';
import { chooseStrategy } from '../reading/strategies.ts';
import type { Decoder } from '../runtime/decoder.ts';
import { CancelledError } from '../base/cancellation.ts';
import { type Evidence, toEvidence } from './evidence.ts';
import { openingText } from './file-comment.ts';
import { chunkAt, fileText } from './file-text.ts';
import { isData, mainDefinitions } from './module-map.ts';
import { summaryFrame } from './prompts.ts';
import { speak } from './speak.ts';
import type { Draft, Summarizer } from './summary-nodes.ts';

const mostDefinitions = 6;
const mostChildren = 12;
/** Lines of a definition that are read: its head says what it is. */
const headLines = 20;
const maxTokens = 120;

/** @param extractive what is said where the decoder has nothing to read or to say */
export function createProseSummarizer(reader: IndexReader, decoder: Decoder, extractive: Summarizer): Summarizer {
  const write = async (
    subject: string,
    evidence: readonly Evidence[],
    signal: AbortSignal,
  ): Promise<Draft | undefined> => {
    if (evidence.length === 0) return undefined;
    const spoken = await speak({
      decoder,
      writesProse: true,
      words: [],
      frame: summaryFrame(subject),
      strategy: chooseStrategy('auto'),
      evidence: evidence.map((one, at) => ({ evidence: one, number: at + 1 })),
      maxTokens,
      temperature: 0,
      onText: () => undefined,
      onReading: () => undefined,
      onFirstToken: () => undefined,
      signal,
    });
    // Half a sentence is no summary, and the cache would keep it.
    if (spoken.stopped) throw new CancelledError();
    if (spoken.text === '') return undefined;
    const numbers = spoken.cited.length > 0 ? spoken.cited : [1];
    const citations = numbers.flatMap((number): Citation[] => {
      const one = evidence[number - 1];
      return one
        ? [{ id: one.id, number, path: one.path, startLine: one.startLine, endLine: one.endLine, status: 'verified' }]
        : [];
    });
    return { summary: spoken.cited.length > 0 ? spoken.text : `${spoken.text} [1]`, citations };
  };

  return {
    id: `prose ${decoder.info.id}`,
    file: async (file, signal) =>
      (isData(file) ? undefined : await write(`the file \`${file.path}\``, heads(reader, file), signal)) ??
      extractive.file(file, signal),
    folder: async (path, children, signal) => {
      const subject = path === '' ? 'the repository' : `the folder \`${path}/\``;
      return (
        (await write(subject, childSummaries(reader, children), signal)) ?? extractive.folder(path, children, signal)
      );
    },
  };
}

/** The opening text of a file and the heads of its main definitions. */
function heads(reader: IndexReader, file: IndexedFile): Evidence[] {
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
      'a main definition',
    );
  });
  return [
    toEvidence(text, { chunk: first, symbol: null, startLine, endLine }, hit, true, 'how the file begins'),
    ...definitions,
  ];
}

/** What was said of the nodes below, each under the place it was said of first. */
function childSummaries(reader: IndexReader, children: readonly SummaryNode[]): Evidence[] {
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
        'a part of it',
      );
      return [{ ...base, text: `${node.path}: ${node.summary.replaceAll(/ ?\[\d+\]/g, '')}` }];
    });
}
