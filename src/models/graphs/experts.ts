/**
 * A mixture of experts (Shazeer et al. 2017; Fedus et al. 2022): a router gives every token a probability for each expert, the token
 * goes through the best k of them, and their results are added, weighted by those probabilities.
 *
 * Every expert is a product of its own over the rows that chose it, most often none: weights stay in the types of the file and are
 * computed with as all others are. (ONNX Runtime 1.30's QMoE rounds every type to one of its own and unpacks 4-bit weights to bytes.)
 */
import { say } from '../../base/sentences.ts';
import type { Value } from '../onnx/graph-builder.ts';
import type { Experts } from '../architectures/design.ts';
import type { FeedForwardWeights } from './feed-forward.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { LayerBuilder } from './layers.ts';
import { unsupported } from '../description/settings.ts';
import type { StoredMatrix, TensorView } from '../description/tensor-view.ts';
import type { Linear, WeightWriter } from '../weights/weights.ts';

export interface ExpertWeights {
  readonly router: Linear;
  readonly experts: readonly FeedForwardWeights[];
}

/** @param name a layer's tensor of that stem @throws LS2304 when a tensor is missing or has another shape */
export async function writeExperts(
  { hidden, design: { experts } }: Hyperparameters,
  name: (stem: string) => string,
  tensors: TensorView,
  writer: WeightWriter,
): Promise<ExpertWeights> {
  if (!experts) return unsupported(say('it has no experts'));
  const { count, feedForward } = experts;
  const written: FeedForwardWeights[] = [];
  for (let e = 0; e < count; e++) {
    const { gate, up, down } = storedExpert(e, count, feedForward, hidden, name, tensors);
    written.push({
      into: await writer.linear([{ matrix: gate }, { matrix: up }]),
      down: await writer.linear([{ matrix: down }]),
    });
  }
  return {
    router: await writer.linear([{ matrix: tensors.matrix(name('ffn_gate_inp'), count, hidden) }]),
    experts: written,
  };
}

/** An expert's matrices: stacked in three tensors (GGUF), in two (the library's state), or each in its own (checkpoints). */
function storedExpert(
  e: number,
  count: number,
  feedForward: number,
  hidden: number,
  name: (stem: string) => string,
  tensors: TensorView,
): { readonly gate: StoredMatrix; readonly up: StoredMatrix; readonly down: StoredMatrix } {
  const own = (stem: string): string => name(`${stem}.${String(e)}`);
  if (tensors.has(own('ffn_gate')))
    return {
      gate: tensors.matrix(own('ffn_gate'), feedForward, hidden),
      up: tensors.matrix(own('ffn_up'), feedForward, hidden),
      down: tensors.matrix(own('ffn_down'), hidden, feedForward),
    };
  const stacked = (stem: string, rows: number, from: number, n: number, k: number): StoredMatrix =>
    tensors.slice(name(stem), e, count, rows, from, n, k);
  const down = stacked('ffn_down_exps', hidden, 0, hidden, feedForward);
  if (tensors.has(name('ffn_gate_up_exps')))
    return {
      gate: stacked('ffn_gate_up_exps', 2 * feedForward, 0, feedForward, hidden),
      up: stacked('ffn_gate_up_exps', 2 * feedForward, feedForward, feedForward, hidden),
      down,
    };
  return {
    gate: stacked('ffn_gate_exps', feedForward, 0, feedForward, hidden),
    up: stacked('ffn_up_exps', feedForward, 0, feedForward, hidden),
    down,
  };
}

/** [new, hidden] through the experts that the router chooses for each row. @param through one expert's feed-forward */
export function mixture(
  b: LayerBuilder,
  x: Value,
  { router, experts }: ExpertWeights,
  { count, used, normalised }: Experts,
  through: (x: Value, weights: FeedForwardWeights) => Value,
): Value {
  const { g } = b;
  const [scores = ''] = b.linear(x, router);
  const [best = '', chosen = ''] = g.nodes('TopK', [g.node('Softmax', [scores], { axis: -1 }), g.int64([used])], 2, {
    axis: -1,
    largest: 1,
    sorted: 1,
  });
  const shares = normalised ? g.node('Div', [best, g.node('ReduceSum', [best, g.int64([1])], { keepdims: 1 })]) : best;
  // Every pair of a row and one of its experts, [new * used], then in the order of the experts.
  const pairs = g.node('Reshape', [chosen, g.int64([-1])]);
  const order = ascending(b, pairs);
  const rows = g.node('Gather', [x, g.node('Div', [order, g.int64(used)])]);
  const all = Array.from({ length: count }, (_, e) => e);
  const isFor = g.node('Equal', [g.node('Unsqueeze', [pairs, g.int64([1])]), g.int64([...all])]);
  const counts = g.node('ReduceSum', [g.node('Cast', [isFor], { to: 7 }), g.int64([0])], { keepdims: 0 });
  const pieces = g.nodes('Split', [rows, counts], count, { axis: 0 });
  const results = experts.map((weights, e) => through(pieces[e] ?? '', weights));
  const inOrder = g.node('Gather', [g.node('Concat', results, { axis: 0 }), ascending(b, order)]);
  const byRow = g.node('Reshape', [inOrder, g.node('Concat', [g.node('Shape', [chosen]), g.int64([-1])], { axis: 0 })]);
  const sum = g.node('MatMul', [g.node('Unsqueeze', [shares, g.int64([1])]), byRow]);
  return g.node('Squeeze', [sum, g.int64([1])]);
}

/** The order that sorts int64 values, equal ones as they stand. */
function ascending({ g }: LayerBuilder, values: Value): Value {
  const [, order = ''] = g.nodes('TopK', [values, g.node('Shape', [values])], 2, { axis: 0, largest: 0, sorted: 1 });
  return order;
}
