/** Token ids to a unit vector in this thread: the session of an embedder's graph, in either of its two forms. */
import { InferenceSession, Tensor } from '../onnxruntime.ts';
import { fault } from '../../base/errors.ts';
import { bertInput, bertOutput } from '../../models/embedders/bert.ts';
import type { EmbedderGraphForm } from '../../models/embedders/prepared-embedder.ts';

export class EmbedderSession {
  readonly #session: InferenceSession;
  readonly #form: EmbedderGraphForm;

  private constructor(session: InferenceSession, form: EmbedderGraphForm) {
    this.#session = session;
    this.#form = form;
  }

  /** @throws LS3101 when ONNX Runtime refuses the graph */
  static async open(graph: string, form: EmbedderGraphForm): Promise<EmbedderSession> {
    try {
      const session = await InferenceSession.create(graph, {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        extra: { session: { set_denormal_as_zero: '1' } },
      });
      return new EmbedderSession(session, form);
    } catch (error) {
      throw embedderFault(error);
    }
  }

  /** Blocks this thread for one text. @throws LS3101 */
  async embed(ids: readonly number[]): Promise<Float32Array> {
    const shape = [1, ids.length];
    const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), shape);
    try {
      if (this.#form === 'unit-vector') {
        const output = (await this.#session.run({ [bertInput]: input }))[bertOutput];
        return floatsOf(output).slice();
      }
      const output = await this.#session.run({
        input_ids: input,
        attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
        token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
      });
      return meanUnitVector(floatsOf(output.last_hidden_state), ids.length);
    } catch (error) {
      throw embedderFault(error);
    }
  }
}

function floatsOf(tensor: Tensor | undefined): Float32Array {
  const data: unknown = tensor?.data;
  if (!(data instanceof Float32Array)) throw new Error('the graph has no float32 output of the expected name');
  return data;
}

/** Mean over the tokens, then length 1. */
function meanUnitVector(states: Float32Array, tokens: number): Float32Array {
  const width = states.length / tokens;
  const sum = new Float32Array(width);
  for (let token = 0; token < tokens; token += 1)
    for (let i = 0; i < width; i += 1) sum[i] = (sum[i] ?? 0) + (states[token * width + i] ?? 0);
  const length = Math.hypot(...sum);
  return length === 0 ? sum : sum.map((value) => value / length);
}

function embedderFault(error: unknown): Error {
  return fault('LS3101', error instanceof Error ? error.message : String(error), error);
}
