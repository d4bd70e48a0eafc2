/** How ONNX Runtime is told to compute a decoder's graph, by the execution provider. */
import type { InferenceSession } from 'onnxruntime-node';
import type { Provider } from '../protocol/providers.ts';

/**
 * @param threads that compute on the processor; the calling thread is one of them
 */
export function sessionOptions(provider: Provider, threads: number): InferenceSession.SessionOptions {
  return {
    // What a provider has no kernel for is computed on the processor.
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // The driver of a graphics processor chatters; what goes wrong comes as an error all the same.
    ...(provider !== 'cpu' && { logSeverityLevel: 3 as const }),
    // DirectML computes with neither planned memory nor threads of ours (ONNX Runtime's DirectML page).
    ...(provider === 'dml' && { enableMemPattern: false }),
    extra: {
      session: {
        // Degenerate inputs make attention several times slower where denormal numbers are computed with.
        set_denormal_as_zero: '1',
        // Threads that spin while they wait take the cores from whatever else runs: on a busy machine decode was half as fast with
        // it, and took twice the processor time.
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
