/**
 * Sinks + window in in-cache positions (StreamingLLM, Xiao et al. 2024): the cache holds S sinks and the last R tokens and positions
 * are those in the cache, so a query far into the text stands at position S + R.
 *
 * Several tokens at once give the same numbers as one by one: query i sees key j when j < S or i - j <= R, recent keys at their real
 * distance, sinks at min(i, S + R) - j.
 */
import { Tensor } from '../onnxruntime.ts';
import { checkWindow } from '../cache/cache-window.ts';
import type { CacheWindow } from '../decoder.ts';
import { positionMask } from '../masks/mask-values.ts';
import { planFull, rotationInputs } from './full.ts';
import type { PositionRule, StepContext, StepPlan } from './position-rule.ts';

export function sinksWindow(window: CacheWindow): PositionRule {
  const { sinks, recent } = checkWindow(window);
  const furthest = sinks + recent;
  const plan = (context: StepContext): StepPlan => {
    const { queries, cached, single, tensors, group } = context;
    // Up to here a query sees everything at its real distance.
    if (single || (queries.at(-1) ?? 0) <= furthest) return planFull(context);
    // A sliding group counts its window in the cache too, as if each query had come alone.
    const within = (distance: number): boolean => group.window === null || distance < group.window;
    const sees = (i: number, j: number): boolean =>
      j < sinks ? within(Math.min(i, furthest) - j) : i - j <= recent && within(i - j);
    // The sinks are the first keys: rows, or new tokens where there are none yet. A sliding group is fed only those in its reach.
    const sinkCount = [...cached.slice(0, sinks), ...queries.slice(0, sinks)].filter((j) => j < sinks).length;
    const keys = cached.length + queries.length;
    const sinkPositions = queries.map((position) => Math.min(position, furthest));
    return {
      form: 'stream',
      inputs: {
        ...rotationInputs(context),
        mask: new Tensor('float32', positionMask(queries, cached, sees), [queries.length, keys]),
        sink_query_positions: tensors.list(sinkPositions, [1, queries.length]),
        sink_count: tensors.list([sinkCount], [1]),
      },
    };
  };
  return { name: `sinks ${String(sinks)}, recent ${String(recent)}`, plan };
}
