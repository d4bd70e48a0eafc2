/**
 * What is worth reading for a question, over the whole repository: what the question names, what search finds, and what these
 * are related to, each piece once, best first. What is shown as a card is another decision.
 */
import type { NearWords } from '../../../search/static-space.ts';
import { contentWords } from '../../code/words.ts';
import type { Hit } from '../evidence.ts';
import { chosenOf, merged } from './candidate.ts';
import { candidatesOf } from './candidates.ts';
import { withFlow } from './flow.ts';
import { formsOfDefinition, formsOfLines } from './forms.ts';
import { type Similarities, withMeaning } from './meaning.ts';
import { type Mention, mentionsIn } from './mentions.ts';
import type { Piece, Place, ReadyPiece } from './piece.ts';
import { kindOfQuestion, mixes, wantsTests } from './question-kind.ts';
import { type QuestionWords, questionWords } from './question-words.ts';

export interface DossierInput {
  readonly question: string;
  readonly places: readonly Place[];
  readonly ranked: readonly Hit[];
  /** Words of each repository that are near those of the question in meaning. */
  readonly nearWords: readonly NearWords[];
  /** Left out: what things are called decides alone. */
  readonly similarities?: Similarities;
}

export interface Dossier {
  /** Best first. */
  readonly pieces: readonly ReadyPiece[];
  /** What the words of the question are worth among what search found. */
  readonly words: QuestionWords;
}

/** The best candidates, to which others are related. */
const mostSeeds = 6;
const mostPieces = 40;

export async function dossierOf({ question, places, ranked, nearWords, similarities }: DossierInput): Promise<Dossier> {
  const isAskedForTests = wantsTests(question);
  const named = new Map(places.map((from) => [from, mentionsOf(question, from, ranked, isAskedForTests)] as const));
  const names = [...named.values()].flat().flatMap((one) => (one.kind === 'definition' ? [one.name] : []));
  const words = questionWords(
    contentWords(question),
    names,
    ranked.map(({ chunk }) => chunk.text),
    nearWords,
  );
  const repositories = places.map((from) =>
    candidatesOf({
      from,
      hits: ranked.filter((hit) => hit.from === from),
      mentions: named.get(from) ?? [],
      words,
      best: ranked[0]?.score ?? 1,
      wantsTests: isAskedForTests,
    }),
  );
  const all = repositories.flatMap(({ found }) => found);
  // The best that search found is worth 1, and so is what the question names for certain.
  const norm = Math.max(...all.map(({ byWord }) => byWord.reduce((sum, worth) => sum + worth, 0)), Number.MIN_VALUE);
  const byWords = all.map((one) => ({ ...one, byWord: one.byWord.map((worth) => worth / norm) }));
  const byMeaning = similarities ? await withMeaning(byWords, similarities) : null;
  const found = byMeaning ? withFlow(byMeaning) : byWords;
  const seeds = chosenOf(found, mostSeeds);
  const mix = mixes[kindOfQuestion(question)];
  const related = repositories.flatMap((one) =>
    one.relatedTo(
      seeds.filter(({ from }) => from === one.from),
      norm,
      mix,
    ),
  );
  const pieces = chosenOf(merged([...found, ...related]), mostPieces);
  return { pieces: pieces.map((piece) => ({ ...piece, forms: formsOf(piece, words) })), words };
}

function mentionsOf(question: string, from: Place, ranked: readonly Hit[], isAskedForTests: boolean): Mention[] {
  const paths = [...new Set(ranked.filter((hit) => hit.from === from).map(({ chunk }) => chunk.path))];
  const rankOf = (path: string): number => {
    const at = paths.indexOf(path);
    return at < 0 ? Infinity : at;
  };
  return mentionsIn(question, from.reader, rankOf, isAskedForTests);
}

function formsOf({ file, symbol, kind, from, startLine, endLine }: Piece, words: QuestionWords): ReadyPiece['forms'] {
  return symbol && kind === 'definition'
    ? formsOfDefinition(file, symbol, from.reader.symbolsOf(file.path), words)
    : formsOfLines(file, { startLine, endLine }, words);
}
