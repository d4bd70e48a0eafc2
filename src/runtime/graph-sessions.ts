/** ONNX Runtime sessions over the graphs of a prepared model, opened when first needed. */
import path from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { fault } from '../base/errors.ts';
import type { GraphVariant } from '../models/architectures/prepared-model.ts';

export class GraphSessions {
  readonly #folder: string;
  readonly #threads: number;
  readonly #sessions = new Map<GraphVariant, Promise<InferenceSession>>();

  /** @param folder of a prepared model @param threads that compute; the calling thread is one of them */
  constructor(folder: string, threads: number) {
    this.#folder = folder;
    this.#threads = threads;
  }

  /** Opens the session if it is not open. @throws LS3002 when ONNX Runtime refuses the graph */
  open(variant: GraphVariant): Promise<InferenceSession> {
    const opened = this.#sessions.get(variant) ?? this.#create(variant);
    this.#sessions.set(variant, opened);
    return opened;
  }

  /** Blocks this thread until the outputs are there. @throws LS3002 when the run fails, for want of memory or in a driver */
  async run(variant: GraphVariant, feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const session = await this.open(variant);
    try {
      return await session.run(feeds);
    } catch (error) {
      throw runtimeFault(error);
    }
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).release();
  }

  async #create(variant: GraphVariant): Promise<InferenceSession> {
    try {
      return await InferenceSession.create(path.join(this.#folder, `${variant}.onnx`), {
        executionProviders: ['cpu'],
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        extra: {
          session: {
            // Degenerate inputs make attention several times slower where denormal numbers are computed with.
            set_denormal_as_zero: '1',
            // Threads that spin while they wait take the cores from whatever else runs: on a busy machine decode was half as fast with
            // it, and took twice the processor time.
            intra_op: { allow_spinning: '0' },
          },
        },
      });
    } catch (error) {
      this.#sessions.delete(variant);
      throw runtimeFault(error);
    }
  }
}

function runtimeFault(error: unknown): Error {
  return fault('LS3002', error instanceof Error ? error.message : String(error), error);
}
