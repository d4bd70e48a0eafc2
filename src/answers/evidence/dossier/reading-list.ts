/**
 * Joins what is shown with what is read: the cards keep their places and numbers, and each gets the forms in which it can be read;
 * behind them come the pieces that are read and not shown.
 */
import { say } from '../../../base/sentences.ts';
import type { SourceForm } from '../../../reading/plan.ts';
import { chunkAt, fileText } from '../../code/file-text.ts';
import { type Evidence, namedOf, toEvidence } from '../evidence.ts';
import type { Lines } from './documentation-lines.ts';
import { formsOfLines } from './forms.ts';
import type { Piece, Place, ReadyPiece } from './piece.ts';
import type { QuestionWords } from './question-words.ts';

/** What the user put in front is read before all else; what is only shown, beside the best that was found. */
const given = 3;
const shownWorth = 0.7;
/** Two are one place when they share so much of the shorter one. */
const samePlace = 0.5;

export interface ReadingListInput {
  /** What is cited is first in it. */
  readonly evidence: readonly Evidence[];
  readonly pieces: readonly ReadyPiece[];
  readonly words: QuestionWords;
  readonly places: readonly Place[];
  /** Ids of what the user attached or pinned, or referred to. */
  readonly first: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/** The evidence with what is read; nothing is read where nothing is cited. */
export function readingList({ evidence, pieces, words, places, first, dropped }: ReadingListInput): Evidence[] {
  const cited = evidence.filter((one) => one.cited);
  if (cited.length === 0) return [...evidence];
  const left = new Set(pieces);
  const shown = cited.map((one): Evidence => {
    const [piece] = [...left]
      .filter((other) => shared(one, other) >= samePlace)
      .toSorted((a, b) => shared(one, b) - shared(one, a) || b.worth - a.worth);
    if (piece) left.delete(piece);
    const least = first.has(one.id) ? given : piece ? 0 : shownWorth;
    const forms = piece && !first.has(one.id) ? piece.forms : formsAt(one, words, places);
    const worth = Math.max(least, piece?.worth ?? 0);
    return { ...one, reading: { worth, forms, ...(first.has(one.id) && { isGiven: true }) } };
  });
  const others = evidence.filter((one) => !one.cited);
  const isDropped = (piece: ReadyPiece): boolean =>
    dropped.has(idOf(piece)) || others.some((one) => dropped.has(one.id) && shared(one, piece) >= samePlace);
  const beyond = [...left].filter((piece) => !shown.some((one) => isWithin(piece, one)));
  const read = beyond.map((piece): Evidence => {
    const chunk =
      chunkAt(piece.file, piece.symbol?.startLine ?? piece.startLine) ?? chunkAt(piece.file, piece.startLine);
    const isOut = isDropped(piece);
    const made = toEvidence(
      piece.file,
      {
        chunk: { ...(chunk ?? madeUp(piece)), id: idOf(piece) },
        symbol: piece.symbol,
        startLine: piece.startLine,
        endLine: piece.endLine,
      },
      piece.hit ?? { score: 0, ranks: {} },
      false,
      isOut ? say('dropped by you') : piece.reason,
      namedOf(piece.from),
    );
    return isOut ? made : { ...made, reading: { worth: piece.worth, forms: piece.forms } };
  });
  const listed = others.filter(
    (one) => dropped.has(one.id) || !beyond.some((piece) => shared(one, piece) >= samePlace),
  );
  return [...shown, ...read, ...listed];
}

/** The id of a piece: its chunk's with its lines, because a chunk may hold several. */
function idOf(piece: ReadyPiece): string {
  const chunk = chunkAt(piece.file, piece.startLine);
  return `${chunk?.id ?? ''}:${piece.startLine}-${piece.endLine}`;
}

function madeUp({ file, startLine, endLine }: Piece): Parameters<typeof toEvidence>[1]['chunk'] {
  return { id: '', path: file.path, language: file.language, startLine, endLine, text: '', scope: [], symbols: [] };
}

/** The share of the shorter one's lines that both have; 0 in different files. */
function shared(one: Evidence, piece: Piece): number {
  if (!isSameFile(one, piece)) return 0;
  const lines = Math.min(one.endLine, piece.endLine) - Math.max(one.startLine, piece.startLine) + 1;
  const length = ({ startLine, endLine }: Lines): number => endLine - startLine + 1;
  return Math.max(lines, 0) / Math.min(length(one), length(piece));
}

/** Whether the piece is read with what is shown anyway. */
function isWithin(piece: Piece, one: Evidence): boolean {
  return (
    isSameFile(one, piece) &&
    (one.reading?.forms.some(
      ({ kind, lines }) =>
        kind === 'whole' &&
        lines.some(({ startLine, endLine }) => startLine <= piece.startLine && piece.endLine <= endLine),
    ) ??
      false) &&
    one.reading?.forms.length === 1
  );
}

function isSameFile(one: Evidence, piece: Piece): boolean {
  return one.path === piece.file.path && (one.repository === null || one.repository.root === piece.from.repositoryRoot);
}

/** The forms of what is shown for another reason than its words; of a file that is not in the index all of it. */
function formsAt(one: Evidence, words: QuestionWords, places: readonly Place[]): readonly SourceForm[] {
  const { path, startLine, endLine, text } = one;
  const from = places.find(({ repositoryRoot }) => one.repository === null || repositoryRoot === one.repository.root);
  const file = from && fileText(from.reader, path);
  return file
    ? formsOfLines(file, { startLine, endLine }, words)
    : [{ kind: 'whole', text, lines: [{ startLine, endLine }] }];
}
