/** A layer's feed-forward as it is written: one of them, or each of a mixture's experts. */
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { TensorView } from '../description/tensor-view.ts';
import type { Linear, LinearPart, WeightWriter } from '../weights/weights.ts';

/** One product or two into the activation (design.ts, `gated`), and one out of it. */
export interface FeedForwardWeights {
  readonly into: Linear;
  readonly down: Linear;
}

/** @param name a layer's tensor of that stem @throws LS2304 when a tensor is missing or has another shape */
export async function writeFeedForward(
  { hidden, feedForward, design }: Hyperparameters,
  name: (stem: string) => string,
  tensors: TensorView,
  writer: WeightWriter,
): Promise<FeedForwardWeights> {
  const up = name('ffn_up');
  const isPacked = design.gated && !tensors.has(name('ffn_gate'));
  const into: LinearPart[] = isPacked
    ? [{ matrix: tensors.matrix(up, 2 * feedForward, hidden), outputs: [feedForward, feedForward] }]
    : [...(design.gated ? [name('ffn_gate')] : []), up].map((stem) => ({
        matrix: tensors.matrix(stem, feedForward, hidden),
      }));
  return {
    into: await writer.linear(into),
    down: await writer.linear([{ matrix: tensors.matrix(name('ffn_down'), hidden, feedForward) }]),
  };
}
