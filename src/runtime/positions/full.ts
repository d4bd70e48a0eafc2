/** Causal attention at plain positions: every token sees all before it, in a sliding group those within its window. */
import { Tensor } from '../onnxruntime.ts';
import { causalMask, positionMask } from '../masks/mask-values.ts';
import type { PositionRule, StepContext, StepPlan } from './position-rule.ts';

export const full: PositionRule = { name: 'full', plan: planFull };

export function planFull(context: StepContext): StepPlan {
  const { group, queries, cached, inOrder, single } = context;
  if (single) return { form: 'decode', inputs: rotationInputs(context) };
  const seesAll =
    group.window === null ||
    (queries.at(-1) ?? 0) - Math.min(...cached.slice(0, 1), ...queries.slice(0, 1)) < group.window;
  const mask =
    inOrder && seesAll
      ? causalMask(queries.length, cached.length)
      : positionMask(queries, cached, (i, j) => group.window === null || i - j < group.window);
  return {
    form: 'prefill',
    inputs: {
      ...rotationInputs(context),
      mask: new Tensor('float32', mask, [queries.length, cached.length + queries.length]),
    },
  };
}

/** Positions and tables of a step in which a pair's distance is the difference of its positions. */
export function rotationInputs({
  queries,
  cached,
  inOrder,
  single,
  tables,
  tensors,
}: StepContext): Record<string, Tensor> {
  const first = queries[0] ?? 0;
  // Rows of other sequences, which a mask hides, may stand further than every query.
  const furthest = (inOrder ? queries : [...cached, ...queries]).reduce((most, at) => Math.max(most, at), 0);
  const added = single ? [] : queries;
  const length = cached.length + added.length;
  // ONNX Runtime wants as many rows of a table as there are tokens to rotate, wherever they stand.
  const rotation = tables?.upTo(Math.max(furthest + 1, length));
  return {
    query_positions: tensors.list(queries, [1, queries.length]),
    key_positions: inOrder
      ? tensors.range(cached[0] ?? first, (cached[0] ?? first) + length, [1, length])
      : tensors.keys(cached, added),
    ...(rotation && {
      cos: rotation.cos,
      sin: rotation.sin,
      query_cos: rotation.cos,
      query_sin: rotation.sin,
    }),
  };
}
