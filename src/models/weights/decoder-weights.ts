/** Writes a decoder's weights, whatever its architecture, and describes where they lie; the graphs are made of the description. */
import { say } from '../../base/sentences.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { Norm } from '../graphs/layers.ts';
import { type ExpertWeights, writeExperts } from '../graphs/experts.ts';
import { type FeedForwardWeights, writeFeedForward } from '../graphs/feed-forward.ts';
import type { ModelDescription } from '../description/model-description.ts';
import { unsupported } from '../description/settings.ts';
import type { TensorView } from '../description/tensor-view.ts';
import type { EmbeddingTable, Linear, QuantisedMatrix, Vector, WeightWriter } from './weights.ts';

export interface LayerWeights {
  readonly attentionNorm: Norm;
  readonly qkv: Linear;
  /** RMS norms of every query and key head. */
  readonly queryNorm: Vector | null;
  readonly keyNorm: Vector | null;
  readonly output: Linear;
  /** Norms of what attention and feed-forward give. */
  readonly attentionPostNorm: Norm | null;
  readonly feedForwardPostNorm: Norm | null;
  readonly feedForwardNorm: Norm;
  readonly feedForward: FeedForwardWeights | null;
  readonly experts: ExpertWeights | null;
}

export interface DecoderWeights {
  readonly embedding: EmbeddingTable;
  readonly embeddingNorm: Norm | null;
  readonly layers: readonly LayerWeights[];
  readonly norm: Norm;
  readonly head: Linear;
}

/** @throws LS2304 when a tensor is missing or has another shape than the hyperparameters say */
export async function writeDecoderWeights(
  { hyperparameters: h, tensors, tied }: ModelDescription,
  writer: WeightWriter,
): Promise<DecoderWeights> {
  const layers: LayerWeights[] = [];
  for (let i = 0; i < h.layers; i++) layers.push(await writeLayer(h, i, tensors, writer));
  const table = tensors.matrix('token_embd', h.vocabulary, h.hidden);
  const head = await writer.linear([{ matrix: tied ? table : tensors.matrix('output', h.vocabulary, h.hidden) }]);
  return {
    head,
    embedding: await writer.embedding(table, tied ? (head.matrices[0] ?? null) : null),
    embeddingNorm: await writeNorm('token_embd_norm', h.hidden, tensors, writer),
    norm: (await writeNorm('output_norm', h.hidden, tensors, writer)) ?? missing('output_norm'),
    layers,
  };
}

/** The matrices of blocks that many rows go through: not the experts', which see a few each, nor the head's, which sees one. */
export function matricesOfManyRows({ layers }: DecoderWeights): readonly QuantisedMatrix[] {
  const linears = layers.flatMap(({ qkv, output, feedForward }): Linear[] => [
    qkv,
    output,
    ...(feedForward ? [feedForward.into, feedForward.down] : []),
  ]);
  return linears.flatMap(({ matrices }) => matrices.filter((matrix) => matrix.kind === 'quantised'));
}

async function writeLayer(
  h: Hyperparameters,
  layer: number,
  tensors: TensorView,
  writer: WeightWriter,
): Promise<LayerWeights> {
  const { hidden, heads, kvHeads, headSize } = h;
  const name = (stem: string): string => `blk.${String(layer)}.${stem}`;
  const norm = (stem: string): Promise<Norm | null> => writeNorm(name(stem), hidden, tensors, writer);
  const headNorm = async (stem: string): Promise<Vector | null> =>
    tensors.has(name(stem)) ? writer.vector(tensors.vector(name(stem), headSize)) : null;
  const [queries, keys] = [heads * headSize, kvHeads * headSize];
  const isMixed = h.design.experts?.layers[layer] ?? false;
  return {
    attentionNorm: (await norm('attn_norm')) ?? missing(name('attn_norm')),
    qkv: await writer.linear(
      tensors.has(name('attn_qkv'))
        ? [{ matrix: tensors.matrix(name('attn_qkv'), queries + 2 * keys, hidden), outputs: [queries, keys, keys] }]
        : [
            { matrix: tensors.matrix(name('attn_q'), queries, hidden) },
            { matrix: tensors.matrix(name('attn_k'), keys, hidden) },
            { matrix: tensors.matrix(name('attn_v'), keys, hidden) },
          ],
    ),
    queryNorm: await headNorm('attn_q_norm'),
    keyNorm: await headNorm('attn_k_norm'),
    output: await writer.linear([{ matrix: tensors.matrix(name('attn_output'), hidden, queries) }]),
    attentionPostNorm: await norm('post_attention_norm'),
    feedForwardNorm: (await norm('ffn_norm')) ?? missing(name('ffn_norm')),
    feedForward: isMixed ? null : await writeFeedForward(h, name, tensors, writer),
    experts: isMixed ? await writeExperts(h, name, tensors, writer) : null,
    feedForwardPostNorm: await norm('post_ffw_norm'),
  };
}

async function writeNorm(
  name: string,
  length: number,
  tensors: TensorView,
  writer: WeightWriter,
): Promise<Norm | null> {
  if (!tensors.has(name)) return null;
  const bias = tensors.bias(name, length);
  return {
    weight: await writer.vector(tensors.vector(name, length)),
    bias: bias && (await writer.vector(bias)),
  };
}

function missing(name: string): never {
  return unsupported(say('the tensor "{0}.weight" is missing', name));
}
