/** The least that each subject has taken for each case, in any of the rounds. */
import type { Measured } from '../../protocol/bench.ts';
import type { Cost } from '../../runtime/bench/speed-protocol.ts';

export class BestCosts<Who extends string> {
  readonly #best = new Map<Who, Map<string, Cost>>();

  add(who: Who, name: string, cost: Cost): void {
    const cases = this.#best.get(who) ?? new Map<string, Cost>();
    const before = cases.get(name);
    cases.set(name, {
      ms: Math.min(cost.ms, before?.ms ?? Infinity),
      cpuMs: Math.min(cost.cpuMs, before?.cpuMs ?? Infinity),
    });
    this.#best.set(who, cases);
  }

  /** A subject's cases. @param as what a cost becomes in the report */
  of(who: Who, part: keyof Cost, as: (ms: number) => number): Measured {
    const cases = [...(this.#best.get(who) ?? [])];
    return Object.fromEntries(cases.map(([name, cost]) => [name, as(cost[part])]));
  }
}
