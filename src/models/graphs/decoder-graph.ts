/**
 * The decoder graph of every architecture in the table: a stream of values to which each layer adds attention and then a feed-forward,
 * both over normed values; design.ts lists in what the architectures differ.
 *
 * Weights are written once; each of the graphs over them is a few hundred kilobytes. Inputs of all of them: `ids` [new],
 * `rows` (of which new tokens the logits are wanted), those of the attention (attention.ts), and per layer the cached rows
 * (cached-rows.ts). Outputs: `logits` [rows, vocabulary] and per layer the new rows `k_i`, `v_i` float32 [new, kvHeads * headSize].
 * Keys go out and come in un-rotated.
 */
import { say } from '../../base/sentences.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { declareDeviceAttention } from './attention/attention-webgpu.ts';
import { declareAttention } from './attention/attention.ts';
import type { ColumnBytes } from './column-bytes.ts';
import { layerRows } from './attention/cached-rows.ts';
import type { DecoderWeights, LayerWeights } from '../weights/decoder-weights.ts';
import type { FeedForwardWeights } from './feed-forward.ts';
import { mixture } from './experts.ts';
import { type GraphSpec, graphName } from './graph-spec.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import { LayerBuilder, type Norm } from './layers.ts';
import { declareRotatedAttention } from './attention/rotated-attention.ts';
import { unsupported } from '../description/settings.ts';

/** What is not added up yet: `base + delta`; no delta before the first layer. */
interface Stream {
  readonly base: Value;
  readonly delta: Value | null;
}

/** What every part of the graph is built with. */
interface Builders {
  readonly g: GraphBuilder;
  readonly b: LayerBuilder;
  readonly h: Hyperparameters;
  readonly spec: GraphSpec;
}

/** The attention of all layers. */
interface Attentions {
  /** A layer from its normed input [new, hidden] to what attention gives, [new, heads * headSize]. */
  readonly attend: LayerAttention;
  /** Called once after the last layer. */
  readonly finish: () => void;
}

type LayerAttention = (normed: Value, index: number, layer: LayerWeights) => Value;

/** One graph over the weights, as the bytes of its `.onnx` file. @param columns what the accuracy `digits` is computed with */
export function decoderGraph(
  spec: GraphSpec,
  h: Hyperparameters,
  weights: DecoderWeights,
  columns: ColumnBytes = {},
): Uint8Array {
  const g = new GraphBuilder(`${h.architecture}-${graphName(spec)}`);
  const b = new LayerBuilder(g, spec.accuracy, h.epsilon, h.design.norm, columns);
  const all: Builders = { g, b, h, spec };
  const ids = g.input('ids', 'int64', ['new']);
  const rows = g.input('rows', 'int64', ['rows']);
  const { attend, finish } = spec.form === 'rotated' ? rotatedAttention(all) : rowAttention(all);

  const embedded = b.scaled(b.embed(ids, weights.embedding, [h.vocabulary, h.hidden]), h.design.embeddingScale);
  let stream: Stream = {
    base: weights.embeddingNorm ? b.norm(embedded, weights.embeddingNorm) : embedded,
    delta: null,
  };
  for (const [i, layer] of weights.layers.entries()) {
    stream = feedForward(all, attended(all, stream, i, layer, attend), layer);
  }
  finish();
  const last = g.node('Gather', [stream.delta ? g.node('Add', [stream.base, stream.delta]) : stream.base, rows]);
  const [scores = ''] = b.linear(b.norm(last, weights.norm), weights.head);
  const logits = b.capped(b.scaled(scores, h.design.logitScale), h.design.logitSoftcap);
  g.output(g.node('Identity', [logits], {}, { output: 'logits' }), 'float32', ['rows', h.vocabulary]);
  return g.encode({ graph: graphName(spec), architecture: h.architecture });
}

function attended(
  { b, h }: Builders,
  stream: Stream,
  index: number,
  layer: LayerWeights,
  attend: LayerAttention,
): Stream {
  const { normed, base } = enter(b, h, stream, layer.attentionNorm);
  const [delta = ''] = b.linear(attend(normed, index, layer), layer.output);
  return leave(b, h, base, delta, layer.attentionPostNorm);
}

/** Attention over the rows of the cache. */
function rowAttention(all: Builders): Attentions {
  const { g, h, spec } = all;
  const groups = spec.provider
    ? declareDeviceAttention(spec.form, g, h, spec.provider === 'webgpu-flash')
    : declareAttention(spec.form, g, h);
  return {
    attend(normed, index, layer) {
      const attend = groups[h.groupOfLayer[index] ?? 0];
      if (!attend) throw new RangeError(`layer ${String(index)} is in no attention group`);
      const { q, k, v } = projections(all, normed, layer);
      return attend({ q, ...layerRows(g, spec, h, index, k, v) });
    },
    finish: () => undefined,
  };
}

/** Attention over a working copy, which takes queries, keys and values side by side. */
function rotatedAttention(all: Builders): Attentions {
  const { g, b, h } = all;
  const { attend, finish } = declareRotatedAttention(g, h);
  return {
    attend(normed, _, layer) {
      if (h.design.clip === null && !layer.queryNorm && !layer.keyNorm) return attend(b.joined(normed, layer.qkv));
      const { q, k, v } = projections(all, normed, layer);
      return attend(g.node('Concat', [q, k, v], { axis: -1 }));
    },
    finish,
  };
}

function projections(
  { g, b, h }: Builders,
  normed: Value,
  layer: LayerWeights,
): { readonly q: Value; readonly k: Value; readonly v: Value } {
  const { clip } = h.design;
  const [q = '', k = '', v = ''] = b
    .linear(normed, layer.qkv)
    .map((x) => (clip === null ? x : g.node('Clip', [x, g.float32(-clip), g.float32(clip)])));
  return {
    q: layer.queryNorm ? b.headNorm(q, layer.queryNorm, h.heads, h.headSize) : q,
    k: layer.keyNorm ? b.headNorm(k, layer.keyNorm, h.kvHeads, h.headSize) : k,
    v,
  };
}

function feedForward({ b, h }: Builders, stream: Stream, layer: LayerWeights): Stream {
  const { normed, base } = enter(b, h, stream, layer.feedForwardNorm);
  const { experts } = h.design;
  const through = (x: Value, weights: FeedForwardWeights): Value => oneFeedForward(b, h, x, weights);
  const delta =
    layer.experts && experts
      ? mixture(b, normed, layer.experts, experts, through)
      : through(normed, layer.feedForward ?? unsupported(say('a layer has no feed-forward')));
  return leave(b, h, base, delta, layer.feedForwardPostNorm);
}

function oneFeedForward(
  b: LayerBuilder,
  { design }: Hyperparameters,
  x: Value,
  { into, down }: FeedForwardWeights,
): Value {
  const [first = '', second = ''] = b.linear(x, into);
  const active = b.activate(first, design.activation);
  const [delta = ''] = b.linear(design.gated ? b.g.node('Mul', [active, second]) : active, down);
  return delta;
}

/** The sum of the stream and its norm; the stream goes on from one of them. */
function enter(
  b: LayerBuilder,
  { design }: Hyperparameters,
  { base, delta }: Stream,
  norm: Norm,
): { normed: Value; base: Value } {
  const { sum, normed } = delta === null ? { sum: base, normed: b.norm(base, norm) } : b.addAndNorm(base, delta, norm);
  return { normed, base: design.residualIsNormed ? normed : sum };
}

function leave(b: LayerBuilder, { design }: Hyperparameters, base: Value, delta: Value, postNorm: Norm | null): Stream {
  return { base, delta: b.scaled(postNorm ? b.norm(delta, postNorm) : delta, design.residualScale) };
}
