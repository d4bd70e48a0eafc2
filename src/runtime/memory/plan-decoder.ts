/** Plans a decoder's memory without opening it, in a worker as the decoder itself: what it runs may block a thread. */
import { planRequest } from '../worker/decoder-protocol.ts';
import { DecoderThread } from '../worker/decoder-thread.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { OpeningOptions } from './plan-opening.ts';

/** @throws LS3009 when memory does not suffice; what describing the file throws; CancelledError */
export async function planDecoder(
  file: string,
  options: Omit<OpeningOptions, 'exact' | 'free'>,
  signal: AbortSignal,
): Promise<MemoryPlan> {
  const thread = new DecoderThread();
  try {
    const parameters = { file, ...options, exact: false, free: null };
    return await thread.request(planRequest, parameters, () => undefined, signal);
  } finally {
    await thread.end();
  }
}
