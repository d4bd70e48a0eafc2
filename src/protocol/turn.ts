/** An answer as a client keeps it for the questions after it. */
import type { Answer, LineRange, Turn, TurnSource } from './answers.ts';

/** A source as a client may hold it. */
interface KeptSource extends LineRange {
  readonly id: string;
  readonly repository?: string | null | undefined;
  readonly symbol?: string | null | undefined;
}

/** What of an answer is kept; a client may hold more of each. */
interface Kept {
  readonly question: string;
  readonly answer: string;
  readonly sources: readonly (KeptSource & { readonly used: boolean })[];
  readonly citations: readonly Pick<Answer['citations'][number], 'id' | 'number'>[];
}

/** Sources that a turn keeps at most. */
const mostSources = 40;

/** The turn of an answer: its words, and the places it rests on in the order shown. */
export function turnOf({ question, answer, sources, citations }: Kept): Turn {
  const numbers = new Map(citations.map(({ id, number }) => [id, number]));
  return {
    question,
    answer,
    sources: sources
      .filter(({ used }) => used)
      .slice(0, mostSources)
      .map((source): TurnSource => {
        const number = numbers.get(source.id);
        return { ...sourcePlace(source), ...(number !== undefined && { number }) };
      }),
  };
}

/** Where a source is, without its text. */
export function sourcePlace({ id, repository, path, startLine, endLine, symbol }: KeptSource): TurnSource {
  return { id, ...(repository != null && { repository }), path, startLine, endLine, ...(symbol != null && { symbol }) };
}
