/**
 * The steps of an answer that passes the length at which the model's rotation switches (longrope): there everything so far is read
 * again with the other frequencies, as the transformers library drops its cache.
 */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import type { CacheScheme } from '../cache/cache-scheme.ts';
import type { Inference } from '../step/inference.ts';
import type { AnswerSteps } from './sample-answer.ts';

export class RereadSteps implements AnswerSteps {
  readonly #inference: Inference;
  readonly #ids: number[];
  readonly #scheme: CacheScheme;
  readonly #at: number;
  readonly #signal: AbortSignal;

  /** @param at tokens so far with which the other frequencies begin */
  constructor(inference: Inference, prompt: readonly number[], scheme: CacheScheme, at: number, signal: AbortSignal) {
    this.#inference = inference;
    this.#ids = [...prompt];
    this.#scheme = scheme;
    this.#at = at;
    this.#signal = signal;
  }

  async after(id: number): Promise<Float32Array> {
    this.#ids.push(id);
    if (this.#ids.length !== this.#at) return this.#inference.step([id], 'last');
    this.#inference.begin(this.#ids, { ...this.#scheme, prompt: this.#ids.length });
    return readPrompt(this.#inference, this.#ids, 0, () => undefined, this.#signal);
  }
}

/**
 * Reads ids in slices, from those that are cached already.
 * @returns logits behind the last one, [vocabulary]
 * @throws LS3002, CancelledError between two slices
 */
export async function readPrompt(
  inference: Inference,
  ids: readonly number[],
  from: number,
  onRead: (done: number) => void,
  signal: AbortSignal,
): Promise<Float32Array> {
  let last: Float32Array = new Float32Array(0);
  for (let done = from; done < ids.length;) {
    throwIfCancelled(signal);
    const slice = ids.slice(done, done + inference.sliceLength('last'));
    last = await inference.step(slice, 'last');
    done += slice.length;
    onRead(done);
    await yieldToEventLoop();
  }
  return last;
}
