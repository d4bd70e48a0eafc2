/**
 * Sentences for people, as data. What the engine has to say travels as English with numbered gaps and the values that fill
 * them; the client that shows it makes the words (`speaker.ts`). The English is the sentence's id, as in VS Code's `l10n`:
 * it is read where it is said, and `npm run contributions` collects every one into `l10n/bundle.l10n.json`.
 */

/** A sentence, or a part of one, with `{0}`, `{1}`… for its values. Plain data, so that it crosses processes. */
export interface Sentence {
  readonly say: string;
  readonly values: readonly Words[];
}

/** An error of the catalogue as it travels: its number and what fills its message. */
export interface CodedError {
  readonly code: string;
  readonly values: readonly Words[];
}

/** What can fill a gap: text of the repository or of the system as it is, a number, another sentence, an error. */
export type Words = string | number | Sentence | CodedError;

/**
 * A sentence for people. The text must be a literal: it is what translators see.
 * @param text English; `{0}` is the first value. A singular and a plural are two sentences
 */
export function say(text: string, ...values: readonly Words[]): Sentence {
  return { say: text, values };
}

/** One of two sentences, by a count that is their first value. */
export function counted(count: number, one: Sentence, many: Sentence): Sentence {
  return count === 1 ? one : many;
}

/** Sentences one after the other; null when there are none. */
export function paragraph(sentences: readonly Sentence[]): Sentence | null {
  return sentences.length === 0 ? null : joined(sentences, ' ');
}

/** Parts one after the other with something between them that needs no translation, such as `, ` or `; `. */
export function joined(parts: readonly Words[], between: string): Sentence {
  return { say: parts.map((_, at) => `{${at}}`).join(between), values: parts };
}

/** Whether something that came from another process is a sentence. */
export function isSentence(value: unknown): value is Sentence {
  return (
    typeof value === 'object' &&
    value !== null &&
    'say' in value &&
    typeof value.say === 'string' &&
    'values' in value &&
    Array.isArray(value.values)
  );
}
