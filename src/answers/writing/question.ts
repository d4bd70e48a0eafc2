/** What is accepted as a question. */
import { say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';

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
    throw fault('LS6012', say('{0} characters, and {1} is the most', question.length, longest));
  return question;
}
