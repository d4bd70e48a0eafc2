/** The sentences under an answer on what it is and is not. */
import { type Sentence, counted, paragraph, say } from '../../base/sentences.ts';
import { type LongsightError, fault } from '../../base/errors.ts';
import type { AnswerForm, IndexCompleteness } from '../../protocol/answers.ts';
import type { ReadingTestReport } from '../../protocol/models.ts';
import type { DecoderInfo } from '../../runtime/decoder.ts';
import { uncheckedMark } from '../truth/checked-stream.ts';
import type { Spoken } from './speak.ts';

type NamedDecoder = Pick<DecoderInfo, 'displayName' | 'quotes' | 'server'>;

export interface Circumstances {
  readonly form: AnswerForm;
  /** Whether a decoder was asked for at all. */
  readonly wanted: boolean;
  readonly decoder: NamedDecoder | null;
  /** What is known about it; null: it has not been tested. */
  readonly readingTest: ReadingTestReport | null;
  /** Why the decoder could not be used. */
  readonly failure: LongsightError | null;
  readonly spoken: Pick<Spoken, 'silentBecause' | 'onlyThought' | 'droppedTurns' | 'unsupported' | 'unchecked'> | null;
  readonly index: IndexCompleteness;
  readonly stopped: boolean;
  /** What a model is called that would write on this machine; left out: none is known. */
  readonly better?: string;
  /** Whether there is any evidence. */
  readonly found: boolean;
  /** What was not looked at, where nothing was found. */
  readonly notLookedAt?: readonly Sentence[];
  /** Which words of the question occur nowhere. */
  readonly nowhere?: Sentence;
  /** What is not known of the commits that were asked for. */
  readonly historyGap?: Sentence;
}

/** What the user should know about the answer; null when there is nothing to say. */
export function noticeOf(circumstances: Circumstances): Sentence | null {
  const { index, stopped, spoken } = circumstances;
  const sentences: Sentence[] = [];
  if (stopped) sentences.push(say('Stopped: this is what was there.'));
  if (circumstances.nowhere) sentences.push(circumstances.nowhere);
  const form = formNotice(circumstances);
  if (form !== null) sentences.push(form);
  if (circumstances.historyGap && circumstances.found) sentences.push(circumstances.historyGap);
  if (spoken && spoken.droppedTurns > 0)
    sentences.push(
      counted(
        spoken.droppedTurns,
        say('{0} earlier turn did not fit and was not read.', spoken.droppedTurns),
        say('{0} earlier turns did not fit and were not read.', spoken.droppedTurns),
      ),
    );
  if (index.pending > 0)
    sentences.push(
      counted(
        index.pending,
        say('The index is {0} % complete: {1} file still unread.', percent(index), index.pending),
        say('The index is {0} % complete: {1} files still unread.', percent(index), index.pending),
      ),
    );
  sentences.push(...(circumstances.notLookedAt ?? []));
  return paragraph(sentences);
}

/** Whole percent, and 100 only when nothing is pending. */
export function percent({ indexed, pending }: IndexCompleteness): number {
  return Math.min(Math.floor((100 * indexed) / Math.max(indexed + pending, 1)), pending > 0 ? 99 : 100);
}

/** The result of a test that was not passed. */
function resultWords({ questions, asked = questions, correct, needed }: ReadingTestReport): Sentence {
  return asked === questions
    ? say('It answered {0} of {1} questions of the reading test correctly; {2} are needed.', correct, questions, needed)
    : say(
        'It answered {0} of the first {1} questions of the reading test correctly; {2} of {3} are needed.',
        correct,
        asked,
        needed,
        questions,
      );
}

/** What is said while a decoder is tested; the questions that are done stand beside it. */
export function testingWords({ displayName }: Pick<DecoderInfo, 'displayName'>, secondsLeft: number | null): Sentence {
  return secondsLeft === null || secondsLeft === 0
    ? say('Testing whether {0} may write, once for each model', displayName)
    : say('Testing whether {0} may write, once for each model (about {1} s left)', displayName, Math.ceil(secondsLeft));
}

function proseNotice(spoken: Circumstances['spoken']): Sentence | null {
  const unsupported = (spoken?.unsupported.length ?? 0) > 0;
  if ((spoken?.unchecked ?? 0) > 0)
    return unsupported
      ? say(
          'Some of it is not supported by what was read, and some could not be checked against the code; both are marked.',
        )
      : say(
          'What is marked {0} could not be checked against the code: read the lines before you rely on it.',
          uncheckedMark,
        );
  return unsupported ? say('Some of it is not supported by what was read; that is marked.') : null;
}

function betterWords(better: string | undefined): Sentence {
  return better === undefined
    ? say('For an answer in prose choose a larger model.')
    : say('{0} would write here.', better);
}

function formNotice({
  form,
  wanted,
  decoder,
  readingTest,
  failure,
  spoken,
  stopped,
  better,
  found,
}: Circumstances): Sentence | null {
  if (!found) return null;
  switch (form) {
    case 'list':
      return null;
    case 'quote':
      return decoder && readingTest
        ? say('{0} only quotes. {1} {2}', decoder.displayName, resultWords(readingTest), betterWords(better))
        : null;
    case 'prose':
      return proseNotice(spoken);
    case 'evidence': {
      if (!wanted)
        return say('This is the evidence alone: for prose a model is needed that has passed the reading test.');
      if (failure) return say('This is the evidence alone. {0}', failure.userError);
      if (spoken?.silentBecause != null)
        return readingTest?.passed === false
          ? say('This is the evidence alone: {0}. {1}', spoken.silentBecause, betterWords(better))
          : say('This is the evidence alone: {0}.', spoken.silentBecause);
      if (spoken?.onlyThought) return say('This is the evidence alone. {0}', spoken.onlyThought);
      if (decoder && !readingTest)
        return say('The reading test of {0} did not finish: the next question starts it again.', decoder.displayName);
      if (stopped) return null;
      if (decoder && readingTest && !readingTest.passed && decoder.quotes === false)
        return say(
          'This is the evidence alone: {0} may not write. {1} {2} cannot be held to quotes either, so nothing of the repository was sent to it.',
          decoder.displayName,
          resultWords(readingTest),
          decoder.server?.host ?? decoder.displayName,
        );
      if (decoder) return say('This is the evidence alone: {0} picked nothing from it.', decoder.displayName);
      return better === undefined
        ? say('This is the evidence alone. {0}', fault('LS2052', '').userError)
        : say('This is the evidence alone. {0} {1}', fault('LS2052', '').userError, betterWords(better));
    }
  }
}
