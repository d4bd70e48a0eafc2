/** ONNX Runtime sessions over the graphs of a prepared model, opened when first needed. */
import path from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { LongsightError, fault } from '../base/errors.ts';
import { type GraphSpec, graphName } from '../models/architectures/graph-spec.ts';
import { type PreparedModel, graphFile } from '../models/architectures/prepared-model.ts';

export class GraphSessions {
  readonly #model: Pick<PreparedModel, 'folder' | 'hyperparameters'>;
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  /** @param threads that compute; the calling thread is one of them */
  constructor(model: Pick<PreparedModel, 'folder' | 'hyperparameters'>, threads: number) {
    this.#model = model;
    this.#threads = threads;
  }

  /** Tells this model's keys and values from those of every other. */
  get modelKey(): string {
    return path.basename(this.#model.folder);
  }

  /** Opens the session if it is not open. @throws LS3002 when ONNX Runtime refuses the graph */
  open(spec: GraphSpec): Promise<InferenceSession> {
    const name = graphName(spec);
    const opened = this.#sessions.get(name) ?? this.#create(spec);
    this.#sessions.set(name, opened);
    return opened;
  }

  /** Blocks this thread until the outputs are there. @throws LS3002 when the run fails, for want of memory or in a driver */
  async run(spec: GraphSpec, feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const session = await this.open(spec);
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

  async #create(spec: GraphSpec): Promise<InferenceSession> {
    try {
      return await InferenceSession.create(await graphFile(this.#model, spec), {
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
      this.#sessions.delete(graphName(spec));
      throw error instanceof LongsightError ? error : runtimeFault(error);
    }
  }
}

function runtimeFault(error: unknown): Error {
  return fault('LS3002', error instanceof Error ? error.message : String(error), error);
}
