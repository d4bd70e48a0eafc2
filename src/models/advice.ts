/**
 * Which decoder to use, to get and to offer: what the machine can do and what each model scored decide. A model that does not fit,
 * or takes longer to read a question than one waits, is no help however well it answers.
 *
 * | purpose | what it means                                       | reads a question within | download     | licence      |
 * | ------- | --------------------------------------------------- | ----------------------- | ------------ | ------------ |
 * | `use`   | answers, of the models on this machine              | 120 s                   |              |              |
 * | `get`   | downloaded for the first question, without asking   | 20 s                    | up to 1.2 GB | for any use  |
 * | `offer` | named as the one that would answer better; writes   | 50 s                    |              | for any use  |
 */
import { type Sentence, say } from '../base/sentences.ts';
import type { ReadingTestReport } from '../protocol/models.ts';

export interface AdvisedModel {
  readonly id: string;
  readonly displayName: string;
  /** Bytes to download. */
  readonly size: number;
  /** Bytes. */
  readonly recommendedMemory: number;
  /** Billions of parameters. */
  readonly billions: number;
  readonly hasFreeLicence: boolean;
  /** What the reading test found on this machine; null: it was not tested. */
  readonly readingTest: ReadingTestReport | null;
  /** What others of its size do in the reading test. */
  readonly expected: 'prose' | 'quotes' | 'unknown';
  /** Seconds that reading a normal question with its sources takes here. */
  readonly secondsToRead: number;
}

export type AdvicePurpose = 'use' | 'get' | 'offer';

export interface Advice {
  readonly id: string;
  /** Why this one, or why no better one. */
  readonly because: Sentence;
}

const limits = {
  use: { seconds: 120, bytes: Number.POSITIVE_INFINITY, anyLicence: true },
  get: { seconds: 20, bytes: 1.2e9, anyLicence: false },
  offer: { seconds: 50, bytes: Number.POSITIVE_INFINITY, anyLicence: false },
} as const satisfies Record<AdvicePurpose, unknown>;

/**
 * What a model is worth where it can be run: who writes before who may, before who quotes; of two that write the larger, of two that
 * quote the smaller, for a quote is no better from more.
 */
function worth(model: AdvisedModel): number {
  const grade = gradeOf(model);
  return grade * 1000 + (grade === 0 ? -model.billions : model.billions);
}

function gradeOf({ readingTest, expected }: AdvisedModel): number {
  return readingTest ? (readingTest.passed ? 2 : 0) : { prose: 2, unknown: 1, quotes: 0 }[expected];
}

export function isBetter(model: AdvisedModel, than: AdvisedModel): boolean {
  return worth(model) > worth(than);
}

/** Why a model is not for this purpose here; null when it is. */
export function hindranceOf(model: AdvisedModel, freeMemory: number, purpose: AdvicePurpose): Sentence | null {
  const { displayName, recommendedMemory, secondsToRead, size, hasFreeLicence } = model;
  const { seconds, bytes, anyLicence } = limits[purpose];
  if (recommendedMemory > freeMemory)
    return say(
      '{0} needs {1} of memory, and {2} are free.',
      displayName,
      gigabytes(recommendedMemory),
      gigabytes(freeMemory),
    );
  if (secondsToRead > seconds)
    return say('{0} would take about {1} s here to read a question.', displayName, Math.round(secondsToRead));
  if (size > bytes) return say('{0} is a download of {1}.', displayName, gigabytes(size));
  if (purpose === 'offer' && gradeOf(model) === 0) return say('{0} only quotes.', displayName);
  if (!anyLicence && !hasFreeLicence) return say('The licence of {0} does not allow every use.', displayName);
  return null;
}

/**
 * The model for a purpose among these; where every one is hindered, the one that asks least of the machine.
 * @param freeMemory bytes
 * @returns null when there are none; for `offer` also when every one is hindered
 */
export function advise(models: readonly AdvisedModel[], freeMemory: number, purpose: AdvicePurpose): Advice | null {
  const fit = models.filter((model) => hindranceOf(model, freeMemory, purpose) === null);
  const best = fit.toSorted((a, b) => worth(b) - worth(a) || a.id.localeCompare(b.id, 'en'))[0];
  if (best) return { id: best.id, because: praise(best, freeMemory) };
  const least = models.toSorted((a, b) => a.recommendedMemory - b.recommendedMemory)[0];
  const hindrance = least && hindranceOf(least, freeMemory, purpose);
  return least && hindrance && purpose !== 'offer' ? { id: least.id, because: hindrance } : null;
}

function praise(
  { readingTest, expected, secondsToRead, recommendedMemory }: AdvisedModel,
  freeMemory: number,
): Sentence {
  const seconds = Math.max(1, Math.round(secondsToRead));
  const [memory, free] = [gigabytes(recommendedMemory), gigabytes(freeMemory)];
  if (readingTest?.passed)
    return say(
      'It writes: {0} of {1} right in the reading test. It needs {2} of {3} free memory and reads a question in about {4} s here.',
      readingTest.correct,
      readingTest.asked ?? readingTest.questions,
      memory,
      free,
      seconds,
    );
  if (!readingTest && expected === 'prose')
    return say(
      'Models of its size write. It needs {0} of {1} free memory and reads a question in about {2} s here.',
      memory,
      free,
      seconds,
    );
  return say(
    'It is the best that this machine runs in good time: {0} of memory, about {1} s to read a question.',
    memory,
    seconds,
  );
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
