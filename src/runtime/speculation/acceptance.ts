/** How often drafts come true, learned from what came: the longer the agreement before a token, the more often. */

/** Least agreement of a class, how often its drafts come true before anything is known. */
const classes: readonly (readonly [from: number, prior: number])[] = [
  [1, 0.1],
  [2, 0.3],
  [3, 0.45],
  [4, 0.6],
  [6, 0.75],
  [10, 0.85],
  [16, 0.9],
];
/** Observations that what is assumed beforehand counts as. */
const priorWeight = 4;
/** What an observation still counts for when the next one comes. */
const memory = 0.98;

export class Acceptance {
  readonly #seen = classes.map(([, prior]) => ({ right: prior * priorWeight, all: priorWeight }));

  /** Chance that a drafted token is right when so many tokens before it agreed. */
  chance(agreement: number): number {
    const seen = this.#seen[classOf(agreement)];
    return seen ? seen.right / seen.all : 0;
  }

  observe(agreement: number, isRight: boolean): void {
    const seen = this.#seen[classOf(agreement)];
    if (!seen) return;
    seen.right = seen.right * memory + (isRight ? 1 : 0);
    seen.all = seen.all * memory + 1;
  }
}

function classOf(agreement: number): number {
  return classes.findLastIndex(([from]) => agreement >= from);
}
