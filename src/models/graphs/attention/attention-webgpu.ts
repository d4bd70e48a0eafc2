/**
 * Attention on the graphics processor, in the same forms and with the same inputs as on the processor (attention.ts).
 *
 * WebGPU has no kernel of FusedMatMul or of ONNX' own Attention: `prefill` and `decode` are plain products and a softmax, or
 * GroupQueryAttention of com.microsoft, whose kernels are flash attention and whose results for 32 queries and more are wrong on some
 * drivers (Mesa's software Vulkan 25.0 is one). There all rows go in as its "past" and none as new ones, rotated before and with its
 * own rotation off; it lets a query see the rows up to its own, counted from the last query, and masks only take away from that.
 */
import { fault } from '../../../base/errors.ts';
import { say } from '../../../base/sentences.ts';
import { type GraphBuilder, type Value, float } from '../../onnx/graph-builder.ts';
import type { Attention, GroupBuilder } from './attention-form.ts';
import {
  type SinkInputs,
  byHeads,
  declareSinks,
  extendedAttention,
  splitAtSinks,
  streamedAttention,
} from './attention.ts';
import { type GroupRotation, type RotationInputs, declareRotation, rotate } from '../graph-rotation.ts';
import type { GraphForm } from '../graph-spec.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';

/** What a masked score is on the device: shaders need not know infinities, and e to this power is 0 all the same. */
const hidden = -1e9;

/**
 * As declareAttention of attention.ts; the rows come whole (cached-rows.ts).
 * @param flash whether `prefill` and `decode` are flash attention
 * @throws LS3005 for a form that is the processor's alone
 */
export function declareDeviceAttention(
  form: GraphForm,
  g: GraphBuilder,
  h: Hyperparameters,
  flash: boolean,
): readonly Attention[] {
  if (form === 'retrieve' || form === 'verify')
    throw fault('LS3005', say('"{0}" is not for the graphics processor', form));
  const groups = flash && (form === 'prefill' || form === 'decode');
  const slopes = h.alibi ? g.input('slopes', 'float32', [h.heads]) : null;
  const none = groups ? g.initializer('no_rows', 'float32', [1, 0, h.kvHeads * h.headSize], new Float32Array(0)) : '';
  return h.attentionGroups.map(({ rope }, index) => {
    const suffix = index === 0 ? '' : `_${String(index)}`;
    const keyCount = form === 'decode' ? `past${suffix}` : `keys${suffix}`;
    const dimensions = rope?.dimensions ?? null;
    const declared =
      rope || h.alibi ? declareRotation(g, dimensions, h.headSize, keyCount, { prefix: '', suffix }) : null;
    const rotation = declared && form === 'decode' ? withNewKey(g, declared) : declared;
    const byHead = groups ? [h.heads] : [h.kvHeads, h.heads / h.kvHeads];
    const sinks = form === 'stream' ? declareSinks({ g, suffix }) : null;
    const distances = slopes && rotation && distanceBias(g, slopes, rotation, byHead, sinks);
    const mask =
      form === 'decode'
        ? null
        : g.node('Clip', [g.input(`mask${suffix}`, 'float32', ['new', keyCount]), g.float32(hidden)]);
    const mine = { g, h, rotation, suffix };
    const bias = distances && mask ? g.node('Add', [distances, mask]) : (distances ?? mask);
    // [new, keys], or with distances [heads, new, keys], becomes [1, 1 or heads, new, keys].
    if (groups)
      return groupedAttention(mine, bias && g.node('Unsqueeze', [bias, g.int64(distances ? [0] : [0, 1])]), none);
    if (sinks) return streamedAttention(mine, bias ?? '', sinks);
    if (form === 'extend') return extendedAttention(mine, bias ?? '', dimensions, keyCount);
    return scoredAttention(mine, bias);
  });
}

/** In `decode` the positions of the keys are those of the cached rows; the new row, here the last, stands where its query does. */
function withNewKey(g: GraphBuilder, { queries, keys, positions }: GroupRotation): GroupRotation {
  const all = g.node('Concat', [positions.key, positions.query], { axis: 1 });
  return {
    queries,
    keys: keys && { ...keys, positions: all },
    newKey: null,
    positions: { query: positions.query, key: all },
  };
}

/** ALiBi (Press et al. 2022): -slope * distance, [...heads, new, keys]; in float32, for WebGPU computes no int64. */
function distanceBias(
  g: GraphBuilder,
  slopes: Value,
  { positions }: GroupRotation,
  heads: readonly number[],
  sinks: SinkInputs | null,
): Value {
  const floats = (x: Value): Value => g.node('Cast', [x], { to: 1 });
  const keys = floats(positions.key);
  const from = (queries: Value): Value => g.node('Sub', [keys, g.node('Reshape', [floats(queries), g.int64([-1, 1])])]);
  const distances = sinks
    ? splitAtSinks(g, sinks, from(sinks.queries), from(positions.query), 1)
    : from(positions.query);
  return g.node('Mul', [g.node('Reshape', [slopes, g.int64([...heads, 1, 1])]), distances]);
}

/** Plain products and a softmax between them. @param bias added to the scores; null: nothing */
function scoredAttention(builder: GroupBuilder, bias: Value | null): Attention {
  const { g, h, rotation } = builder;
  const shape = byHeads(builder);
  const batched = (x: Value): Value => g.node('Unsqueeze', [x, g.int64([0])]);
  return ({ q, k, v }) => {
    const queries = shape.queries(rotate(g, batched(q), h.heads, rotation?.queries ?? null));
    const keys = shape.keys(rotate(g, batched(k), h.kvHeads, rotation?.keys ?? null));
    const products = g.node('MatMul', [queries, keys]);
    const weights = g.node('Softmax', [bias === null ? products : g.node('Add', [products, bias])], { axis: -1 });
    return shape.joined(g.node('MatMul', [weights, shape.values(v)]));
  };
}

/** @param bias [1, 1 or heads, new, keys] @param none new rows, of which there are none: [1, 0, kvHeads * headSize] */
function groupedAttention({ g, h, rotation }: GroupBuilder, bias: Value | null, none: Value): Attention {
  const { heads, kvHeads, headSize, attentionScale } = h;
  const batched = (x: Value): Value => g.node('Unsqueeze', [x, g.int64([0])]);
  const rotated = (x: Value, count: number, by: RotationInputs | null): Value => rotate(g, batched(x), count, by);
  const byHead = (x: Value): Value =>
    g.node('Transpose', [g.node('Reshape', [x, g.int64([1, -1, kvHeads, headSize])])], { perm: [0, 2, 1, 3] });
  return ({ q, k, v }) => {
    const keys = byHead(rotated(k, kvHeads, rotation?.keys ?? null));
    const count = g.node('Gather', [g.node('Shape', [k]), g.int64(0)]);
    const total = g.node('Cast', [count], { to: 6 });
    const last = g.node('Cast', [g.node('Reshape', [g.node('Sub', [count, g.int64(1)]), g.int64([1, 1])])], { to: 6 });
    const query = rotated(q, heads, rotation?.queries ?? null);
    const [y = ''] = g.nodes(
      'GroupQueryAttention',
      [query, none, none, keys, byHead(v), last, total, '', '', '', bias ?? ''],
      3,
      { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 0, scale: float(attentionScale) },
      { domain: 'com.microsoft' },
    );
    return g.node('Reshape', [y, g.int64([-1, heads * headSize])]);
  };
}
