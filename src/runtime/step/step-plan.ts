/** From a sequence in a cache and the tokens that come next to every attention group's plan: what is fed, at which positions, under which mask. */
import { Tensor } from '../onnxruntime.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { CacheStore } from '../cache/cache-store.ts';
import { memberMask } from '../masks/mask-values.ts';
import { planFull, rotationInputs } from '../positions/full.ts';
import type { PositionRule, StepContext, StepPlan } from '../positions/position-rule.ts';
import type { PositionTensors } from '../positions/position-tensors.ts';
import { planVerify } from '../positions/verify.ts';
import type { PageIndex } from '../retrieval/page-index.ts';
import type { Rotation } from './rotation.ts';
import type { Sequence } from '../cache/sequence.ts';

export interface PlannedStep {
  /** One a group; all have the same form. */
  readonly plans: readonly StepPlan[];
  /** First cached row that each group is fed. */
  readonly from: readonly number[];
  /** One past the last cached row that is fed. */
  readonly end: number;
}

interface Planning {
  readonly h: Hyperparameters;
  readonly cache: CacheStore;
  readonly tensors: PositionTensors;
  readonly rotation: Rotation;
}

/**
 * @param count of new tokens
 * @param single whether a lone token may take the graph that has no mask
 * @param pages summaries of the cached keys, where a part of them is looked at
 */
export function planStep(
  { h, cache, tensors, rotation }: Planning,
  sequence: Sequence,
  rule: PositionRule,
  count: number,
  single: boolean,
  pages: PageIndex | null,
): PlannedStep {
  // Rows of other states lie between this one's; the masks hide them.
  const isMixed = !sequence.fillsCache && !(sequence.isOrdered && cache.feedsParts);
  const next = sequence.nextPosition;
  const queries = range(next, next + count);
  const ordered = sequence.isOrdered && !isMixed;
  const byRow = ordered ? sequence.positions : positionsByRow(sequence);
  const inOrder = ordered && (byRow.length === 0 || (byRow.at(-1) ?? 0) - (byRow[0] ?? 0) === byRow.length - 1);
  const partly = ordered && cache.feedsParts;
  const from = h.attentionGroups.map(({ window }) =>
    window !== null && partly ? firstWithin(byRow, next - window) : 0,
  );
  const plansWith = (alone: boolean): StepPlan[] =>
    h.attentionGroups.map((group, index) =>
      rule.plan({
        h,
        group,
        queries,
        cached: (from[index] ?? 0) > 0 ? byRow.slice(from[index]) : byRow,
        inOrder,
        single: alone,
        pages: alone && pages?.length === byRow.length ? pages.pages : 0,
        tables: rotation.tables[index] ?? null,
        tensors,
      }),
    );
  // The decode graph has no mask: a group's window must be what is fed.
  const windowed = h.attentionGroups.some(({ window }) => window !== null && !partly && window <= next);
  const first = plansWith(single && !windowed && !isMixed);
  const plans = first.every(({ form }) => form === first[0]?.form) ? first : plansWith(false);
  if (isMixed) for (const { inputs } of plans) hideOthers(sequence, inputs['mask']);
  return { plans, from, end: isMixed ? cache.end : sequence.length };
}

/**
 * Tokens among those that are held, at plain positions: each sees what stands before it, but for tokens that are to be replaced.
 * @param queries their positions, ascending @param replaced by its index, a token that is held and that no new one may see
 */
export function planAmong(
  { h, cache, tensors, rotation }: Planning,
  sequence: Sequence,
  queries: readonly number[],
  replaced: ReadonlySet<number>,
): PlannedStep {
  // Beyond every query a key is hidden from it.
  const beyond = (queries.at(-1) ?? 0) + 1;
  const cached = sequence.positions.map((position, i) => (replaced.has(i) ? beyond : position));
  const plans = h.attentionGroups.map((group, index) =>
    planFull({
      h,
      group,
      queries,
      cached,
      inOrder: false,
      single: false,
      pages: 0,
      tables: rotation.tables[index] ?? null,
      tensors,
    }),
  );
  return { plans, from: plans.map(() => 0), end: cache.end };
}

/** Several tokens, each to the last bit as it would be alone: a sequence whose rows are the first of the cache, at plain positions. */
export function planVerified({ h, tensors, rotation }: Planning, sequence: Sequence, count: number): PlannedStep {
  const { positions, nextPosition, length } = sequence;
  const queries = range(nextPosition, nextPosition + count);
  const plans = h.attentionGroups.map((group, index) =>
    planVerify({
      h,
      group,
      queries,
      cached: positions,
      inOrder: true,
      single: true,
      pages: 0,
      tables: rotation.tables[index] ?? null,
      tensors,
    }),
  );
  return { plans, from: plans.map(() => 0), end: length };
}

/** One pass over several sequences of one cache at plain positions. @param parts each with how many new tokens it has */
export function planTogether(
  { h, cache, tensors, rotation }: Planning,
  parts: readonly { readonly sequence: Sequence; readonly count: number }[],
): PlannedStep {
  const queries: number[] = [];
  const cached = new Array<number>(cache.end).fill(0);
  const members = parts.map(({ sequence: { rows, positions, nextPosition }, count }) => {
    for (const [i, row] of rows.entries()) cached[row] = positions[i] ?? 0;
    const first = queries.length;
    queries.push(...range(nextPosition, nextPosition + count));
    return { rows, first, count };
  });
  const plans = h.attentionGroups.map((group, index): StepPlan => {
    const context: StepContext = {
      h,
      group,
      queries,
      cached,
      inOrder: false,
      single: false,
      pages: 0,
      tables: rotation.tables[index] ?? null,
      tensors,
    };
    const mask = memberMask(members, queries, cached, group.window);
    return {
      form: 'prefill',
      inputs: {
        ...rotationInputs(context),
        mask: new Tensor('float32', mask, [queries.length, cache.end + queries.length]),
      },
    };
  });
  return { plans, from: h.attentionGroups.map(() => 0), end: cache.end };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function positionsByRow({ rows, positions, cache }: Sequence): number[] {
  const byRow = new Array<number>(cache.end).fill(0);
  for (const [i, row] of rows.entries()) byRow[row] = positions[i] ?? 0;
  return byRow;
}

/** Hides the rows that are not the sequence's from every query. @param mask float32 [new, cached rows + new] */
function hideOthers({ rows, cache }: Sequence, mask: Tensor | undefined): void {
  const data = mask?.data;
  const keys = mask?.dims[1] ?? 0;
  if (!(data instanceof Float32Array)) throw new Error('a step among rows of others needs a mask');
  const own = new Set(rows);
  for (let row = 0; row < cache.end; row++) {
    if (own.has(row)) continue;
    for (let at = row; at < data.length; at += keys) data[at] = Number.NEGATIVE_INFINITY;
  }
}

/** Index of the first position above `limit`; positions ascend. */
function firstWithin(positions: readonly number[], limit: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
