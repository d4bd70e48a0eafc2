/**
 * A second language for tests: every English letter of a sentence becomes a letter that English does not have, so that whatever
 * of ours is still readable was not translated.
 */
import bundle from '../../l10n/bundle.l10n.json' with { type: 'json' };
import { type Sentence, isSentence } from '../../src/base/sentences.ts';
import type { Language } from '../../src/base/speaker.ts';

const plain = 'abcdefghijklmnopqrstuvwxyz';
const strange = Array.from('áƀçđéƒĝĥíĵķļɱñöþʠŕšţüṽŵẋýž');

/** The text in the second language; numbered gaps stay. */
export function translated(text: string): string {
  return text
    .split(/(\{\d+\})/)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part.replaceAll(/[a-z]/gi, (letter) => strange[plain.indexOf(letter.toLowerCase())] ?? letter),
    )
    .join('');
}

export const secondLanguage: Language = {
  locale: 'de',
  bundle: Object.fromEntries(Object.keys(bundle).map((text) => [text, translated(text)])),
};

/** The fixed parts of all sentences that the editor can show, in English. */
const fragments = Object.keys(bundle)
  .flatMap((text) => text.split(/\{\d+\}/))
  .map((part) => part.replaceAll(/^[^\p{L}"]+|[^\p{L}"]+$/gu, ''))
  .filter((part) => /[a-z]{3}/i.test(part));
const whole = new Set(fragments);
/** Two short words ("in the") are in any English text, the repository's own included. */
const severalWords = [...whole].filter((part) => part.length > 8 && /[a-z]{2,} [a-z]{2,}/i.test(part));

/** What of a shown text is English of ours; a single word counts only when it is all there is, for code has words too. */
export function englishIn(text: string): readonly string[] {
  const trimmed = text.replaceAll(/^[^\p{L}"]+|[^\p{L}"]+$/gu, '');
  return [...(whole.has(trimmed) ? [trimmed] : []), ...severalWords.filter((part) => text.includes(part))];
}

/** Every sentence in something that the engine sent, those inside of others too. */
export function sentencesIn(value: unknown): readonly Sentence[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(sentencesIn);
  return isSentence(value) ? [value, ...inside] : inside;
}

/** Whether a sentence has a translation, or nothing in it that needs one. */
export function isTranslatable({ say }: Sentence): boolean {
  return Object.hasOwn(bundle, say) || !/\p{L}/u.test(say.replaceAll(/\{\d+\}/g, ''));
}
