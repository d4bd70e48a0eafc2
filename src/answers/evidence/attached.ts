/**
 * What the user put beside the question, as evidence that is read first: the lines that were named, or a whole file; of a file
 * too long for that its beginning and the passages that fit the question best.
 */
import { say } from '../../base/sentences.ts';
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import type { Chunk } from '../../index/types.ts';
import type { Attachment } from '../../protocol/answers.ts';
import { absoluteOf, isSafeRelativePath, relativeTo } from '../../repository/paths.ts';
import type { AnswersRepository } from '../dependencies.ts';
import { type Evidence, codeNames, namedOf, toEvidence } from './evidence.ts';
import { type FileText, chunkAt, fileText } from '../code/file-text.ts';
import { type Passage, passagesOf } from './passages.ts';
import { contentWords } from '../code/words.ts';

/** A file of more lines is read in parts. */
const mostWholeLines = 240;
/** Passages of such a file, besides its beginning. */
const mostPassages = 4;
/** Larger files that the index left out are not read, bytes. */
const largest = 2 * 1024 * 1024;

const because = say('attached by you');

/**
 * The attached places in their order, each line of them at most once.
 * @param placeOf the repository that an attachment names
 * @throws LS6014 for a file that cannot be read, LS6015 for lines that it does not have
 */
export async function attachedEvidence(
  attached: readonly Attachment[],
  placeOf: (repository: string | undefined) => AnswersRepository,
  question: string,
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  const words = contentWords(question);
  for (const attachment of attached) {
    const from = placeOf(attachment.repository);
    const file = fileText(from.reader, attachment.path) ?? (await fileFromDisk(from.repositoryRoot, attachment.path));
    const names = codeNames(question, [from]);
    for (const passage of passages(file, attachment, from, words, names)) {
      const evidence = toEvidence(file, passage, { score: 0, ranks: {} }, true, because, namedOf(from));
      if (!found.some((other) => isWithin(evidence, other))) found.push(withOwnId(evidence, found));
    }
  }
  return found;
}

function passages(
  file: FileText,
  { startLine, endLine }: Attachment,
  { reader }: AnswersRepository,
  words: readonly string[],
  names: readonly string[],
): Omit<Passage, 'fit'>[] {
  const lines = Math.max(file.lines.length, 1);
  const symbols = reader.symbolsOf(file.path);
  const range = (from: number, to: number): Omit<Passage, 'fit'> => {
    const symbol = symbols.find((one) => one.startLine === from && one.endLine === to) ?? null;
    return { chunk: chunkOf(file, from), symbol, startLine: from, endLine: to };
  };
  if (startLine !== undefined) {
    const last = Math.min(endLine ?? startLine, lines);
    if (startLine > last)
      throw fault('LS6015', say('{0} ends at line {1}, and {2} was attached', file.path, file.lines.length, startLine));
    return [range(startLine, last)];
  }
  if (lines <= mostWholeLines) return [range(1, lines)];
  const first = chunkOf(file, 1);
  const best = passagesOf(file, symbols, first, words, names)
    .filter(({ fit }) => fit > 0)
    .slice(0, mostPassages);
  const isShown = best.some((passage) => passage.startLine <= 1);
  return [...best, ...(isShown ? [] : [{ ...range(1, first.endLine), symbol: null }])];
}

/** The chunk that holds the line; a made-up one for a file without chunks, named by its content as others are. */
function chunkOf(file: FileText, line: number): Chunk {
  const text = file.lines.join('\n');
  return (
    chunkAt(file, line) ?? {
      id: `${createHash('sha256').update(text).digest('hex').slice(0, 16)}:0`,
      path: file.path,
      language: file.language,
      startLine: 1,
      endLine: Math.max(file.lines.length, 1),
      text,
      scope: [],
      symbols: [],
    }
  );
}

function isWithin(one: Evidence, other: Evidence): boolean {
  return (
    one.path === other.path &&
    one.repository?.root === other.repository?.root &&
    other.startLine <= one.startLine &&
    one.endLine <= other.endLine
  );
}

/** Two places may lie in one chunk: then the later one's id says which lines it is. */
export function withOwnId(evidence: Evidence, others: readonly Evidence[]): Evidence {
  const { id, startLine, endLine } = evidence;
  return others.some((other) => other.id === id) ? { ...evidence, id: `${id}:${startLine}-${endLine}` } : evidence;
}

/** A file that is not in the index, by its ignore rules or because it is new, as it is on disk. */
async function fileFromDisk(root: string, relative: string): Promise<FileText> {
  try {
    if (!isSafeRelativePath(relative)) throw new Error('not a path in the repository');
    const absolute = await realpath(absoluteOf(root, relative));
    // A link may lead anywhere.
    if (relativeTo(root, absolute) === undefined) throw new Error('it lies outside of the repository');
    const { size } = await stat(absolute);
    if (size > largest) throw new Error(`it has ${size} bytes`);
    const bytes = await readFile(absolute);
    if (bytes.includes(0)) throw new Error('it is not text');
    const lines = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return { path: relative, language: path.extname(relative).slice(1), lines, chunks: [] };
  } catch (error) {
    throw fault('LS6014', relative, error);
  }
}
