/** What one who reads the sheets of the reading test answers, and what one who guesses from the names does. */
import { type AnsweredQuestion, readingSheets } from '../../src/runtime/reading-test/sheets.ts';

/** What is said outright, in the order of the sheets. */
export const statedAnswers: readonly (readonly [reader: string, guesser: string])[] = [
  ['The default timeout is 37 seconds.', 'The default timeout is 30 seconds.'],
  ['It raises a `BufferError`.', 'It raises a ValueError.'],
  ['It listens on port 9417.', 'It listens on port 443.'],
  ['It has 5 retries.', 'It has 3 retries.'],
  ['It returns "debug".', 'It returns "info".'],
  ['From more than 4096 on.', 'From 1024 on.'],
  ['From the age of 21.', 'From 18.'],
  ['It throws a `RangeError`.', 'It throws a SyntaxError.'],
  ['After 45 minutes.', 'After 30 minutes.'],
  ['OrderIntake', 'OrderList'],
  ['It is added to the archive instead of being delivered.', 'It is rejected.'],
  ['It triples the capacity.', 'It doubles it.'],
];
/** What only the code says. */
export const hiddenAnswers: readonly (readonly [reader: string, guesser: string])[] = [
  ['It removes the newest entry.', 'The oldest entry is removed.'],
  ['In row 9.', 'In row 1.'],
  ['With 15 users (12 + 3).', 'With 12 users.'],
  ['As MessagePack.', 'YAML'],
  ['40 mails.', '250 mails.'],
  ['Those with the smallest weight.', 'Those with the largest weight come first.'],
];

export const stated: readonly AnsweredQuestion[] = readingSheets.flatMap((sheet) => sheet.stated);
export const hidden: readonly AnsweredQuestion[] = readingSheets.flatMap((sheet) => sheet.hidden);
const absent: readonly string[] = readingSheets.flatMap((sheet) => sheet.absent);
const all = [...stated, ...hidden];

/** The index of the question that a prompt ends with: what is stated, what is hidden, what is absent; -1 for any other prompt. */
export function readingQuestionIn(prompt: string): number {
  return [...all.map(({ question }) => question), ...absent].findIndex((question) =>
    prompt.split('\n').some((line) => line.endsWith(`Question: ${question}`)),
  );
}

/** Whether a prompt of the test invites to refuse. */
export function invitesToRefuse(prompt: string): boolean {
  return prompt.includes('may or may not hold the answer');
}

/** What a decoder answers that gets the first `right` of the stated questions right and does the rest well; null for a prompt that is none of the test's. */
export function readingAnswer(prompt: string, right: number): string | null {
  const index = readingQuestionIn(prompt);
  if (index < 0) return null;
  const found = all[index];
  if (!found) return 'I could not find this in the sources.';
  const text = [...statedAnswers, ...hiddenAnswers][index]?.[index < right || index >= stated.length ? 0 : 1] ?? '';
  return prompt.includes('number of the source') ? `${text} [${String(found.source)}]` : text;
}
