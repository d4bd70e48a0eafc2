/** How ONNX Runtime is told to compute a decoder's graph, by the execution provider. */
import type { SessionOptions } from '../onnxruntime.ts';
import type { Provider } from '../../protocol/providers.ts';

/**
 * @param threads that compute on the processor; the calling thread is one of them
 */
export function sessionOptions(provider: Provider, threads: number): SessionOptions {
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
        // A thread that has nothing to do asks for more this long before it sleeps. On a calm machine a token takes a tenth less with it
        // (12.8 and 11.6 ms after 128 tokens), beside two other busy threads a seventh more; threads that ask without end take from a third
        // to twice as long there, and no less when it is calm.
        intra_op: { allow_spinning: '1', spin_duration_us: '25' },
      },
    },
  };
}
