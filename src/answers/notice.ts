/** The sentences under an answer on what it is and is not. */
import type { LongsightError } from '../base/errors.ts';
import type { AnswerForm, IndexCompleteness } from '../protocol/answers.ts';
import type { DecoderInfo } from '../runtime/decoder.ts';
import type { Spoken } from './speak.ts';

export interface Circumstances {
  readonly form: AnswerForm;
  /** Whether a decoder was asked for at all. */
  readonly wanted: boolean;
  readonly decoder: Pick<DecoderInfo, 'displayName'> | null;
  /** Why the decoder could not be used. */
  readonly failure: LongsightError | null;
  readonly spoken: Pick<Spoken, 'silentBecause' | 'droppedTurns' | 'unsupported'> | null;
  readonly index: IndexCompleteness;
  readonly stopped: boolean;
  /** Whether there is any evidence. */
  readonly found: boolean;
}

/** What the user should know about the answer; null when there is nothing to say. */
export function noticeOf(circumstances: Circumstances): string | null {
  const { index, stopped, spoken } = circumstances;
  const sentences: string[] = [];
  if (stopped) sentences.push('Stopped: this is what was there.');
  const form = formNotice(circumstances);
  if (form !== null) sentences.push(form);
  if (spoken && spoken.droppedTurns > 0)
    sentences.push(
      `${spoken.droppedTurns} earlier ${spoken.droppedTurns === 1 ? 'turn' : 'turns'} did not fit and went unread.`,
    );
  if (index.pending > 0)
    sentences.push(
      `The index is ${percent(index)} % complete: ${index.pending.toLocaleString('en')} ${index.pending === 1 ? 'file' : 'files'} still unread.`,
    );
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** Whole percent, and 100 only when nothing is pending. */
export function percent({ indexed, pending }: IndexCompleteness): number {
  return Math.min(Math.floor((100 * indexed) / Math.max(indexed + pending, 1)), pending > 0 ? 99 : 100);
}

function formNotice({ form, wanted, decoder, failure, spoken, stopped, found }: Circumstances): string | null {
  if (!found) return null;
  switch (form) {
    case 'quote':
      return `${decoder?.displayName ?? 'This model'} only quotes: it has not passed the reading test. For an answer in prose a larger model is needed.`;
    case 'prose':
      return spoken && spoken.unsupported.length > 0
        ? 'Some names, paths, quotations or numbers in it stand in none of the sources; they are marked.'
        : null;
    case 'evidence': {
      if (!wanted) return 'This is the evidence alone: for prose a model is needed that has passed the reading test.';
      if (failure) return `This is the evidence alone. ${failure.userError.message} ${failure.userError.hint}`;
      if (spoken?.silentBecause != null) return `This is the evidence alone: ${spoken.silentBecause}.`;
      if (stopped) return null;
      if (decoder) return `This is the evidence alone: ${decoder.displayName} picked nothing from it.`;
      return 'This is the evidence alone: no model is on this machine. "longsight models list" shows which there are.';
    }
  }
}
