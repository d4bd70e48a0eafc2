/** What ask, explain and summarize need from the rest of the engine. */
import type { Speaker } from '../base/speaker.ts';
import type { Logger } from '../base/logging.ts';
import type { IndexReader } from '../index/types.ts';
import type { UnsupportedSpan } from '../protocol/answers.ts';
import type { ReadingTestReport } from '../protocol/models.ts';
import type { HeldDecoder } from '../runtime/reading-test/held-decoder.ts';
import type { Search } from '../search/search.ts';
import type { Searchable } from './evidence/searched.ts';
import type { ConversationStore } from './writing/conversation-store.ts';
import type { KeptPart } from './summarise/claims.ts';

/** Keeps the parts of summaries; it outlives the process, and what was put is there after it was killed. */
export interface ClaimStore {
  /** @param key hash of all that the part was made from */
  get(key: string): KeptPart | undefined;
  put(key: string, part: KeptPart): void;
  /** The key of what was made last at a place. */
  last(place: string): string | undefined;
  putLast(place: string, key: string): void;
  /** The last run that wrote a summary. */
  run(): SummaryRun | undefined;
  putRun(run: SummaryRun): void;
}

/** A run that writes a summary. */
export interface SummaryRun {
  /** Of the process. */
  readonly pid: number;
  readonly state: 'running' | 'finished' | 'cancelled';
  /** Parts that are done. */
  readonly done: number;
  readonly total: number;
}

/** What a decoder wrote about a piece of code, and what it was made from. */
export interface KeptExplanation {
  /** As in {@link Explanation}. */
  readonly madeFrom: string;
  /** Hex SHA-256 of the code alone. */
  readonly code: string;
  readonly written: string;
  readonly thoughts?: string;
  readonly unsupported: readonly UnsupportedSpan[];
  /** Numbers of the evidence that it cites, and of all that was read. */
  readonly cited: readonly number[];
  readonly read: readonly number[];
  /** Of those that are cited: what is said of them was checked. */
  readonly verified: readonly number[];
  readonly model: string;
  readonly provider: string | null;
  /** Milliseconds since 1970. */
  readonly when: number;
}

/** Keeps explanations by the place they are of; it outlives the process. */
export interface ExplanationCache {
  /** The newest of a place. */
  get(place: string): KeptExplanation | undefined;
  put(place: string, explanation: KeptExplanation): void;
}

/** One repository as answers read it. */
export interface AnswersRepository {
  /** Absolute path. */
  readonly repositoryRoot: string;
  /** What it is called beside others; null: it is the only one. */
  readonly name: string | null;
  readonly reader: IndexReader;
  readonly search: Pick<Search, 'search' | 'occurrences' | 'coverage' | 'likeness' | 'similarities'>;
  readonly completeness: () => Searchable;
}

/** The repository that an explanation or a summary is about, and with `others` all that a question is asked over. */
export interface AnswersDependencies extends AnswersRepository {
  /** Further repositories that a question is asked over; left out: none. */
  readonly others?: readonly AnswersRepository[];
  /**
   * The decoder of this id, or the chosen one; null when there is none on this machine. Rejects when it cannot be started.
   * `onLoading` is told that it starts, and how much of what it needs is built.
   */
  readonly decoder: (
    model?: string,
    onLoading?: (displayName: string, progress: { readonly done: number; readonly total: number } | null) => void,
  ) => Promise<HeldDecoder | null>;
  /** What is known about that decoder before it is started; null: it has not been tested, or there is none. */
  readonly readingTestOf: (model?: string) => Promise<ReadingTestReport | null>;
  /** What a model is called that would write on this machine and is not on it; null or left out: none is known. */
  readonly betterModel?: () => Promise<string | null>;
  readonly claimStore: ClaimStore;
  readonly explanationCache: ExplanationCache;
  /** Left out: a follow-up reads all that it needs again. */
  readonly conversations?: ConversationStore;
  /** What the decoder of this id, or the chosen one, is called where things it made are kept; null when there is none. Starts nothing. */
  readonly decoderName: (model?: string) => Promise<string | null>;
  /** Requests that were sent so far for the answer it is called in. */
  readonly outboundRequests: () => number;
  /** Makes words where whole documents are written; sentences beside them travel as they are. */
  readonly speaker: Speaker;
  readonly logger: Logger;
}
