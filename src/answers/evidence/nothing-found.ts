/** What is said when nothing fits a question: the nearest places and how to widen, never an invented answer. */
import type { Speaker } from '../../base/speaker.ts';
import { type Inline, attached, bullets, code, filled, joined, paragraph } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import type { IndexCompleteness } from '../../protocol/answers.ts';
import type { Absence } from '../truth/absence/absence.ts';
import { absenceInlines } from '../truth/absence/absence-words.ts';
import type { Evidence } from './evidence.ts';
import { place, qualifiedName } from '../code/file-text.ts';
import { type Searched, isWhole, nothingFound } from './searched.ts';

const mostCandidates = 3;

/** The answer in Markdown; what was not looked at belongs under it. */
export function renderNothingFound(
  searched: Searched,
  { pending }: IndexCompleteness,
  nearest: readonly Evidence[],
  speaker: Speaker,
  /** What of the question is not in the repository, where that is why. */
  absence: Absence | null = null,
): string {
  const { scope } = searched;
  const ways: Inline[][] = [
    ...(scope.length > 0
      ? [
          filled(
            speaker.say('search the whole repository instead of {0}'),
            joined(
              scope.map((glob) => [code(glob)]),
              ', ',
            ),
          ),
        ]
      : []),
    ...(pending > 0 ? [[speaker.say('ask again when the index is complete')]] : []),
    [speaker.say('name a symbol, a file or words that are in the code')],
  ];
  const candidates = nearest
    .slice(0, mostCandidates)
    .map((one): Inline[] => [code(place(one)), ...(one.symbol ? [' (', code(qualifiedName(one.symbol)), ')'] : [])]);
  return write([
    absence
      ? paragraph(
          ...absenceInlines(absence, isWhole(searched.index) && pending === 0, speaker),
          ' ',
          speaker.say('Nothing was found that answers the question.'),
        )
      : paragraph(speaker.words(nothingFound(searched))),
    ...(candidates.length > 0
      ? [
          paragraph(
            absence
              ? speaker.say('Nearest, though it is about something else:')
              : speaker.say('Nearest, though none of the question’s own words is there:'),
          ),
          attached(bullets(candidates)),
        ]
      : []),
    paragraph(...filled(speaker.say('To widen: {0}.'), joined(ways, '; '))),
  ]);
}
