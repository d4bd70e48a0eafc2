/** What one kind of server can do and how it is asked. The remote decoder knows no paths; a dialect holds no state of a request. */
import type { ChatMessage, DecodeRequest } from '../decoder.ts';

export type ServerKind = 'llama.cpp' | 'llama-cpp-python' | 'ollama' | 'vllm' | 'sglang' | 'openai';

/** As people call them. */
export const serverNames: Readonly<Record<ServerKind, string>> = {
  'llama.cpp': 'llama.cpp server',
  'llama-cpp-python': 'llama-cpp-python server',
  ollama: 'Ollama',
  vllm: 'vLLM',
  sglang: 'SGLang',
  openai: 'OpenAI-compatible server',
};

/** What a dialect is asked for: messages, or a prompt as text or ids. */
export type RemoteRequest = Pick<
  DecodeRequest,
  'assistantPrefix' | 'maxTokens' | 'sampling' | 'constraint' | 'stop' | 'topLogits' | 'logitBias'
> & { readonly prompt: RemotePrompt };

export type RemotePrompt =
  | { readonly kind: 'messages'; readonly messages: readonly ChatMessage[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ids'; readonly ids: readonly number[] };

/** A request on the wire. */
export interface WireRequest {
  readonly path: string;
  readonly body: object;
  readonly framing: 'events' | 'lines';
  /** Ids of the prompt, when they are known before the server answers. */
  readonly promptIds?: readonly number[];
  /** Turns one document of the stream into what it tells. @throws z.ZodError for one of another form */
  readonly read: (document: unknown) => Piece;
  /** For output that stands inside something, such as a field of a JSON document. */
  readonly unwrap?: (text: string) => string;
}

/** What a document of the stream tells; several things at once are usual. */
export interface Piece {
  readonly text?: string;
  /** What the server itself tells apart as thought. */
  readonly thought?: string;
  readonly tokenIds?: readonly number[];
  /** Each token's best candidates; log-probabilities, which are logits but for one constant a step. */
  readonly candidates?: readonly (readonly { readonly id: number; readonly logit: number }[])[];
  readonly finish?: 'end-token' | 'length' | 'stop-string';
  /** Tokens of the prompt as the server counted them, and of those the ones whose keys it still had. */
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly completionTokens?: number;
  readonly progress?: { readonly done: number; readonly total: number };
  /** The server says itself that it dropped a part of the prompt. */
  readonly truncated?: true;
}

/** Counting by asking the server; each call is one or two requests. */
export interface ServerCounting {
  text(text: string, signal: AbortSignal): Promise<number>;
  /** null where the server does not render conversations apart from answering them. */
  readonly chat: ((messages: readonly ChatMessage[], signal: AbortSignal) => Promise<number>) | null;
}

export interface Dialect {
  readonly kind: ServerKind;
  /** The model's name as the server knows it. */
  readonly model: string;
  /** Tokens of the context that a request has. */
  readonly contextLength: number;
  /** Tells two models of the same name apart, as far as the server tells them apart. */
  readonly fingerprint: string;
  readonly counting: ServerCounting | null;
  /** Whether its output can be held to lines of given texts. */
  readonly quotes: boolean;
  /** null where the server does not say the ids of a text. */
  readonly tokenize: ((text: string, signal: AbortSignal) => Promise<readonly number[]>) | null;
  /**
   * What the server's template writes behind the last message of a conversation, where the answer begins; null when it does not
   * tell. Left out: no thought is open there.
   */
  readonly answerStart?: (signal: AbortSignal) => Promise<string | null>;
  /** @throws LS3213 for what this kind of server does not do, and what asking it throws */
  request(request: RemoteRequest, signal: AbortSignal): Promise<WireRequest>;
  /** Nats that each id but the first cost, given those before it; null where the server does not say. */
  readonly likelihoods: ((ids: readonly number[], signal: AbortSignal) => Promise<readonly number[]>) | null;
}
