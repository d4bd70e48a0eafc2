/** What is accepted as a question. */
import { fault } from '../base/errors.ts';

/** Characters. Far above any real question, far below what would fill a decoder's window. */
const longest = 8000;

/**
 * The question without surrounding white space.
 * @throws LS6011 when it is empty, LS6012 when it is longer than 8,000 characters
 */
export function acceptQuestion(text: string): string {
  const question = text.trim();
  if (question === '') throw fault('LS6011', '');
  if (question.length > longest)
    throw fault(
      'LS6012',
      `${question.length.toLocaleString('en')} characters, and ${longest.toLocaleString('en')} is the most`,
    );
  return question;
}
