/**
 * Sinks + window in in-cache positions (StreamingLLM, Xiao et al. 2024): the cache holds S sinks and the last R tokens and positions
 * are those in the cache, so a query far into the text stands at position S + R.
 *
 * Several tokens at once give the same numbers as one by one: query i sees key j when j < S or i - j <= R, recent keys at their real
 * distance, sinks at min(i, S + R) - j.
 */
import { Tensor } from 'onnxruntime-node';
import { checkWindow } from '../cache-window.ts';
import type { CacheWindow } from '../decoder.ts';
import { positionMask } from '../masks.ts';
import { planFull, rotationInputs } from './full.ts';
import type { PositionRule, StepContext, StepPlan } from './position-rule.ts';

export function sinksWindow(window: CacheWindow): PositionRule {
  const { sinks, recent } = checkWindow(window);
  const furthest = sinks + recent;
  const plan = (context: StepContext): StepPlan => {
    const { queries, cached, single, tensors, group } = context;
    // Up to here a query sees everything at its real distance.
    if (single || (queries.at(-1) ?? 0) <= furthest) return planFull(context);
    // The sinks are the first rows; where there are none yet, the first new tokens are.
    const sees = (i: number, j: number): boolean =>
      (j < sinks || i - j <= recent) && (group.window === null || i - j < group.window);
    const keys = cached.length + queries.length;
    const sinkPositions = queries.map((position) => Math.min(position, furthest));
    return {
      form: 'stream',
      inputs: {
        ...rotationInputs(context),
        mask: new Tensor('float32', positionMask(queries, cached, sees), [queries.length, keys]),
        sink_query_positions: tensors.list(sinkPositions, [1, queries.length]),
        sink_count: tensors.list([sinks], [1]),
      },
    };
  };
  return { name: `sinks ${String(sinks)}, recent ${String(recent)}`, plan };
}
