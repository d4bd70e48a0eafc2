/**
 * The decoder graph of the llama family: RMS norm, grouped-query attention with RoPE, SwiGLU (Touvron et al. 2023), with what
 * qwen2 (biases on q, k, v) and qwen3 (RMS norm of every query and key head) add.
 *
 * Weights are written once; each of the graphs over them is a few hundred kilobytes. Inputs of all of them: `ids` [new],
 * `rows` (of which new tokens the logits are wanted), those of the attention (attention.ts), and per layer the cached rows
 * (cached-rows.ts). Outputs: `logits` [rows, vocabulary] and per layer the new rows `k_i`, `v_i` float32 [new, kvHeads * headSize].
 * Keys go out and come in un-rotated.
 */
import type { ModelFile, ModelTensor } from '../model-file.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { declareAttention } from './attention.ts';
import { declareDeviceAttention } from './attention-webgpu.ts';
import { layerRows } from './cached-rows.ts';
import { type GraphSpec, graphName } from './graph-spec.ts';
import { type Hyperparameters, tensorOfShape } from './hyperparameters.ts';
import { LayerBuilder } from './layers.ts';
import type { EmbeddingTable, Linear, LinearPart, Vector, WeightWriter } from './weights.ts';

interface LayerWeights {
  readonly attentionNorm: Vector;
  readonly qkv: Linear;
  readonly queryNorm: Vector | null;
  readonly keyNorm: Vector | null;
  readonly output: Linear;
  readonly feedForwardNorm: Vector;
  readonly gateUp: Linear;
  readonly down: Linear;
}

export interface LlamaWeights {
  readonly embedding: EmbeddingTable;
  readonly layers: readonly LayerWeights[];
  readonly norm: Vector;
  readonly head: Linear;
}

/** Writes all weights. @throws LS2304 when a tensor is missing or has another shape than the hyperparameters say */
export async function writeLlamaWeights(
  file: ModelFile,
  h: Hyperparameters,
  writer: WeightWriter,
): Promise<LlamaWeights> {
  const { hidden, heads, kvHeads, headSize, feedForward, vocabulary } = h;
  const optional = (name: string, length: number): ModelTensor | null =>
    file.tensors.has(name) ? tensorOfShape(file, name, [length]) : null;
  // llama.cpp stores query and key rows of this architecture alone in pairs.
  const pairedHeads = h.architecture === 'llama' ? headSize : null;
  const part = (name: string, n: number, k: number, paired: number | null = null): LinearPart => ({
    tensor: tensorOfShape(file, `${name}.weight`, [n, k]),
    bias: optional(`${name}.bias`, n),
    pairedHeads: paired,
  });
  const vector = (name: string, length: number): Promise<Vector> => writer.vector(tensorOfShape(file, name, [length]));
  const optionalVector = async (name: string, length: number): Promise<Vector | null> => {
    const tensor = optional(name, length);
    return tensor ? writer.vector(tensor) : null;
  };

  const layers: LayerWeights[] = [];
  for (let i = 0; i < h.layers; i++) {
    const p = `blk.${String(i)}`;
    layers.push({
      attentionNorm: await vector(`${p}.attn_norm.weight`, hidden),
      qkv: await writer.linear([
        part(`${p}.attn_q`, heads * headSize, hidden, pairedHeads),
        part(`${p}.attn_k`, kvHeads * headSize, hidden, pairedHeads),
        part(`${p}.attn_v`, kvHeads * headSize, hidden),
      ]),
      queryNorm: await optionalVector(`${p}.attn_q_norm.weight`, headSize),
      keyNorm: await optionalVector(`${p}.attn_k_norm.weight`, headSize),
      output: await writer.linear([part(`${p}.attn_output`, hidden, heads * headSize)]),
      feedForwardNorm: await vector(`${p}.ffn_norm.weight`, hidden),
      gateUp: await writer.linear([
        part(`${p}.ffn_gate`, feedForward, hidden),
        part(`${p}.ffn_up`, feedForward, hidden),
      ]),
      down: await writer.linear([part(`${p}.ffn_down`, hidden, feedForward)]),
    });
  }
  const table = tensorOfShape(file, 'token_embd.weight', [vocabulary, hidden]);
  const tied = !file.tensors.has('output.weight');
  const head = await writer.linear([
    tied ? { tensor: table, bias: null, pairedHeads: null } : part('output', vocabulary, hidden),
  ]);
  return {
    head,
    embedding: await writer.embedding(table, tied ? (head.matrices[0] ?? null) : null),
    norm: await vector('output_norm.weight', hidden),
    layers,
  };
}

/** One graph over the weights, as the bytes of its `.onnx` file. */
export function llamaGraph(spec: GraphSpec, h: Hyperparameters, weights: LlamaWeights): Uint8Array {
  const g = new GraphBuilder(`${h.architecture}-${graphName(spec)}`);
  const b = new LayerBuilder(g, spec.accuracy, h.epsilon);
  const ids = g.input('ids', 'int64', ['new']);
  const rows = g.input('rows', 'int64', ['rows']);
  const attention = (spec.provider ? declareDeviceAttention : declareAttention)(spec.form, g, h);

  let x = b.embed(ids, weights.embedding, [h.vocabulary, h.hidden]);
  let delta: Value | null = null;
  for (const [i, layer] of weights.layers.entries()) {
    const n = String(i);
    const attentionNorm = b.vector(layer.attentionNorm);
    let normed: Value;
    if (delta === null) normed = b.norm(x, attentionNorm);
    else ({ sum: x, normed } = b.addAndNorm(x, delta, attentionNorm));
    const [q = '', key = '', value = ''] = b.linear(normed, layer.qkv);
    const query = layer.queryNorm ? b.headNorm(q, b.vector(layer.queryNorm), h.heads, h.headSize) : q;
    const normedKey = layer.keyNorm ? b.headNorm(key, b.vector(layer.keyNorm), h.kvHeads, h.headSize) : key;
    const kept = layerRows(g, spec, h, i, normedKey, value);
    const attend = attention[h.groupOfLayer[i] ?? 0];
    if (!attend) throw new RangeError(`layer ${n} is in no attention group`);
    const [attended = ''] = b.linear(attend({ q: query, ...kept }), layer.output);
    const residual = b.addAndNorm(x, attended, b.vector(layer.feedForwardNorm));
    const [gate = '', up = ''] = b.linear(residual.normed, layer.gateUp);
    x = residual.sum;
    [delta = ''] = b.linear(b.gated(gate, up), layer.down);
  }
  const last = g.node('Gather', [g.node('Add', [x, delta ?? '']), rows]);
  const [logits = ''] = b.linear(b.norm(last, b.vector(weights.norm)), weights.head);
  g.output(g.node('Identity', [logits], {}, { output: 'logits' }), 'float32', ['rows', h.vocabulary]);
  return g.encode({ graph: graphName(spec), architecture: h.architecture });
}
