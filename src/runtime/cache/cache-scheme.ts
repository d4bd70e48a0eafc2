/** How positions and the cache of a request are handled. */
import type { CacheWindow } from '../decoder.ts';
import type { PositionRule } from '../positions/position-rule.ts';
import type { RetrievalRule } from '../retrieval/retrieval-rule.ts';
import type { RopeScaling, SlopeRule } from '../rope/specification.ts';

/** States of different schemes do not mix. */
export interface CacheScheme {
  /** null: what the model's file declares. */
  readonly rope: RopeScaling | null;
  /** null: everything stays. */
  readonly window: CacheWindow | null;
  /** Instead of plain positions, or sinks + window where there is a window. */
  readonly rule?: PositionRule;
  /** Of models with ALiBi; null and absent: what they were trained with. */
  readonly slopes?: SlopeRule | null;
  /** Which part of the cache single tokens look at, with the rule that plans for it; null and absent: all of it. */
  readonly retrieval?: RetrievalRule | null;
  /** Tokens in all that the request may reach. */
  readonly length: number;
  /** Tokens of the prompt, from which dynamic scalings follow the tokens so far; left out: all of `length`. */
  readonly prompt?: number;
}

export function sameWindow(a: CacheWindow | null, b: CacheWindow | null): boolean {
  return a?.sinks === b?.sinks && a?.recent === b?.recent;
}
