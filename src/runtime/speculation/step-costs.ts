/** What a verifying step of some rows costs, in steps of one token, on this machine: measured once, then followed as it is used. */

/** Rows that are measured; between them costs are taken as linear. */
export const measuredRows: readonly number[] = [2, 3, 4, 5, 8];
export const mostRows = 8;

/** Of so many of the last observations the quickest counts: what slows a step down now and then is not its cost. */
const remembered = 8;
/** A row more, in steps, before it was measured; usual where weights are read once for all rows. */
const usualSlope = 0.2;

export class StepCosts {
  readonly #last = new Map<number, number[]>();

  /** A step took so long, in whatever unit. @param rows 1 for a single step */
  observe(rows: number, time: number): void {
    const last = this.#last.get(rows) ?? [];
    last.push(time);
    if (last.length > remembered) last.shift();
    this.#last.set(rows, last);
  }

  /** Steps of one token that a step of so many rows takes as long as; before it was measured, what is usual. */
  ratio(rows: number): number {
    const single = this.#quickest(1);
    const exact = this.#quickest(rows);
    if (single === undefined) return 1 + usualSlope * (rows - 1);
    if (exact !== undefined) return exact / single;
    const known = [...this.#last.keys()].sort((a, b) => a - b);
    const below = known.findLast((n) => n < rows) ?? 1;
    const above = known.find((n) => n > rows);
    const from = (this.#quickest(below) ?? single) / single;
    if (above === undefined) return from + (rows - below) * usualSlope;
    const to = (this.#quickest(above) ?? single) / single;
    return from + ((rows - below) / (above - below)) * (to - from);
  }

  #quickest(rows: number): number | undefined {
    const last = this.#last.get(rows);
    return last && Math.min(...last);
  }
}
