/** The answers over an indexed fixture, with a decoder of the test's choice. */
import { english } from '../../src/base/speaker.ts';
import type { AnswersDependencies, KeptExplanation } from '../../src/answers/dependencies.ts';
import { type Answers, createAnswers } from '../../src/answers/answers.ts';
import type { KeptPart } from '../../src/answers/summarise/claims.ts';
import { silentLogger } from '../../src/base/logging.ts';
import type { AnswerEvent } from '../../src/protocol/answers.ts';
import type { ReadingTestReport } from '../../src/protocol/models.ts';
import type { Decoder } from '../../src/runtime/decoder.ts';
import type { HeldDecoder } from '../../src/runtime/reading-test/held-decoder.ts';
import { memoryClaimStore } from './claim-store.ts';
import type { IndexedFolder } from './indexed-folder.ts';

export interface AnswersOptions extends Partial<AnswersDependencies> {
  readonly with?: Decoder;
  readonly prose?: boolean;
}

export interface AnswersOver {
  readonly answers: Answers;
  readonly events: AnswerEvent[];
  readonly onEvent: (event: AnswerEvent) => void;
  /** What is kept of summaries. */
  readonly cache: Map<string, KeptPart>;
}

export const passed: ReadingTestReport = { questions: 20, correct: 18, needed: 17, passed: true };
export const failed: ReadingTestReport = { questions: 20, correct: 14, needed: 17, passed: false };

/** A decoder as a request holds it; null: it was not tested, and the test then says what `test` does. */
export function held(
  decoder: Decoder,
  readingTest: ReadingTestReport | null,
  test: HeldDecoder['runReadingTest'] = () => Promise.reject(new Error('it was tested')),
): HeldDecoder {
  return { decoder, readingTest, runReadingTest: test };
}

export function answersOver({ index, search, root }: IndexedFolder, options: AnswersOptions = {}): AnswersOver {
  const { with: decoder = null, prose = false, ...more } = options;
  const verdict = prose ? passed : failed;
  const events: AnswerEvent[] = [];
  const cache = new Map<string, KeptPart>();
  const explanations = new Map<string, KeptExplanation>();
  const count = index.reader.files().length;
  const answers = createAnswers({
    reader: index.reader,
    search,
    decoder: () => Promise.resolve(decoder && held(decoder, verdict)),
    readingTestOf: () => Promise.resolve(verdict),
    completeness: () => ({ files: count, indexed: count, pending: 0, embedded: 0 }),
    repositoryRoot: root,
    name: null,
    claimStore: memoryClaimStore(cache),
    decoderName: () => Promise.resolve(decoder?.info.id ?? null),
    explanationCache: {
      get: (place) => explanations.get(place),
      put: (place, explanation) => void explanations.set(place, explanation),
    },
    outboundRequests: () => 0,
    speaker: english,
    logger: silentLogger,
    ...more,
  });
  return { answers, events, onEvent: (event) => void events.push(event), cache };
}
