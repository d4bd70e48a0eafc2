/** A GGUF file that another program keeps on this machine; offered, never copied, never changed. */

export interface FoundModel {
  /** `ollama:llama3.2:3b`, `lm-studio:publisher/repository/file`. */
  readonly id: string;
  readonly displayName: string;
  readonly origin: 'ollama' | 'lm-studio';
  readonly path: string;
  /** Bytes; of a split model, of its first part. */
  readonly size: number;
  /** SHA-256 where the other program states it. */
  readonly sha256: string | null;
  readonly licence: string | null;
  /** Its maker's manifest adds an adapter to the weights. */
  readonly hasAdapter?: true;
}
