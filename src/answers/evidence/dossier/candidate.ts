/** What may become a piece of a dossier, and the choice among them: the best one after the other, each line once. */
import type { FileText } from '../../code/file-text.ts';
import type { Piece } from './piece.ts';

export interface Candidate extends Piece {
  /** What each word of the question makes it worth, in their order; empty where it is considered for another reason alone. */
  readonly byWord: readonly number[];
  /** What its meaning and what it uses make it worth, beside its words. */
  readonly beyondWords: number;
  /** What anything is worth for being of its kind: 1 for a function. */
  readonly factor: number;
  /** Names in its code. */
  readonly names: ReadonlySet<string>;
  /** What another reason than its words makes it worth. */
  readonly base: number;
}

/** What a word is worth again after a piece of the same file was taken for it. */
const decay = 0.5;
/** What the words add to what is considered for another reason. */
const wordsBeside = 0.6;
/** What a second reason adds. */
const secondReason = 0.3;
/** What is worth less beside the best is not worth the time to read it. */
const leastWorth = 0.08;
/** What is inside of so few lines is read with them. */
const smallWhole = 30;

/** One candidate for the same lines: the best of its claims. */
export function merged(all: readonly Candidate[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const one of all) {
    const key = `${one.from.repositoryRoot}\n${one.file.path}\n${one.startLine}-${one.endLine}`;
    const known = found.get(key);
    if (!known) {
      found.set(key, one);
      continue;
    }
    const [first, second] = known.base >= one.base ? [known, one] : [one, known];
    found.set(key, {
      ...first,
      claim: known.claim,
      reason: known.claim === 'found' ? one.reason : known.reason,
      byWord: known.byWord.length > 0 ? known.byWord : one.byWord,
      beyondWords: Math.max(known.beyondWords, one.beyondWords),
      base: first.base + secondReason * second.base,
      hit: known.hit ?? one.hit,
    });
  }
  return [...found.values()];
}

/**
 * The best candidates with what they are worth then, best first: what a word of the question adds is less each time that a piece
 * of the same file was taken for it, so that ten methods which are called alike do not take the room of all else (a cover of the
 * words with diminishing returns, as of Lin and Bilmes 2011).
 */
export function chosenOf(candidates: readonly Candidate[], most: number): Candidate[] {
  const covered = new Map<FileText, readonly number[]>();
  const left = new Set(candidates);
  const chosen: Candidate[] = [];
  const worthOf = (one: Candidate): number => {
    const seen = covered.get(one.file);
    const byWords = one.byWord.reduce((total, worth, at) => total + worth * decay ** (seen?.[at] ?? 0), 0);
    return one.base + (one.base > 0 ? wordsBeside : 1) * (byWords + one.beyondWords);
  };
  while (chosen.length < most) {
    let best: Candidate | undefined;
    let worth = leastWorth;
    for (const one of left) {
      const own = worthOf(one);
      if (own <= worth) continue;
      best = one;
      worth = own;
    }
    if (!best) break;
    left.delete(best);
    if (isHeld(best, chosen)) continue;
    chosen.push({ ...best, worth });
    const { byWord } = best;
    const most = Math.max(...byWord, Number.MIN_VALUE);
    const seen = covered.get(best.file) ?? byWord.map(() => 0);
    covered.set(
      best.file,
      seen.map((count, at) => count + (byWord[at] ?? 0) / most),
    );
  }
  return chosen;
}

/** Whether a piece that was taken is read with these lines anyway. */
function isHeld({ file, from, startLine, endLine }: Piece, taken: readonly Piece[]): boolean {
  return taken.some(
    (other) =>
      other.file.path === file.path &&
      other.from === from &&
      other.startLine <= startLine &&
      endLine <= other.endLine &&
      other.endLine - other.startLine < smallWhole,
  );
}
