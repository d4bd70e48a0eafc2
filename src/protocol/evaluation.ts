/** An evaluation on a repository: questions made of itself, and what each strategy and model makes of them. */
import type { LineRange } from './answers.ts';

export interface EvaluationParameters {
  /** Questions altogether. */
  readonly questions: number;
  /** Chooses them: the same seed, repository and number give the same questions. */
  readonly seed: number;
  readonly kinds: readonly EvaluationKind[];
  readonly strategies: readonly string[];
  /** Empty: search alone is measured. */
  readonly models: readonly string[];
  /** Whether the likelihood of the true text is measured: it costs each question a second reading. */
  readonly likelihood: boolean;
}

/** `documentation`: the comment of a definition, which is taken out of what is searched; `commits`: the subject of a commit. */
export type EvaluationKind = 'documentation' | 'commits';

export interface EvaluationQuestion {
  readonly kind: EvaluationKind;
  readonly question: string;
  /** What is true: the comment, or the subject. */
  readonly truth: string;
  /** Where the answer is: a definition, or the files that the commit changed. */
  readonly places: readonly LineRange[];
}

/** What one strategy and model made of one question; a number that could not be measured is null. */
export interface EvaluationMeasure {
  /** Position of the first right place among what search found, from 1; null: not among the first 50. */
  readonly rank: number | null;
  /** Whether a right place was read. */
  readonly isRead: boolean | null;
  /** Share of the sentences in which nothing is unsupported; null: the model wrote none of its own. */
  readonly support: number | null;
  readonly firstWordMs: number | null;
  readonly tokensRead: number | null;
  /** Mean negative log-likelihood of the truth after what was read, nats a token. */
  readonly nll: number | null;
}

/** Means over the questions; `n` says over how many where that is fewer than all. */
export interface EvaluationRow {
  /** Null: no model, search alone. */
  readonly model: string | null;
  readonly strategy: string | null;
  readonly kind: EvaluationKind | 'all';
  readonly questions: number;
  /** Mean of 1 / rank, 0 where the right place was not found (Voorhees 1999). */
  readonly reciprocalRank: number;
  readonly foundIn5: number;
  readonly foundIn10: number;
  readonly read: number | null;
  readonly support: number | null;
  /** Median. */
  readonly firstWordMs: number | null;
  readonly tokensRead: number | null;
  readonly nll: number | null;
}

export interface EvaluationReport {
  readonly rows: readonly EvaluationRow[];
  /** In the order of the questions, by row's model and strategy. */
  readonly measures: readonly {
    readonly question: EvaluationQuestion;
    readonly of: readonly ({ readonly model: string | null; readonly strategy: string | null } & EvaluationMeasure)[];
  }[];
  readonly seed: number;
  /** True: it was cancelled, and the rows are of the questions that were done. */
  readonly stopped: boolean;
  readonly totalMs: number;
}
