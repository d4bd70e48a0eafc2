/** The reading test by itself, without a question: for a button, and after a model was chosen. */
import { testingWords } from '../../answers/writing/notice.ts';
import { raceCancellation } from '../../base/cancellation.ts';
import { say } from '../../base/sentences.ts';
import type { Progress } from '../../protocol/engine.ts';
import type { ReadingTestProgress, ReadingTestReport } from '../../protocol/models.ts';
import type { DecoderKeeper } from './decoder-keeper.ts';

/** @throws what starting the decoder and asking it throws, LS2052 when there is none, CancelledError */
export async function testReading(
  decoders: Pick<DecoderKeeper, 'require'>,
  { model, again }: { readonly model: string | null; readonly again: boolean },
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ReadingTestReport> {
  const starting = decoders.require(model ?? undefined, (displayName, progress) => {
    onProgress({ message: say('Loading {0}', displayName), done: progress?.done ?? 0, total: progress?.total ?? null });
  });
  const found = await raceCancellation(starting, signal);
  if (found.readingTest && !again) return found.readingTest;
  const onTested = ({ done, total, secondsLeft }: ReadingTestProgress): void => {
    onProgress({ message: testingWords(found.decoder.info, secondsLeft), done, total });
  };
  return again ? found.testAgain(onTested, signal) : found.runReadingTest(onTested, signal);
}
