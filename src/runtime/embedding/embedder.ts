/** The embedder as the rest of the engine sees it: texts in, unit vectors out; it lives in a worker thread. */

export interface Embedder {
  /** Model id and builder version: part of every vector's key. */
  readonly id: string;
  readonly dimensions: number;
  /** Longest input in tokens; longer ones are refused by `fits`, never cut silently. */
  readonly maxTokens: number;
  /** True when the text with its special tokens is within `maxTokens`. */
  fits(text: string): boolean;
  /** Unit vectors in the order of the texts; urgent requests (a question) overtake waiting ones. */
  embed(texts: readonly string[], options: { urgent: boolean }, signal?: AbortSignal): Promise<readonly Float32Array[]>;
  dispose(): Promise<void>;
}
