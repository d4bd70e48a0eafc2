/** What ask, explain and summarize need from the rest of the engine. */
import type { Logger } from '../base/logging.ts';
import type { IndexReader } from '../index/types.ts';
import type { IndexCompleteness, SummaryNode } from '../protocol/answers.ts';
import type { Decoder } from '../runtime/decoder.ts';
import type { Search } from '../search/search.ts';

/** Keeps finished summaries by the hash of all they were made from; it outlives the process. */
export interface SummaryCache {
  get(hash: string): SummaryNode | undefined;
  put(hash: string, node: SummaryNode): void;
}

export interface AnswersDependencies {
  readonly reader: IndexReader;
  readonly search: Pick<Search, 'search'>;
  /** The decoder of this id, or the chosen one; null when there is none on this machine. Rejects when it cannot be started. */
  readonly decoder: (model?: string) => Promise<Decoder | null>;
  /** Whether the decoder in use passed the reading test; null before it ran, which counts as not passed. */
  readonly writesProse: () => boolean | null;
  readonly completeness: () => IndexCompleteness;
  /** Absolute path of the repository. */
  readonly repositoryRoot: string;
  readonly summaryCache: SummaryCache;
  /** Requests to other machines since the engine started. */
  readonly outboundRequests: () => number;
  readonly logger: Logger;
}
