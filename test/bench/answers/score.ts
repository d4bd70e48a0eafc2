/** The figures of one answer: facts told, known falsehoods, items of a list, absence, and the places that were read. */
import { holds, matchesOf, normalText, ownWords, saysAbsent } from './facts.ts';
import type { GoldPlace, QuestionRow } from './rows.ts';

interface Lines {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** An answer as it is kept in a result file, one a line. */
export interface AnswerRun {
  readonly id: string;
  readonly answer: string;
  readonly form?: string;
  readonly citations?: readonly Lines[];
  readonly sources?: readonly (Lines & { readonly used?: boolean })[];
  readonly unsupported?: readonly unknown[];
  /** The client was told that nothing was found. */
  readonly notFound?: boolean;
  /** Tokens of the prompt, and of its sources. */
  readonly promptTokens?: number;
  readonly sourceTokens?: number;
  /** Milliseconds from the question to the evidence, to the first word (null: no decoder spoke) and to the end. */
  readonly retrieveMs?: number;
  readonly firstMs?: number | null;
  readonly totalMs?: number;
}

/** Each from 0 to 1, or a count; null: does not apply to this row. */
export interface Figures {
  /** Facts told, or F1 of the list, or whether an absence was said. */
  readonly score: number;
  /** Share of the facts, by weight: anywhere in the answer, and in its own words outside quoted code. */
  readonly nuggets: number | null;
  readonly ownNuggets: number | null;
  readonly wrong: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Says that it is not there: where that is right, and where it is not. */
  readonly absent: number | null;
  readonly falselyAbsent: number | null;
  /** Places that a source overlaps: one that was read, one of the first three of these, any that was listed. */
  readonly gold: number | null;
  readonly gold3: number | null;
  readonly goldListed: number | null;
  /** Citations that overlap a place. */
  readonly cited: number | null;
  readonly words: number;
  readonly unsupported: number;
}

export function overlaps(lines: Lines, place: GoldPlace): boolean {
  return lines.path === place.path && lines.startLine <= place.end_line && lines.endLine >= place.start_line;
}

const none = {
  ...{ nuggets: null, ownNuggets: null, precision: null, recall: null, f1: null },
  ...{ absent: null, falselyAbsent: null, gold: null, gold3: null, goldListed: null, cited: null },
};

/** @param run undefined: the question was not answered, which counts as an empty answer */
export function scoreAnswer(row: QuestionRow, run: AnswerRun | undefined): Figures {
  const answer = run?.answer ?? '';
  const own = normalText(ownWords(answer));
  const said = run?.notFound === true || saysAbsent(answer, row.repo);
  const base = {
    ...none,
    wrong: row.wrong.length === 0 || !run ? null : Number(row.wrong.some((one) => holds(own, [one]))),
    words: answer.split(/\s+/).filter(Boolean).length,
    unsupported: run?.unsupported?.length ?? 0,
  };
  if (row.kind === 'absent') return { ...base, absent: Number(said), score: Number(said) };
  const told = row.kind === 'list' ? listFigures(row, normalText(answer)) : factFigures(row, normalText(answer), own);
  return { ...base, ...told, ...placeFigures(row, run), falselyAbsent: Number(said) };
}

function factFigures(
  { nuggets }: QuestionRow,
  text: string,
  own: string,
): Pick<Figures, 'score' | 'nuggets' | 'ownNuggets'> {
  const total = nuggets.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return { score: 0, nuggets: null, ownNuggets: null };
  const told = (where: string): number =>
    nuggets.reduce((sum, { any, weight }) => sum + (holds(where, any) ? weight : 0), 0) / total;
  return { score: told(text), nuggets: told(text), ownNuggets: told(own) };
}

function listFigures(row: QuestionRow, text: string): Pick<Figures, 'score' | 'precision' | 'recall' | 'f1'> {
  const found = row.list.filter((item) => holds(text, item)).length;
  const bad = new Set(row.distractors.filter((one) => holds(text, [one])).map((one) => one.toLowerCase()));
  if (row.candidate !== undefined && row.candidate !== null)
    for (const candidate of matchesOf(text, row.candidate))
      if (!row.list.some((item) => holds(candidate, item))) bad.add(candidate.toLowerCase());
  const recall = found / row.list.length;
  const precision = found + bad.size === 0 ? 0 : found / (found + bad.size);
  const f1 = found === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { score: f1, precision, recall, f1 };
}

function placeFigures({ gold }: QuestionRow, run: AnswerRun | undefined): Partial<Figures> {
  const sources = run?.sources ?? [];
  const citations = run?.citations ?? [];
  const read = sources.filter(({ used }) => used !== false);
  const share = (among: readonly Lines[]): number | null =>
    gold.length === 0 ? null : gold.filter((place) => among.some((one) => overlaps(one, place))).length / gold.length;
  return {
    ...{ gold: share(read), gold3: share(read.slice(0, 3)), goldListed: share(sources) },
    cited:
      citations.length === 0
        ? null
        : citations.filter((one) => gold.some((place) => overlaps(one, place))).length / citations.length,
  };
}
