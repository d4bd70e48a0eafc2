/**
 * The decoder graph of the llama family: RMS norm, grouped-query attention with RoPE, SwiGLU (Touvron et al. 2023), with what
 * qwen2 (biases on q, k, v) and qwen3 (RMS norm of every query and key head) add.
 *
 * Weights are written once; each of the graphs over them is a few hundred kilobytes. Inputs of all of them: `ids` [new],
 * `rows` (of which new tokens the logits are wanted), `cos` and `sin`, `query_positions` [1, new], `key_positions`
 * [1, past + new] ([1, past] for `decode`) and per layer `past_k_i`, `past_v_i` [past, kvHeads * headSize]. Outputs: `logits`
 * [rows, vocabulary] and per layer the new rows `k_i`, `v_i`. `prefill` adds `mask` [new, past + new], `stream` adds `mask`,
 * `sink_query_positions` [1, new] and `sink_count` [1].
 * Keys go out and come in un-rotated.
 */
import type { GgufFile, GgufTensor } from '../gguf/reader.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { type AttentionForm, joinedAttention, steppedAttention, streamedAttention } from './attention.ts';
import { type Hyperparameters, tensorOfShape } from './hyperparameters.ts';
import { type AccuracyLevel, LayerBuilder } from './layers.ts';
import type { EmbeddingTable, Linear, LinearPart, Vector, WeightWriter } from './weights.ts';

/** `prefill` many tokens; `decode` one token at a time; `stream` many tokens past the end of a sinks + window cache. */
export type GraphForm = 'prefill' | 'decode' | 'stream';

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
  file: GgufFile,
  h: Hyperparameters,
  writer: WeightWriter,
): Promise<LlamaWeights> {
  const { hidden, heads, kvHeads, headSize, feedForward, vocabulary } = h;
  const optional = (name: string, length: number): GgufTensor | null =>
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
export function llamaGraph(
  form: GraphForm,
  accuracy: AccuracyLevel,
  h: Hyperparameters,
  weights: LlamaWeights,
): Uint8Array {
  const g = new GraphBuilder(`${h.architecture}-${form}`);
  const b = new LayerBuilder(g, accuracy, h.epsilon);
  const ids = g.input('ids', 'int64', ['new']);
  const rows = g.input('rows', 'int64', ['rows']);
  const attend = attentionOf(form, g, h);
  const kvWidth = h.kvHeads * h.headSize;

  let x = b.embed(ids, weights.embedding, [h.vocabulary, h.hidden]);
  let delta: Value | null = null;
  for (const [i, layer] of weights.layers.entries()) {
    const n = String(i);
    const pastK = g.input(`past_k_${n}`, 'float32', ['past', kvWidth]);
    const pastV = g.input(`past_v_${n}`, 'float32', ['past', kvWidth]);
    const attentionNorm = b.vector(layer.attentionNorm);
    let normed: Value;
    if (delta === null) normed = b.norm(x, attentionNorm);
    else ({ sum: x, normed } = b.addAndNorm(x, delta, attentionNorm));
    const [q = '', key = '', value = ''] = b.linear(normed, layer.qkv);
    const query = layer.queryNorm ? b.headNorm(q, b.vector(layer.queryNorm), h.heads, h.headSize) : q;
    const k = g.node(
      'Identity',
      [layer.keyNorm ? b.headNorm(key, b.vector(layer.keyNorm), h.kvHeads, h.headSize) : key],
      {},
      { output: `k_${n}` },
    );
    const v = g.node('Identity', [value], {}, { output: `v_${n}` });
    g.output(k, 'float32', ['new', kvWidth]);
    g.output(v, 'float32', ['new', kvWidth]);
    const [attended = ''] = b.linear(attend({ q: query, k, v, pastK, pastV }), layer.output);
    const residual = b.addAndNorm(x, attended, b.vector(layer.feedForwardNorm));
    const [gate = '', up = ''] = b.linear(residual.normed, layer.gateUp);
    x = residual.sum;
    [delta = ''] = b.linear(b.gated(gate, up), layer.down);
  }
  const last = g.node('Gather', [g.node('Add', [x, delta ?? '']), rows]);
  const [logits = ''] = b.linear(b.norm(last, b.vector(weights.norm)), weights.head);
  g.output(g.node('Identity', [logits], {}, { output: 'logits' }), 'float32', ['rows', h.vocabulary]);
  return g.encode({ form, architecture: h.architecture });
}

function attentionOf(form: GraphForm, g: GraphBuilder, h: Hyperparameters): AttentionForm {
  const half = h.ropeDimensions / 2;
  const cos = g.input('cos', 'float32', ['positions', half]);
  const sin = g.input('sin', 'float32', ['positions', half]);
  const queryPositions = g.input('query_positions', 'int64', [1, 'new']);
  if (form === 'decode') {
    return steppedAttention(g, h, {
      cos,
      sin,
      queryPositions,
      keyPositions: g.input('key_positions', 'int64', [1, 'past']),
    });
  }
  const keyPositions = g.input('key_positions', 'int64', [1, 'keys']);
  const mask = g.input('mask', 'float32', ['new', 'keys']);
  const positions = { cos, sin, queryPositions, keyPositions };
  if (form === 'prefill') return joinedAttention(g, h, positions, mask);
  const sinkQueryPositions = g.input('sink_query_positions', 'int64', [1, 'new']);
  const sinkCount = g.input('sink_count', 'int64', [1]);
  return streamedAttention(g, h, positions, { sinkQueryPositions, sinkCount, mask });
}
