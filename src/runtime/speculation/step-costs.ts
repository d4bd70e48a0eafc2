/** What a verifying step of some rows costs, in steps of one token, on this machine; measured, then followed as it is used. */

/** Rows that are measured; between them costs are taken as linear. */
export const measuredRows: readonly number[] = [2, 3, 4, 5, 8];
export const mostRows = 8;

/** How much a new observation changes what is known. */
const weight = 0.2;

export class StepCosts {
  readonly #ratios = new Map<number, number>([[1, 1]]);
  #single: number | undefined;

  /** Milliseconds of a step of one token; undefined before the first. */
  get single(): number | undefined {
    return this.#single;
  }

  /** A step of one token took so long. */
  observeSingle(ms: number): void {
    this.#single = this.#single === undefined ? ms : mixed(this.#single, ms);
  }

  /** A verifying step took so long. */
  observe(rows: number, ms: number): void {
    if (this.#single === undefined) return;
    const ratio = ms / this.#single;
    const known = this.#ratios.get(rows);
    this.#ratios.set(rows, known === undefined ? ratio : mixed(known, ratio));
  }

  /** Steps of one token that a step of so many rows takes as long as; before it was measured, what is usual. */
  ratio(rows: number): number {
    const exact = this.#ratios.get(rows);
    if (exact !== undefined) return exact;
    const known = [...this.#ratios].sort(([a], [b]) => a - b);
    const above = known.find(([n]) => n > rows);
    const below = known.findLast(([n]) => n < rows);
    if (!below) return rows;
    if (!above) return below[1] + (rows - below[0]) * usualSlope;
    return below[1] + ((rows - below[0]) / (above[0] - below[0])) * (above[1] - below[1]);
  }
}

/** Of decoders whose weights are read once for all rows. */
const usualSlope = 0.2;

function mixed(known: number, observed: number): number {
  // One slow step is the machine's affair.
  return known + weight * (Math.min(observed, 3 * known) - known);
}
