/** ONNX Runtime sessions over the graphs of a prepared model, opened when first needed. */
import path from 'node:path';
import { InferenceSession, type SessionOptions, type Tensor } from '../onnxruntime.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import { type GraphSpec, graphName } from '../../models/graphs/graph-spec.ts';
import { type PreparedModel, graphFile } from '../../models/weights/prepared-model.ts';
import type { Provider } from '../../protocol/providers.ts';
import { sessionOptions } from '../providers/session-options.ts';
import { rowNames } from '../webgpu/row-graphs.ts';

export class GraphSessions {
  readonly #model: Pick<PreparedModel, 'folder' | 'hyperparameters'>;
  readonly #threads: number;
  readonly #provider: Provider;
  readonly #flash: boolean;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  /**
   * @param threads that compute; the calling thread is one of them
   * @param flash whether the graphics processor computes flash attention right
   */
  constructor(
    model: Pick<PreparedModel, 'folder' | 'hyperparameters'>,
    threads: number,
    provider: Provider = 'cpu',
    flash = false,
  ) {
    this.#model = model;
    this.#threads = threads;
    this.#provider = provider;
    this.#flash = flash;
  }

  /** Whether keys and values stay where they are computed; otherwise they come back with every step. */
  get keepsOnDevice(): boolean {
    return this.#provider === 'webgpu';
  }

  /** What a graph for these sessions is to be built for; undefined: the processor, and what computes its graphs. */
  get graphProvider(): GraphSpec['provider'] {
    if (!this.keepsOnDevice) return undefined;
    return this.#flash ? 'webgpu-flash' : 'webgpu';
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

  /**
   * Blocks this thread until the outputs are there.
   * @param fetches the outputs that are wanted, and the buffers that some are written into; without it, all of them in new ones
   * @throws LS3002 when the run fails, for want of memory or in a driver
   */
  async run(
    spec: GraphSpec,
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: Readonly<Record<string, Tensor | null>>,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const session = await this.open(spec);
    try {
      return await (fetches ? session.run(feeds, fetches) : session.run(feeds));
    } catch (error) {
      throw runtimeFault(error);
    }
  }

  /**
   * Runs a small graph beside the model's, over rows that a step gave; its session is kept.
   * @param name tells it from other graphs @param place where the outputs are wanted
   * @throws LS3002
   */
  async runAside(
    name: string,
    graph: () => Uint8Array,
    feeds: Readonly<Record<string, Tensor>>,
    place: 'device' | 'memory',
  ): Promise<Readonly<Record<string, Tensor>>> {
    const key = `${name} ${place}`;
    try {
      const opened =
        this.#sessions.get(key) ??
        InferenceSession.create(graph(), {
          ...sessionOptions(this.#provider, this.#threads),
          ...(place === 'device' && this.#onDevice({})),
        });
      this.#sessions.set(key, opened);
      return await (await opened).run(feeds);
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
        ...sessionOptions(this.#provider, this.#threads),
        ...this.#onDevice({ logits: 'cpu' }),
      });
    } catch (error) {
      this.#sessions.delete(graphName(spec));
      throw error instanceof LongsightError ? error : runtimeFault(error);
    }
  }

  /** Rows stay on the device. @param others where other outputs go */
  #onDevice(others: Readonly<Record<string, 'cpu'>>): SessionOptions {
    if (!this.keepsOnDevice) return {};
    const place: Record<string, 'gpu-buffer' | 'cpu'> = { ...others };
    for (const name of rowNames(this.#model.hyperparameters.layers)) place[name] = 'gpu-buffer';
    return { preferredOutputLocation: place };
  }
}

function runtimeFault(error: unknown): Error {
  return fault('LS3002', error instanceof Error ? error.message : String(error), error);
}
