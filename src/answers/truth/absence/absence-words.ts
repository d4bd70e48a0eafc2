/** What is said of a question's subject that is not in the repository. */
import type { Speaker } from '../../../base/speaker.ts';
import { type Sentence, counted, joined as joinedSentences, say } from '../../../base/sentences.ts';
import { type Inline, code, filled, joined } from '../../../markdown/tree.ts';
import { place } from '../../code/file-text.ts';
import type { Absence } from './absence.ts';

/** Sentences for the answer itself. */
export function absenceInlines(
  { nowhere, noName, aside, apart }: Absence,
  /** Whether every file that could be read is in the index. */
  isWhole: boolean,
  speaker: Speaker,
): Inline[] {
  const names = (texts: readonly string[]): Inline[] =>
    joined(
      texts.map((text) => [code(text)]),
      ', ',
    );
  const [only] = nowhere;
  const sentences: Inline[][] = [];
  if (nowhere.length === 1 && only !== undefined)
    sentences.push(
      filled(
        isWhole
          ? speaker.say('{0} occurs nowhere in this repository.')
          : speaker.say('{0} occurs nowhere in the files that are indexed.'),
        [code(only)],
      ),
    );
  else if (nowhere.length > 1)
    sentences.push(
      filled(
        isWhole
          ? speaker.say('These occur nowhere in this repository: {0}.')
          : speaker.say('These occur nowhere in the files that are indexed: {0}.'),
        names(nowhere),
      ),
    );
  if (noName.length > 0)
    sentences.push(filled(speaker.say('No word and no name in the files that are indexed is {0}.'), names(noName)));
  for (const { text, place: mentioned } of aside)
    sentences.push(
      mentioned
        ? filled(
            speaker.say('{0} is only mentioned outside of the code, as in {1}.'),
            [code(text)],
            [code(place(mentioned))],
          )
        : filled(speaker.say('{0} is only mentioned outside of the code.'), [code(text)]),
    );
  // What occurs nowhere is among them, and was said.
  const elsewhere = apart.filter((word) => !nowhere.includes(word) && !noName.includes(word));
  if (elsewhere.length > 0)
    sentences.push(
      filled(
        speaker.say('No place has what is asked for together: the best lacks {0}.'),
        names([...new Set(elsewhere)]),
      ),
    );
  return joined(sentences, ' ');
}

/** A sentence under an answer on what of the question occurs nowhere; null: all of it occurs. */
export function nowhereNotice({ nowhere }: Pick<Absence, 'nowhere'>, isWhole: boolean): Sentence | null {
  if (nowhere.length === 0) return null;
  const names = joinedSentences(
    nowhere.map((text) => say('`{0}`', text)),
    ', ',
  );
  if (isWhole)
    return counted(
      nowhere.length,
      say('{0} occurs nowhere in this repository.', names),
      say('These occur nowhere in this repository: {0}.', names),
    );
  return counted(
    nowhere.length,
    say('{0} occurs nowhere in the files that are indexed.', names),
    say('These occur nowhere in the files that are indexed: {0}.', names),
  );
}
