/** What an answer is made of, as it travels between the engine and its doors; the same names stand in the command line's JSON. */
import type { UserError } from '../base/errors.ts';

/** A range of lines of one file: `path` relative to the repository with forward slashes, lines from 1, both ends included. */
export interface LineRange {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** One chunk that search ranked for a question, and what became of it. */
export interface Source extends LineRange {
  /** The chunk's id: what citations refer to. Stable as long as the file's content is. */
  readonly id: string;
  readonly language: string;
  /** The name of what is defined here, with its scope (`Scaffold.add_url_rule`), when there is one. */
  readonly symbol?: string;
  /** The declaration's first line or lines, as written, without the body. */
  readonly signature?: string;
  /** The documentation comment, comment signs removed. */
  readonly documentation?: string;
  /** The lines themselves. */
  readonly text: string;
  /** Tokens this source takes in the prompt of the decoder in use; 0 without a decoder, and for one on a server when it was not read. */
  readonly tokens: number;
  readonly score: number;
  /** Ranks from 1 by each part of the search: lexical, dense, symbol, path… */
  readonly ranks: Readonly<Record<string, number>>;
  /** Whether the decoder read it. */
  readonly used: boolean;
  /** Why it was used or left out, in words. */
  readonly reason: string;
}

type CitationStatus = 'verified' | 'moved' | 'stale' | 'unsupported';

/** A place the answer rests on; always resolved from a chunk by us, never from a path a model wrote. */
export interface Citation extends LineRange {
  /** The source's id. */
  readonly id: string;
  /** The number shown in the text, from 1. */
  readonly number: number;
  readonly status: CitationStatus;
}

/** Whether token counts are the model's own, or estimates with a margin. */
export type TokenCertainty = 'exact' | 'estimated';

/** A model server as the doors name it. */
export interface ServerPlace {
  /** Host and port. */
  readonly host: string;
  /** What kind of server it is, as people call it; null before it was asked. */
  readonly software: string | null;
  /** True when what is sent to it does not leave this machine. */
  readonly isLoopback: boolean;
}

/** Tokens of the decoder's window by what takes them, from the model's own tokenizer and template where they can be had. */
export interface Budget {
  /** Left out: exact. */
  readonly counts?: TokenCertainty;
  readonly window: number;
  readonly system: number;
  readonly map: number;
  readonly sources: number;
  readonly history: number;
  readonly question: number;
  /** Kept free for the answer. */
  readonly reserve: number;
  readonly used: number;
}

/** How much of what is relevant was read. */
export interface Coverage {
  readonly filesRelevant: number;
  readonly filesRead: number;
  readonly tokensRead: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** How complete the index was when the question was asked. */
export interface IndexCompleteness {
  readonly files: number;
  readonly indexed: number;
  readonly pending: number;
  readonly embedded: number;
}

/** Milliseconds and tokens of one answer. */
export interface Timings {
  readonly retrieveMs: number;
  /** From the question to the first token of the decoder; null when no decoder spoke. */
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly prefillTokens: number;
  readonly reusedTokens: number;
  readonly decodeTokens: number;
  readonly decodeTokensPerSecond: number;
}

/**
 * How the words came to be: `evidence` only the sources (no decoder), `quote` the decoder chose lines of the sources word for
 * word, `prose` the decoder wrote and its claims were checked.
 */
export type AnswerForm = 'evidence' | 'quote' | 'prose';

/** A stretch of the answer's text that nothing read supports; offsets in UTF-16 units. */
export interface UnsupportedSpan {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Answer {
  readonly question: string;
  readonly form: AnswerForm;
  /** Markdown; citations stand in it as `[n]` with n a citation's number. */
  readonly answer: string;
  /**
   * The decoder's part of `answer`: all that the `token` events said, after its checks. A door that shows the sources as cards
   * shows this beside them; `answer` stands on its own. Empty when no decoder spoke.
   */
  readonly written?: string;
  /** One sentence on what this answer is and is not: why it only quotes, that no decoder is there, that the index was partial. */
  readonly notice: string | null;
  readonly citations: readonly Citation[];
  readonly sources: readonly Source[];
  readonly unsupported: readonly UnsupportedSpan[];
  readonly budget: Budget;
  readonly strategy: string;
  readonly coverage: Coverage;
  readonly index: IndexCompleteness;
  /** Catalogue id of the decoder, or null when there was none. */
  readonly model: string | null;
  readonly provider: string | null;
  /** The server that the sources were sent to; left out: they stayed in this process. */
  readonly server?: ServerPlace;
  readonly timings: Timings;
  readonly outboundRequests: number;
  /** True when the user stopped it; what stands in `answer` was written until then. */
  readonly stopped: boolean;
}

type AnswerPhase = 'indexing' | 'searching' | 'reading' | 'writing';

/** What happens while an answer is made, in order; `done` is the last unless the request fails. */
export type AnswerEvent =
  | {
      readonly type: 'status';
      readonly phase: AnswerPhase;
      readonly message: string;
      readonly done?: number;
      readonly total?: number;
    }
  | { readonly type: 'source'; readonly source: Source }
  | { readonly type: 'token'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'done'; readonly answer: Answer };

/** An earlier question of the same conversation and what was answered. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
}

export interface AskRequest {
  readonly question: string;
  readonly scope?: readonly string[];
  readonly history?: readonly Turn[];
  readonly model?: string;
  readonly strategy?: string;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  /** Chunk ids the user pinned (always read) and dropped (never read). */
  readonly pinned?: readonly string[];
  readonly dropped?: readonly string[];
}

export interface ExplainRequest {
  readonly path: string;
  /** The selection, or the line of the cursor twice; left out: the whole file. */
  readonly startLine?: number;
  readonly endLine?: number;
  /** A further question about the same code. */
  readonly question?: string;
  readonly history?: readonly Turn[];
  readonly model?: string;
  readonly maxTokens?: number;
}

/** An explanation also says which symbol it is about, what that uses and what uses it. */
export interface Explanation extends Answer {
  readonly subject: LineRange & { readonly symbol?: string; readonly contentHash: string };
}

export interface SummarizeRequest {
  /** Folder relative to the repository; left out: the whole. */
  readonly path?: string;
  readonly depth?: number;
  readonly since?: string;
  readonly model?: string;
}

export interface SummaryNode {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'repository';
  /** Of the content below; the same hash means the summary is reused. */
  readonly hash: string;
  readonly summary: string;
  readonly citations: readonly Citation[];
  readonly reused: boolean;
}

export interface Summary {
  readonly markdown: string;
  /** The picture of the module map that stands in the document, for a door that draws it itself. */
  readonly moduleMapSvg?: string;
  readonly nodes: readonly SummaryNode[];
  readonly index: IndexCompleteness;
  readonly model: string | null;
  readonly totalMs: number;
}

export interface SearchRequest {
  readonly query: string;
  readonly limit?: number;
  readonly scope?: readonly string[];
}

interface SearchResult extends LineRange {
  readonly id: string;
  readonly score: number;
  readonly symbol: string | null;
  readonly ranks: Readonly<Record<string, number>>;
}

export interface SearchResponse {
  readonly results: readonly SearchResult[];
  readonly ms: number;
}

/** What a failed request carries across RPC, in the `data` of the JSON-RPC error. */
export interface ErrorData {
  readonly error: UserError;
}
