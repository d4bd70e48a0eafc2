/** What goes between a speed measurement and the process of one subject, over vscode-jsonrpc on its IPC channel. */
import { RequestType } from 'vscode-jsonrpc/node';
import type { ErrorData } from '../../protocol/answers.ts';

export interface SubjectParameters {
  /** GGUF file. */
  readonly file: string;
  readonly threads: number;
  /** Tokens that are read and generated at most. */
  readonly contextLength: number;
  /** LONGSIGHT_HOME for Longsight itself, for llama.cpp null. */
  readonly home: string | null;
  /** The module of node-llama-cpp, and its flash attention; null for Longsight itself. */
  readonly peer: { readonly entry: string; readonly flashAttention: boolean } | null;
}

export interface Opened {
  readonly vocabulary: number;
}

/** Milliseconds by the clock and of all processors together. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

export const openSubject = new RequestType<SubjectParameters, Opened, ErrorData | undefined>('speed/open');
/** Forgets everything. */
export const forget = new RequestType<null, null, ErrorData | undefined>('speed/forget');
/** Reads tokens. */
export const read = new RequestType<{ readonly ids: readonly number[] }, Cost, ErrorData | undefined>('speed/read');
/** Generates tokens one after another, the first from `id`. */
export const generate = new RequestType<{ readonly id: number; readonly count: number }, Cost, ErrorData | undefined>(
  'speed/generate',
);
/** Reads a prompt and generates the token after it. */
export const first = new RequestType<{ readonly ids: readonly number[] }, Cost, ErrorData | undefined>('speed/first');
/** Largest resident memory of the process so far, bytes. */
export const peakMemory = new RequestType<null, number, ErrorData | undefined>('speed/memory');
