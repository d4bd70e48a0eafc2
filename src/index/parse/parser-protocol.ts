/** Messages between the engine's thread and the parser worker. */
import type { Sentence } from '../../base/sentences.ts';
import { RequestType } from 'vscode-jsonrpc/node';
import type { ParsedFile } from './parsed-file.ts';

export interface ParseParameters {
  readonly text: string;
  readonly language: string;
}

export interface ParseResponse {
  readonly file: ParsedFile;
  /** Why the file was chunked by lines although its language has a grammar; null when nothing went wrong. */
  readonly failure: Sentence | null;
  /** The failure may be gone next time: the time ran out, or the worker was lost. */
  readonly mayPass: boolean;
  /** Bytes of the worker's WebAssembly memory after this file. */
  readonly memory: number;
}

export const parseRequest = new RequestType<ParseParameters, ParseResponse, void>('parse');
