/** What goes between the engine's thread and the decoder's worker, over vscode-jsonrpc on the worker's port. */
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';
import type { ErrorData } from '../protocol/answers.ts';
import type { PerplexityReport } from '../protocol/models.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult } from './decoder.ts';
import type { PerplexityOptions } from './perplexity.ts';

export interface OpenParameters {
  /** Absolute path of a GGUF file. */
  readonly file: string;
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly threads: number;
  /** Computes single tokens with float32 activations too: slower, for comparisons with a reference. */
  readonly exact: boolean;
}

export interface OpenResult {
  readonly architecture: string;
  readonly contextLength: number;
  /** Bytes of the weights. */
  readonly weightBytes: number;
  /** Bytes of the cache for a token. */
  readonly cacheBytesPerToken: number;
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
