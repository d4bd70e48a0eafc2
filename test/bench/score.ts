/** Scores of a retrieval run: NDCG@10 with binary gain by path and, where the gold has lines, by overlap; hits among the first files. */

export interface GoldTarget {
  readonly path: string;
  readonly start_line?: number;
  readonly end_line?: number;
}

export interface GoldQuestion {
  readonly id: string;
  readonly repo: string;
  readonly language: string;
  readonly category?: string;
  readonly index_root?: string;
  readonly query: string;
  readonly gold: readonly GoldTarget[];
  readonly secondary?: readonly GoldTarget[];
}

export interface RankedRange {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
}

const depth = 10;

/** Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002): the first result of the first ten that hits each target. */
export function ndcg10(question: GoldQuestion, ranked: readonly RankedRange[]): number {
  const targets = [...question.gold, ...(question.secondary ?? [])];
  if (targets.length === 0) return 0;
  const gains = new Array<number>(depth).fill(0);
  for (const target of targets) {
    const at = ranked.slice(0, depth).findIndex((range) => hits(range, target));
    if (at >= 0) gains[at] = 1;
  }
  return discounted(gains) / discounted(new Array<number>(Math.min(depth, targets.length)).fill(1));
}

/** 1 when a primary target's file is among the first `k` distinct files, else 0. */
export function hitAt(k: number, question: GoldQuestion, ranked: readonly RankedRange[]): number {
  const files = [...new Set(ranked.map((range) => range.path))].slice(0, k);
  return question.gold.some((target) => files.some((file) => samePath(file, target.path))) ? 1 : 0;
}

/** The reciprocal of the rank of the first primary file among ten, else 0. */
export function reciprocalRank(question: GoldQuestion, ranked: readonly RankedRange[]): number {
  const files = [...new Set(ranked.map((range) => range.path))].slice(0, depth);
  const at = files.findIndex((file) => question.gold.some((target) => samePath(file, target.path)));
  return at < 0 ? 0 : 1 / (at + 1);
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}

function hits(range: RankedRange, target: GoldTarget): boolean {
  if (!samePath(range.path, target.path)) return false;
  const { start_line, end_line } = target;
  if (start_line === undefined || end_line === undefined) return true;
  return range.start_line <= end_line && range.end_line >= start_line;
}

function samePath(a: string, b: string): boolean {
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}
