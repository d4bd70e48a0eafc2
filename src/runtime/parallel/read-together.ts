/** Several token sequences read into states over one cache, none seeing another, with progress and cancellation. */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import { type Inference, stepTogether } from '../step/inference.ts';

export interface Reading {
  /** Empty, all over one cache. */
  readonly state: Inference;
  readonly ids: readonly number[];
}

/**
 * Those that fit one slice together are computed in one pass; longer ones one after another, for a mask over all of them would
 * be mostly hidden.
 * @param onRead how many more tokens were read
 * @returns logits behind the last token of each, [vocabulary]
 * @throws LS3002, CancelledError between two slices
 */
export async function readTogether(
  readings: readonly Reading[],
  onRead: (count: number) => void,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const total = readings.reduce((sum, { ids }) => sum + ids.length, 0);
  const [first] = readings;
  if (first && readings.length > 1 && total <= first.state.sliceLength('last')) {
    throwIfCancelled(signal);
    const logits = await stepTogether(readings, 'last');
    onRead(total);
    await yieldToEventLoop();
    return logits;
  }
  const all: Float32Array[] = [];
  for (const { state, ids } of readings) {
    let logits: Float32Array = new Float32Array(0);
    for (let done = 0; done < ids.length;) {
      throwIfCancelled(signal);
      const slice = ids.slice(done, done + state.sliceLength('last'));
      logits = await state.step(slice, 'last');
      done += slice.length;
      onRead(slice.length);
      await yieldToEventLoop();
    }
    all.push(logits);
  }
  return all;
}
