/** What an answer is made of, as it travels between the engine and its doors; the same names stand in the command line's JSON. */
import type { UserError } from '../base/errors.ts';
import type { Sentence } from '../base/sentences.ts';
import type { Effort } from './effort.ts';
import type { UnsupportedSentences } from './unsupported.ts';
import type { SpeculationReport } from './models.ts';

/** A range of lines of one file: `path` relative to the repository with forward slashes, lines from 1, both ends included. */
export interface LineRange {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** A commit that is a source: its message is read, and it is cited for why lines are as they are. */
export interface CommitPlace {
  /** The whole hexadecimal id. */
  readonly id: string;
  /** The day it was made on: `2019-03-04`. */
  readonly date: string;
  /** The first line of its message. */
  readonly subject: string;
  /** The file's name in that commit. */
  readonly path: string;
  /** The file as it was before; null: the commit made it. */
  readonly before: { readonly id: string; readonly path: string } | null;
  /** The lines of the file as it is now that no later commit changed, ascending. */
  readonly lines: readonly Pick<LineRange, 'startLine' | 'endLine'>[];
}

/**
 * One chunk that search ranked for a question, and what became of it; or, where `commit` is there, a commit: then `text` is its
 * message, and the range goes from the first to the last line that it changed last.
 */
export interface Source extends LineRange {
  /** Root of its repository; left out: the engine serves only one. */
  readonly repository?: string;
  /**
   * The chunk's id, what citations refer to; in a list the chunk's id, `:` and the line, for several places may be in one chunk.
   * Stable as long as the file's content is.
   */
  readonly id: string;
  /** Left out: the source is lines of a file. */
  readonly commit?: CommitPlace;
  readonly language: string;
  /** The name of what is defined here, with its scope (`Scaffold.add_url_rule`), when there is one. */
  readonly symbol?: string;
  /** The declaration's first line or lines, as written, without the body. */
  readonly signature?: string;
  /** The documentation comment, comment signs removed. */
  readonly documentation?: string;
  /** The lines themselves. */
  readonly text: string;
  /** The declaration and the lines that matter for the question, `…` where lines are left out; absent: not chosen. */
  readonly excerpt?: string;
  /** Tokens this source takes in the prompt of the decoder in use; 0 without a decoder, and for one on a server when it was not read. */
  readonly tokens: number;
  readonly score: number;
  /** Ranks from 1 by each part of the search: lexical, dense, symbol, path… */
  readonly ranks: Readonly<Record<string, number>>;
  /** Whether the answer is made of it: the decoder read it or, where none read anything, it is shown as evidence. */
  readonly used: boolean;
  /** Why it was used or left out. */
  readonly reason: Sentence;
}

/**
 * `verified`: a statement that cites it was checked against it and holds, or the lines are shown themselves. `unchanged`: the
 * lines are there as they were read, and nothing that is said of them could be checked. `moved`: they are elsewhere in the file
 * now, where the citation leads. `stale`: they are gone.
 */
type CitationStatus = 'verified' | 'unchanged' | 'moved' | 'stale';

/** A place the answer rests on; always resolved from a chunk by us, never from a path a model wrote. */
export interface Citation extends LineRange {
  /** As in {@link Source}. */
  readonly repository?: string;
  /** The source's id. */
  readonly id: string;
  /** The number shown in the text, from 1. */
  readonly number: number;
  /** As in {@link Source}. */
  readonly commit?: CommitPlace;
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
  /** The most that sources may take, however much the window has: what bounds the time to the first token. */
  readonly sourcesLimit: number;
  /** Seconds to the first word: how many were allowed, and how many the prompt was expected to take; left out: no prose was asked for, or the speed was not known. */
  readonly seconds?: { readonly allowed: number; readonly expected: number };
}

/** How much of what is relevant was read. */
export interface Coverage {
  readonly filesRelevant: number;
  /** By a decoder; 0 when none read anything. */
  readonly filesRead: number;
  readonly tokensRead: number;
  readonly skipped: readonly { readonly path: string; readonly reason: Sentence }[];
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
  /** What drafts brought, or why there were none; absent where a decoder has none. */
  readonly speculation?: SpeculationReport;
}

/**
 * How the words came to be: `evidence` only the sources (no decoder), `quote` the decoder chose lines of the sources word for
 * word, `prose` the decoder wrote and its claims were checked, `list` a list that was computed from the index without a decoder.
 */
export type AnswerForm = 'evidence' | 'quote' | 'prose' | 'list';

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
  /** What the decoder thought before it answered, never a part of `answer`; left out: nothing. */
  readonly thoughts?: string;
  /** What this answer is and is not: why it only quotes, that no decoder is there, that the index was partial. */
  readonly notice: Sentence | null;
  readonly citations: readonly Citation[];
  readonly sources: readonly Source[];
  readonly unsupported: readonly UnsupportedSpan[];
  readonly budget: Budget;
  readonly strategy: string;
  /** Why it was not read in the way that is preferred; left out: it was. */
  readonly strategyReason?: Sentence;
  readonly coverage: Coverage;
  readonly index: IndexCompleteness;
  /** Catalogue id of the decoder, or null when there was none. */
  readonly model: string | null;
  readonly provider: string | null;
  /** The server that the sources were sent to; left out: they stayed in this process. */
  readonly server?: ServerPlace;
  readonly timings: Timings;
  /** Requests that were sent for this answer, those to a model server included. */
  readonly outboundRequests: number;
  /** True when the user stopped it; what stands in `answer` was written until then. */
  readonly stopped: boolean;
}

/** `loading`: the decoder starts; `testing`: it takes the reading test, once for each model. */
type AnswerPhase = 'indexing' | 'searching' | 'loading' | 'testing' | 'reading' | 'writing';

/** What happens while an answer is made, in order; `done` is the last unless the request fails. */
export type AnswerEvent =
  | {
      readonly type: 'status';
      readonly phase: AnswerPhase;
      readonly message: Sentence;
      /** While writing: the decoder chooses lines of the sources and writes none of its own. */
      readonly quotes?: true;
      readonly done?: number;
      readonly total?: number;
    }
  | { readonly type: 'source'; readonly source: Source }
  | { readonly type: 'token'; readonly text: string }
  /** What a reasoning model thinks before it answers; never a part of the answer. */
  | { readonly type: 'thought'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Citation }
  | { readonly type: 'done'; readonly answer: Answer };

/** A place that an earlier answer showed or read, as the client keeps it. */
export interface TurnSource extends LineRange {
  /** As in {@link Source}. */
  readonly repository?: string;
  /** The source's id; the file may have changed since. */
  readonly id: string;
  readonly symbol?: string;
  /** The number under which the answer cites it; left out: it does not. */
  readonly number?: number;
}

/** An earlier question of the same conversation, what was answered, and on which places: what "it" and "the second one" mean. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
  /** In the order shown. Left out: what the answer's text names. */
  readonly sources?: readonly TurnSource[];
}

/** A repository that a question is asked over, and the part of it that is meant. */
interface RepositoryScope {
  /** Its root, or the folder it was opened by. */
  readonly repository: string;
  /** Globs of paths in it; left out: all of it. */
  readonly scope?: readonly string[];
}

/** A file, or lines of one, that the user put beside the question: it is read before anything that search finds. */
export interface Attachment {
  /** Root of its repository, or the folder it was opened by; left out: the first one. */
  readonly repository?: string;
  readonly path: string;
  /** Left out: the whole file. */
  readonly startLine?: number;
  /** Left out: the one line. */
  readonly endLine?: number;
}

export interface AskRequest {
  readonly question: string;
  /** Globs of paths, where there is one repository. */
  readonly scope?: readonly string[];
  /** Where to look, when the engine serves several repositories; left out: in all of them. */
  readonly repositories?: readonly RepositoryScope[];
  /** Read first, in this order. */
  readonly attached?: readonly Attachment[];
  readonly history?: readonly Turn[];
  readonly model?: string;
  readonly strategy?: string;
  /** How long the first word may take; left out: `normal`. */
  readonly effort?: Effort;
  /** What becomes of a sentence that nothing read supports; left out: it is marked. */
  readonly unsupported?: UnsupportedSentences;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  /** Chunk ids the user pinned (always read) and dropped (never read). */
  readonly pinned?: readonly string[];
  readonly dropped?: readonly string[];
  /** Where what is pinned was shown: read there when its file has changed since and the chunk is another. */
  readonly pinnedPlaces?: readonly TurnSource[];
}

export interface ExplainRequest {
  /** Root of the repository, or the folder it was opened by; left out: the first one. */
  readonly repository?: string;
  readonly path: string;
  /** The selection, or the line of the cursor twice; left out: the whole file. */
  readonly startLine?: number;
  readonly endLine?: number;
  /** A further question about the same code. */
  readonly question?: string;
  readonly history?: readonly Turn[];
  readonly model?: string;
  /** As in {@link AskRequest}. */
  readonly effort?: Effort;
  readonly maxTokens?: number;
  /** Only one that is kept, of whatever age, is wanted: no decoder runs. Left out: one is made where none is kept. */
  readonly keptOnly?: boolean;
  /** True: it is made again, whatever is kept. */
  readonly again?: boolean;
}

/** An explanation also says which symbol it is about, what that uses and what uses it. */
export interface Explanation extends Answer {
  readonly subject: LineRange & {
    readonly symbol?: string;
    readonly contentHash: string;
    /** Hex SHA-256 of all that it is made from but for the model: the code, what that uses, what uses it. Lines that only move change nothing. */
    readonly madeFrom: string;
  };
  /** It was made before and kept; left out: it was made now. */
  readonly kept?: {
    /** Milliseconds since 1970. */
    readonly when: number;
    /** What has changed since: the code itself, or only what it uses and what uses it; null: nothing. */
    readonly stale: 'code' | 'neighbours' | null;
  };
}

export interface SearchRequest {
  readonly query: string;
  readonly limit?: number;
  readonly scope?: readonly string[];
  /** As in {@link AskRequest}. */
  readonly repositories?: readonly RepositoryScope[];
}

interface SearchResult extends LineRange {
  readonly id: string;
  /** As in {@link Source}. */
  readonly repository?: string;
  readonly score: number;
  readonly symbol: string | null;
  readonly ranks: Readonly<Record<string, number>>;
}

export interface SearchResponse {
  readonly results: readonly SearchResult[];
  /** Without results: what was searched and what was not. */
  readonly notice?: Sentence;
  readonly ms: number;
}

/** What a failed request carries across RPC, in the `data` of the JSON-RPC error. */
export interface ErrorData {
  readonly error: UserError;
}
