/** What goes between the engine's thread and the decoder's worker, over vscode-jsonrpc on the worker's port. */
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';
import type { ErrorData } from '../protocol/answers.ts';
import type { PerplexityReport } from '../protocol/models.ts';
import type { Provider } from '../protocol/providers.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult } from './decoder.ts';
import type { FreeMemory } from './memory/free-memory.ts';
import type { MemoryPlan } from './memory/memory-plan.ts';
import type { PerplexityOptions } from './perplexity.ts';

export interface OpenParameters {
  /** Absolute path of a GGUF file. */
  readonly file: string;
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly threads: number;
  /** Computes single tokens with float32 activations too: slower, for comparisons with a reference. */
  readonly exact: boolean;
  readonly provider: Provider;
  /** Whether the provider computes flash attention right. */
  readonly flash: boolean;
  /** What the plan goes by; null: what is free when the weights are about to be loaded. */
  readonly free: FreeMemory | null;
}

export interface OpenResult {
  readonly architecture: string;
  readonly contextLength: number;
  /** Bytes of the weights' file. */
  readonly weightBytes: number;
  readonly plan: MemoryPlan;
  readonly ms: number;
}

export interface DecodeParameters extends Omit<DecodeRequest, 'messages' | 'prompt' | 'assistantPrefix' | 'tokenIds'> {
  readonly promptIds: readonly number[];
}

/** Events carry the key that the request came with. */
export interface Streamed {
  readonly stream: number;
}

/** Bytes of the model file that were turned into graphs, and in all. */
export interface BuildProgress {
  readonly done: number;
  readonly total: number;
}

export type WorkerEvent = BuildProgress | DecodeEvent | number;

export const openRequest = new RequestType<OpenParameters & Streamed, OpenResult, ErrorData | undefined>(
  'decoder/open',
);
export const decodeRequest = new RequestType<DecodeParameters & Streamed, DecodeResult, ErrorData | undefined>(
  'decoder/decode',
);
export const perplexityRequest = new RequestType<PerplexityOptions & Streamed, PerplexityReport, ErrorData | undefined>(
  'decoder/perplexity',
);
export const eventNotification = new NotificationType<Streamed & { readonly event: WorkerEvent }>('decoder/event');
