/** One run of the model's graph over a cache: the inputs put together, the right graph chosen, its outputs named. */
import { Tensor } from '../onnxruntime.ts';
import type { AccuracyLevel, GraphForm, GraphSpec } from '../../models/graphs/graph-spec.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { CacheStore, NewRows } from '../cache/cache-store.ts';
import type { NewBytes } from '../cache/copied-bytes.ts';
import { type GraphOutputs, bytesOf, floatsOf } from './graph-outputs.ts';
import type { GraphSessions } from './graph-sessions.ts';
import type { NewRowBuffers } from '../cache/new-row-buffers.ts';
import type { PositionTensors } from '../positions/position-tensors.ts';
import type { PageIndex } from '../retrieval/page-index.ts';
import type { RotatedCopy } from '../cache/rotated-copy.ts';
import type { Rotation } from './rotation.ts';
import type { PlannedStep } from './step-plan.ts';

/** What states that share a cache have in common. */
export interface GraphRunner {
  readonly sessions: GraphSessions;
  readonly h: Hyperparameters;
  /** Computes single tokens with float32 activations too; slower. */
  readonly exact: boolean;
  /** False where this processor's products with rounded activations are wrong (rounding-trial.ts): all are then in float32. */
  readonly rounds: boolean;
  /** Whether many rows are multiplied in whole numbers (digit-products.ts). */
  readonly digits: boolean;
  readonly cache: CacheStore;
  /** One for all states, where single tokens are computed over it: a state that takes turns with another makes it again. */
  readonly copy: RotatedCopy | null;
  readonly tensors: PositionTensors;
  readonly newRows: NewRowBuffers;
}

/** Forms whose few rows are faster with activations rounded to int8. */
const roundedForms: readonly GraphForm[] = ['decode', 'verify', 'retrieve', 'rotated'];

/** How the products of a form are computed. */
export function accuracyOf(
  form: GraphForm,
  runner: Pick<GraphRunner, 'sessions' | 'exact' | 'rounds' | 'digits'>,
): AccuracyLevel {
  // A provider was tried with its own kernels for 8 bits (provider-trial.ts).
  if (runner.sessions.graphProvider) return 0;
  if (!runner.rounds) return 'float';
  if (runner.exact) return 0;
  if (roundedForms.includes(form)) return 4;
  return runner.digits ? 'digits' : 0;
}

/** @param rows of which new tokens the logits are wanted @throws LS3002 */
export async function runGraph(
  runner: GraphRunner,
  ids: readonly number[],
  rows: readonly number[],
  { plans, from, end }: PlannedStep,
  rotation: Rotation,
  pages: PageIndex | null,
): Promise<GraphOutputs> {
  const { h, cache, tensors, newRows, sessions } = runner;
  const feeds: Record<string, Tensor> = {
    ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
    rows: tensors.list(rows, [rows.length]),
  };
  for (const [group, { inputs }] of plans.entries())
    for (const [name, tensor] of Object.entries(inputs))
      feeds[group === 0 ? name : `${name}_${String(group)}`] = tensor;
  if (rotation.slopes) feeds['slopes'] = rotation.slopes;
  for (let layer = 0; layer < h.layers; layer++) cache.feed(layer, from[h.groupOfLayer[layer] ?? 0] ?? 0, end, feeds);
  const form = plans[0]?.form ?? 'prefill';
  if (form === 'retrieve') pages?.feed(feeds);
  const provider = sessions.graphProvider;
  const spec: GraphSpec = {
    form,
    accuracy: accuracyOf(form, runner),
    cache: cache.type,
    ...(provider && { provider }),
  };
  const outputs = await sessions.run(spec, feeds, provider ? undefined : newRows.fetches(ids.length));
  cache.absorb(outputs, ids.length);
  return outputs;
}

/** What a run over the working copy gives: logits of every token, their rows for the cache, and their bytes for the copy. */
export interface CopyStep {
  readonly logits: Float32Array;
  readonly newRows: NewRows;
  readonly newBytes: NewBytes;
}

/** One run over the working copy. @param feeds what the copy prepared @throws LS3002 */
export async function runOverCopy(
  runner: GraphRunner,
  ids: readonly number[],
  feeds: Readonly<Record<string, Tensor>>,
): Promise<CopyStep> {
  const { sessions, h, tensors, cache } = runner;
  const rows = ids.map((_, t) => t);
  const outputs = await sessions.run(
    { form: 'rotated', accuracy: accuracyOf('rotated', runner), cache: cache.type },
    {
      ...feeds,
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
      rows: tensors.list(rows, [rows.length]),
    },
  );
  return {
    logits: floatsOf(outputs, 'logits'),
    newRows: packedRows(floatsOf(outputs, 'qkv'), h, ids.length),
    newBytes: newBytesOf(outputs, h, ids.length),
  };
}

/** Keys and values out of what the `rotated` graph gives: queries, keys and values of a token side by side, a layer after the other. */
function packedRows(packed: Float32Array, h: Hyperparameters, count: number): NewRows {
  const width = h.kvHeads * h.headSize;
  const queries = h.heads * h.headSize;
  return (layer) => {
    const side = (offset: number): Float32Array => {
      const at = layer * count * (queries + 2 * width) + offset;
      if (count === 1) return packed.subarray(at, at + width);
      const rows = new Float32Array(count * width);
      for (let t = 0; t < count; t++) {
        const from = at + t * (queries + 2 * width);
        rows.set(packed.subarray(from, from + width), t * width);
      }
      return rows;
    };
    return { k: side(queries), v: side(queries + width) };
  };
}

function newBytesOf(outputs: GraphOutputs, { kvHeads, headSize }: Hyperparameters, count: number): NewBytes {
  const bytes = bytesOf(outputs, 'new_kv');
  const size = kvHeads * count * headSize;
  return (layer) => ({
    k: bytes.subarray(2 * layer * size, (2 * layer + 1) * size),
    v: bytes.subarray((2 * layer + 1) * size, (2 * layer + 2) * size),
  });
}
