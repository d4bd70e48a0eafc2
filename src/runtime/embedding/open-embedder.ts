/** Opens an embedder: finds its files, builds the graph where it is missing, starts its first thread. */
import { readFile } from 'node:fs/promises';
import { raceCancellation } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import { type PreparedEmbedder, prepareEmbedder } from '../../models/embedders/prepared-embedder.ts';
import { resolveModel } from '../../models/store.ts';
import { tokenizerFromJson } from '../../models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../models/tokenizer/tokenizer.ts';
import { EmbedderThread } from './embedder-thread.ts';
import type { Embedder } from './embedder.ts';
import { defaultThreads } from '../threads.ts';
import { WorkerEmbedder } from './worker-embedder.ts';

/** The embedder of the catalogue that is the default. */
const defaultModel = 'all-minilm-l6-v2';
/** More threads than this only take memory from the decoder. */
const mostThreads = 4;

export interface OpenEmbedderOptions {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  /** Worker threads, each with one thread of arithmetic; null: half the physical cores, at most 4. */
  readonly threads: number | null;
  readonly logger: Logger;
  /** Catalogue id; left out: the default embedder. */
  readonly model?: string;
  readonly signal?: AbortSignal;
}

/**
 * @throws LS2001 when the model is not on this machine, LS2013, LS2021, LS2031 when its files are incomplete or damaged, LS2005,
 * LS2006 when the graph cannot be written, LS3101 when it cannot be started, CancelledError
 */
export async function openEmbedder(options: OpenEmbedderOptions): Promise<Embedder> {
  const { home, logger, signal } = options;
  const started = performance.now();
  const model = await resolveModel(options.model ?? defaultModel, { home, logger });
  if (model?.kind !== 'embedder') throw fault('LS2002', options.model ?? defaultModel);
  const first = new EmbedderThread();
  let prepared: PreparedEmbedder;
  let tokenizer: Tokenizer;
  try {
    prepared = await prepareEmbedder(model, home, await raceCancellation(first.bytes(), signal), signal);
    tokenizer = createTokenizer(tokenizerFromJson(await readFile(prepared.tokenizer, 'utf8')));
  } catch (error) {
    await first.end();
    throw error;
  }
  const threads = Math.max(1, Math.min(options.threads ?? Math.floor(defaultThreads() / 2), mostThreads));
  const embedder = await WorkerEmbedder.open({
    prepared,
    tokenizer,
    threads,
    logger,
    first,
    ...(signal && { signal }),
  });
  logger.info({ embedder: embedder.id, threads, ms: performance.now() - started }, 'the embedder is open');
  return embedder;
}
