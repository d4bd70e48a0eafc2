/** The window of a decoder by what takes it: parts that add up to the whole, in tokens and in percent. */
import type { BudgetView } from '../src/protocol/webview.ts';

const names = ['system', 'map', 'history', 'sources', 'question', 'reserve', 'free', 'limited'] as const;

export interface BudgetPart {
  /** `free` could hold more sources; `limited` is left by the limit on sources. */
  readonly name: (typeof names)[number];
  readonly tokens: number;
  /** Whole; those of all parts add up to 100. */
  readonly percent: number;
}

/** The parts that take something, in the order of the prompt. */
export function budgetParts(budget: BudgetView): BudgetPart[] {
  const { window: all, sources, sourcesLimit = Infinity } = budget;
  const taken = budget.system + budget.map + budget.history + sources + budget.question + budget.reserve;
  const rest = Math.max(0, all - taken);
  const free = Math.min(rest, Math.max(0, sourcesLimit - sources));
  const tokens = { ...budget, free, limited: rest - free };
  const parts = names.map((name) => ({ name, tokens: tokens[name] })).filter((part) => part.tokens > 0);
  // Counts by estimate may be more than the window.
  const percents = wholePercents(
    parts.map((part) => part.tokens),
    Math.max(all, taken),
  );
  return parts.map((part, at) => ({ ...part, percent: percents[at] ?? 0 }));
}

/** Shares as whole percents that add up to 100: the largest remainders are rounded up. */
function wholePercents(parts: readonly number[], whole: number): number[] {
  const exact = parts.map((part) => (whole > 0 ? (part / whole) * 100 : 0));
  const percents = exact.map(Math.floor);
  const missing = Math.round(exact.reduce((sum, share) => sum + share, 0)) - percents.reduce((sum, n) => sum + n, 0);
  exact
    .map((share, at) => ({ at, left: share - Math.floor(share) }))
    .toSorted((a, b) => b.left - a.left)
    .slice(0, missing)
    .forEach(({ at }) => {
      percents[at] = (percents[at] ?? 0) + 1;
    });
  return percents;
}
