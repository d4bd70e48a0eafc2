/** The decoder as the rest of the engine sees it: text in, tokens out, one request at a time; it lives in a worker thread. */
import type { Sentence } from '../base/sentences.ts';
import type { ServerPlace, TokenCertainty } from '../protocol/answers.ts';
import type { ReuseVerdict } from './reuse/reuse-verdict.ts';
import type { PrefillSpeed } from './probing/prefill-speed.ts';
import type { GenerateReport, PerplexityReport, SpeculationReport } from '../protocol/models.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A text the decoder may quote from, line by line. */
export interface QuotableText {
  /** Chunk id. */
  readonly id: string;
  readonly text: string;
}

/** What the output is held to while it is sampled. */
export type Constraint =
  /** Whole consecutive lines of the texts, word for word, at most `maxLines` a quote and `maxQuotes` quotes. */
  | {
      readonly kind: 'quote';
      readonly texts: readonly QuotableText[];
      readonly maxLines: number;
      readonly maxQuotes: number;
    }
  /** A text that the whole regular expression matches: JavaScript's syntax with the flag u, anchored at both ends. */
  | { readonly kind: 'regex'; readonly pattern: string }
  /** One JSON document that the schema accepts; see constraints/json-schema.ts for what a schema may say. */
  | { readonly kind: 'json-schema'; readonly schema: unknown };

export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** 1 is none. */
  readonly repetitionPenalty: number;
  /** How many of the last tokens, prompt included, the penalty looks at: 64 unless said otherwise, -1 for all. */
  readonly repetitionWindow?: number;
  readonly seed: number;
}

/** Makes tokens likelier or less likely: by id, or every token a text is encoded as. */
export interface LogitBias {
  readonly token: number | string;
  /** Nats added to the logit. */
  readonly bias: number | 'never';
}

/** Sinks + window (StreamingLLM, Xiao et al. 2024): the first `sinks` and the last `recent` tokens stay in the cache. */
export interface CacheWindow {
  readonly sinks: number;
  readonly recent: number;
}

/** Several contexts for one question, read apart from each other. */
export type ParallelContexts = {
  /** Parallel context windows (Ratner et al. 2023) or naive Bayes-based context extension (Su 2023), see parallel/. */
  readonly method: 'parallel-windows' | 'nbce';
} & (
  | {
      /** As they are, after the beginning token; the request's prompt is the question. */
      readonly texts: readonly string[];
    }
  | {
      /**
       * Each context in a conversation of its own. They differ in the context alone: what they have in common at their end is the
       * question, and what they have in common at their beginning is read once.
       */
      readonly conversations: readonly (readonly ChatMessage[])[];
    }
);

/** What the answer is held against while it is sampled; see parallel/contrast.ts. */
interface Contrast {
  /** The conversation without the sources; the request's beginning of the answer is put behind it too. */
  readonly messages: readonly ChatMessage[];
  /** How much it counts; 0: not at all. */
  readonly alpha: number;
}

export interface DecodeRequest {
  /** Messages, rendered by the model's own template; or a text as it is, after the beginning token; or ids as they are. */
  readonly messages?: readonly ChatMessage[];
  readonly prompt?: string;
  /** Begins the assistant's turn with this text; it counts as prompt. */
  readonly assistantPrefix?: string;
  readonly tokenIds?: readonly number[];
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly logitBias?: readonly LogitBias[];
  readonly constraint?: Constraint;
  readonly stop?: readonly string[];
  readonly window?: CacheWindow;
  /** As `--rope`, see rope/specification.ts. */
  readonly rope?: string;
  /** As `--mask`, see masks/specification.ts. */
  readonly mask?: string;
  /** As `--retrieval`, see retrieval/specification.ts. */
  readonly retrieval?: string;
  readonly topLogits?: number;
  readonly contexts?: ParallelContexts;
  /**
   * Runs of the prompt that the request before had elsewhere in its own are taken from there, see reuse/moved-runs.ts. What comes of
   * it is close to reading all of the prompt, and not the same.
   */
  readonly movesRuns?: true;
  /**
   * The last message is made of sources and of what follows them. Each source is read apart, behind what stands before it, or taken from
   * the disk, and they are joined, see reuse/joined-chunks.ts. Close to reading all of the prompt, and not the same.
   */
  readonly joins?: { readonly sources: readonly string[]; readonly question: string };
  /** Left out where memory does not hold both. It makes no drafts. */
  readonly contrast?: Contrast;
  /**
   * Takes up keys and values of the prompt's beginning that are kept on disk, and keeps those of the prompt and of the answer;
   * `limit` is how many bytes may be kept in all. Left out: neither. A server keeps what it keeps.
   */
  readonly prefixCache?: { readonly limit: number };
  /** False: every token by itself. Drafts never change the text; see speculation/speculative-steps.ts. */
  readonly speculation?: boolean;
}

export type DecodeEvent =
  /** `reused` of `total` tokens were there already; left out: none that is known of. */
  | { readonly type: 'prefill'; readonly done: number; readonly total: number; readonly reused?: number }
  /** `id` is -1 where a server tells a token only as text. */
  | { readonly type: 'token'; readonly id: number; readonly text: string }
  /** What the model thinks before it answers; never a part of `text`. */
  | { readonly type: 'thought'; readonly text: string }
  /** A quote was finished: which text it is from and which of its lines (from 0, both ends included). */
  | { readonly type: 'quote'; readonly textId: string; readonly startLine: number; readonly endLine: number };

export interface DecodeResult extends GenerateReport {
  readonly finish: 'end-token' | 'length' | 'stop-string' | 'constraint';
  readonly quotes: readonly { readonly textId: string; readonly startLine: number; readonly endLine: number }[];
  /** What the model thought before it answered; left out: nothing. */
  readonly thoughts?: string;
  readonly prefillTokens: number;
  /** Tokens whose KV was there already: in the cache from the request before (longest common prefix), or on disk. */
  readonly reusedTokens: number;
  /** Tokens among {@link reusedTokens} whose KV came from the disk; left out: none. */
  readonly restoredTokens?: number;
  /** Why what was read lately could not be kept on disk. */
  readonly notKept?: Sentence;
  /** How many tokens came; left out: as many as `tokenIds`, which a server may not tell. */
  readonly decodeTokens?: number;
  readonly decodeTokensPerSecond: number;
  /** What drafts brought; absent where there were none to be. */
  readonly speculation?: SpeculationReport;
}

export interface DecoderInfo {
  readonly id: string;
  readonly displayName: string;
  readonly architecture: string;
  /** Tokens the model was trained for. */
  readonly contextLength: number;
  /** Tokens that are held at once here, by the memory plan; left out: all of `contextLength`. */
  readonly window?: number;
  /** Tokens of the longest prompt that the last probe showed to work; left out: there was none. */
  readonly effectiveWindow?: number;
  /** How fast it read prompts on this machine; left out: nothing is known. */
  readonly prefillSpeed?: PrefillSpeed;
  /** How far keys and values that are used again are as good as a full prefill; left out: nothing is known. */
  readonly reuse?: ReuseVerdict;
  readonly provider: string;
  /** Why it is not another one, and what is smaller than it could be for want of memory: sentences' worth. */
  readonly remarks?: readonly Sentence[];
  /** What the user is to be told, once. */
  readonly notice?: Sentence;
  /** Bytes: weights, KV cache of the window, and what a step takes on the way. */
  readonly memory: number;
  /** Left out: exact. A server that counts nothing before it answers leaves only estimates. */
  readonly tokenCounts?: TokenCertainty;
  /** False: its output cannot be held to quotes. Left out: it can. */
  readonly quotes?: false;
  /** The server that computes; left out: this process does. */
  readonly server?: ServerPlace;
  /** Tells two served models of the same name apart, as far as the server does. */
  readonly fingerprint?: string;
}

export interface Decoder {
  /** May change while it runs: what is known of a served model grows. */
  readonly info: DecoderInfo;
  /** Number of tokens, at once: exact, but for a served model, see `settleCounts` and `info.tokenCounts`. */
  countTokens(text: string): number;
  /** Number of tokens of the rendered conversation with the generation prompt. */
  countChatTokens(messages: readonly ChatMessage[]): number;
  /**
   * Makes the counts that were given since the last call as exact as they can be; left out: they are.
   * @returns true when one of them was wrong: who planned with it plans again
   */
  settleCounts?(signal: AbortSignal): Promise<boolean>;
  tokenize(text: string): readonly number[] | Promise<readonly number[]>;
  /** Runs one request; events arrive while it runs. Rejects with CancelledError within one token or prefill slice. */
  decode(request: DecodeRequest, onEvent: (e: DecodeEvent) => void, signal: AbortSignal): Promise<DecodeResult>;
  /**
   * Tries each form of reuse and keeps what is found, which `info` then tells; left out: it reuses nothing of its own.
   * @throws CancelledError, which leaves it untried; LS3001, LS3002
   */
  tryReuse?(onProgress: (done: number, total: number) => void, signal: AbortSignal): Promise<ReuseVerdict>;
  /** Mean negative log-likelihood of the ids, each predicted from those before it. */
  perplexity(
    request: Pick<DecodeRequest, 'window' | 'rope' | 'mask' | 'retrieval'> & {
      readonly tokenIds: readonly number[];
      readonly bucket: number;
    },
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<PerplexityReport>;
  dispose(): Promise<void>;
}
