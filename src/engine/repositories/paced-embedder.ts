/** The embedder with two speeds: what a question needs goes through, the pass behind everything else waits while a question is answered. */
import type { PauseGate } from '../../index/pause-gate.ts';
import type { Embedder } from '../../runtime/embedding/embedder.ts';

/** @param gate shut while a question is answered */
export function pacedEmbedder(embedder: Embedder, gate: PauseGate): Embedder {
  return {
    id: embedder.id,
    dimensions: embedder.dimensions,
    maxTokens: embedder.maxTokens,
    fits: (text) => embedder.fits(text),
    embed: async (texts, options, signal) => {
      if (!options.urgent) await gate.pass(signal);
      return embedder.embed(texts, options, signal);
    },
    // Its life belongs to the engine.
    dispose: () => Promise.resolve(),
  };
}
