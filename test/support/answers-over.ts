/** The answers over an indexed fixture, with a decoder of the test's choice. */
import type { AnswersDependencies } from '../../src/answers/dependencies.ts';
import { type Answers, createAnswers } from '../../src/answers/answers.ts';
import { silentLogger } from '../../src/base/logging.ts';
import type { AnswerEvent, SummaryNode } from '../../src/protocol/answers.ts';
import type { Decoder } from '../../src/runtime/decoder.ts';
import type { IndexedFolder } from './indexed-folder.ts';

export interface AnswersOptions extends Partial<AnswersDependencies> {
  readonly with?: Decoder;
  readonly prose?: boolean;
}

export interface AnswersOver {
  readonly answers: Answers;
  readonly events: AnswerEvent[];
  readonly onEvent: (event: AnswerEvent) => void;
  /** What the summary cache holds. */
  readonly cache: Map<string, SummaryNode>;
}

export function answersOver({ index, search, root }: IndexedFolder, options: AnswersOptions = {}): AnswersOver {
  const { with: decoder = null, prose = false, ...more } = options;
  const events: AnswerEvent[] = [];
  const cache = new Map<string, SummaryNode>();
  const count = index.reader.files().length;
  const answers = createAnswers({
    reader: index.reader,
    search,
    decoder: () => Promise.resolve(decoder),
    writesProse: () => prose,
    completeness: () => ({ files: count, indexed: count, pending: 0, embedded: 0 }),
    repositoryRoot: root,
    summaryCache: {
      get: (hash) => cache.get(hash),
      put: (hash, node) => void cache.set(hash, node),
    },
    outboundRequests: () => 0,
    logger: silentLogger,
    ...more,
  });
  return { answers, events, onEvent: (event) => void events.push(event), cache };
}
