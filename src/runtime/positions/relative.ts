/**
 * Rules on distances, masks and log-n, planned: every pair of query and key is rotated by the distance the rule gives it.
 *
 * One token: the query stands at 0 and each key at minus its distance, so any rule is one product over the cache as it is
 * (form `decode`). Many tokens: pairs nearer than the rule's `near` go by a plain rotation, all others by a second one (form
 * `extend`); while no pair is that far apart, the second is not needed (form `prefill`). Queries have tables of their own, a row a
 * token, which is where log-n scales them.
 */
import { Tensor } from '../onnxruntime.ts';
import type { CacheWindow } from '../decoder.ts';
import { positionMask } from '../masks/mask-values.ts';
import { globalLocal } from '../masks/global-local.ts';
import { type Mask, fillMask } from '../masks/mask.ts';
import { causal } from '../masks/causal.ts';
import { slidingWindow } from '../masks/sliding-window.ts';
import { logN } from '../rope/log-n.ts';
import type { RopeTables } from '../rope/tables.ts';
import type { DistanceRule } from './distance-rule.ts';
import type { PositionRule, StepContext, StepPlan } from './position-rule.ts';

export interface RelativeOptions {
  readonly distances: DistanceRule | null;
  readonly mask: Mask | null;
  /** Trained length of log-n attention; null: queries are as long as they are. */
  readonly logN: number | null;
}

export function relative(options: RelativeOptions): PositionRule {
  const parts = [options.distances?.name, options.mask?.name, options.logN && `log-n:${String(options.logN)}`];
  return { name: parts.filter(Boolean).join(' + ') || 'relative', plan: (context) => planRelative(context, options) };
}

function planRelative(context: StepContext, options: RelativeOptions): StepPlan {
  const { tables, queries, single } = context;
  if (!tables) return planUnrotated(context, options.mask);
  if (single && !options.mask) return planDecode(context, tables, options);
  const inputs = { ...rotation(context, tables, options, '', queries), mask: visibility(context, options) };
  const { distances } = options;
  // All groups of a graph have one form, so the rule's limit decides and not what this group is fed.
  if (!distances || (queries.at(-1) ?? 0) < distances.near) return { form: 'prefill', inputs };
  const applies = governs(context, distances) ? distances : null;
  const far = applies
    ? rotation(
        context,
        tables.inSteps(applies.steps),
        options,
        'far_',
        queries.map((i) => applies.farQuery(i) / applies.steps),
        (j) => applies.farKey(j),
      )
    : rotation(context, tables, options, 'far_', queries);
  return {
    form: 'extend',
    inputs: { ...inputs, ...far, far: farPairs(context, applies?.near ?? Number.POSITIVE_INFINITY) },
  };
}

function planDecode(context: StepContext, tables: RopeTables, { distances, logN: trained }: RelativeOptions): StepPlan {
  const { queries, cached, tensors } = context;
  const [query = 0] = queries;
  const rule = governs(context, distances) ? distances : null;
  const steps = rule?.steps ?? 1;
  const rows = cached.map(rule ? (key) => Math.round(rule.distance(query, key) * steps) : (key) => query - key);
  const furthest = rows.reduce((most, row) => Math.max(most, row), 0);
  const finer = tables.inSteps(steps);
  const keys = finer.backTo(tableRows(furthest, rows.length));
  const own = finer.at([0], () => (trained === null ? 1 : logN(query, trained)));
  return {
    form: 'decode',
    inputs: {
      query_positions: tensors.range(0, 1, [1, 1]),
      key_positions: tensors.list(rows, [1, rows.length]),
      cos: keys.cos,
      sin: keys.sin,
      query_cos: own.cos,
      query_sin: own.sin,
    },
  };
}

/**
 * Whether a rule on distances is for the group: a sliding window beside layers that see everything is never so long that its distances
 * would have to be read otherwise. A rule that forgets tokens brings its sinks near in every group.
 */
function governs({ h, group }: StepContext, rule: DistanceRule | null): boolean {
  if (group.window === null || rule?.window) return true;
  return h.attentionGroups.every(({ window }) => window !== null);
}

/** Without a rotation only the mask counts; positions are real, for biases on distances. */
function planUnrotated(context: StepContext, mask: Mask | null): StepPlan {
  const { queries, cached, single, tensors } = context;
  const positions = tensors.list(queries, [1, queries.length]);
  if (single && !mask)
    return {
      form: 'decode',
      inputs: { query_positions: positions, key_positions: tensors.list(cached, [1, cached.length]) },
    };
  const keys = [...cached, ...queries];
  return {
    form: 'prefill',
    inputs: {
      query_positions: positions,
      key_positions: tensors.list(keys, [1, keys.length]),
      mask: visibility(context, { distances: null, mask, logN: null }),
    },
  };
}

/** The inputs of one rotation. @param stand where each query stands @param key where a key at that position stands, in steps */
function rotation(
  { queries, cached, tensors }: StepContext,
  tables: RopeTables,
  { logN: trained }: RelativeOptions,
  prefix: string,
  stand: readonly number[],
  key: (position: number) => number = (position) => position,
): Record<string, Tensor> {
  const own = tables.at(stand, (t) => (trained === null ? 1 : logN(queries[t] ?? 0, trained)));
  const rows = [...cached, ...queries].map(key);
  const furthest = rows.reduce((most, row) => Math.max(most, row), 0);
  const { cos, sin } = tables.upTo(tableRows(furthest, rows.length));
  return {
    [`${prefix}query_positions`]: tensors.range(0, queries.length, [1, queries.length]),
    [`${prefix}key_positions`]: tensors.list(rows, [1, rows.length]),
    [`${prefix}cos`]: cos,
    [`${prefix}sin`]: sin,
    [`${prefix}query_cos`]: own.cos,
    [`${prefix}query_sin`]: own.sin,
  };
}

/** ONNX Runtime wants as many rows of a table as there are tokens to rotate, wherever they stand. */
function tableRows(furthest: number, tokens: number): number {
  return Math.max(furthest + 1, tokens);
}

/** Which pairs take the second rotation, bool [new, keys]. */
function farPairs({ queries, cached }: StepContext, near: number): Tensor {
  const keys = [...cached, ...queries];
  const far = new Uint8Array(queries.length * keys.length);
  for (let t = 0, at = 0; t < queries.length; t++) {
    const limit = (queries[t] ?? 0) - near;
    for (let c = 0; c < keys.length; c++, at++) if ((keys[c] ?? 0) <= limit) far[at] = 1;
  }
  return new Tensor('bool', far, [queries.length, keys.length]);
}

/** What all that limits a query's sight leaves, float32 [new, keys]. */
function visibility({ queries, cached, group }: StepContext, { mask, distances }: RelativeOptions): Tensor {
  const limits: Mask[] = [];
  if (mask) limits.push(mask);
  const forgets = distances?.window;
  if (forgets) limits.push(globalLocal(forgets.sinks, forgets.recent + 1));
  if (group.window !== null) limits.push(forgets ? slidingInCache(group.window, forgets) : slidingWindow(group.window));
  const keys = [...cached, ...queries];
  const ascending = keys.every((key, c) => c === 0 || key > (keys[c - 1] ?? 0));
  const [first = causal] = limits;
  const filled =
    ascending && limits.length <= 1
      ? fillMask(first, queries, keys)
      : positionMask(queries, cached, (i, j) => limits.every((limit) => limit.sees(i, j)));
  return new Tensor('float32', filled, [queries.length, keys.length]);
}

/** A sliding group where tokens are forgotten: its window counts in the cache, as if each query had come alone. */
function slidingInCache(window: number, { sinks, recent }: CacheWindow): Mask {
  const within = slidingWindow(window);
  return {
    ...within,
    sees: (query, key) => within.sees(key < sinks ? Math.min(query, sinks + recent) : query, key),
  };
}
