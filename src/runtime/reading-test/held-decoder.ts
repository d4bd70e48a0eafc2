/** A decoder in the hands of one request, together with the verdict on its own weights: whatever else runs, neither changes under it. */
import type { ReadingTestProgress, ReadingTestReport } from '../../protocol/models.ts';
import type { Decoder } from '../decoder.ts';

export interface HeldDecoder {
  readonly decoder: Decoder;
  /** What the reading test found about it; null: it has not been tested. */
  readonly readingTest: ReadingTestReport | null;
  /**
   * Tests it and keeps the verdict. Who asks while it is being tested waits for the same run.
   * @throws CancelledError, which leaves it untested; what the decoder throws
   */
  readonly runReadingTest: (
    onProgress: (progress: ReadingTestProgress) => void,
    signal: AbortSignal,
  ) => Promise<ReadingTestReport>;
}
