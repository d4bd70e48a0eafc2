/** Makes words of sentences and errors for one client: the command line in English, the editor in its language. */
import { catalogue } from './error-catalogue/catalogue.ts';
import type { CatalogueEntry } from './error-catalogue/entry.ts';
import { type CodedError, type Words, isSentence } from './sentences.ts';

export type Client = 'commandLine' | 'editor';

/** A language as the editor hands it on: the translation of each English sentence; those that are missing stay English. */
export interface Language {
  /** As in `Intl`, for numbers. */
  readonly locale: string;
  readonly bundle: Readonly<Record<string, string>>;
}

/** An error in words. */
interface SpokenError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface Speaker {
  /** The language, as in `Intl`. */
  readonly locale: string;
  words(words: Words): string;
  /** As `say` of sentences.ts, and at once in words; the text must be a literal here too. */
  say(text: string, ...values: readonly Words[]): string;
  error(error: CodedError): SpokenError;
}

const noTranslations: Language['bundle'] = {};
/** Deeper than any sentence of ours is built; what comes from another process is not followed further. */
const deepest = 12;
const asItIs = (text: string): string => text;

interface SpeakerOptions extends Partial<Language> {
  /** What is done to text of the repository or of the system before it fills a gap. */
  readonly text?: (text: string) => string;
}

export function createSpeaker(client: Client, options: SpeakerOptions = {}): Speaker {
  const { locale = 'en-US', bundle = noTranslations, text: shown = asItIs } = options;
  const translated = (text: string): string => (Object.hasOwn(bundle, text) ? (bundle[text] ?? text) : text);
  const filled = (text: string, values: readonly Words[], depth: number): string =>
    translated(text).replaceAll(/\{(\d+)\}(\.?)/g, (gap, at: string, stop: string) => {
      const value = values[Number(at)];
      if (value === undefined) return gap;
      const within = inWords(value, depth + 1);
      // A sentence inside of a sentence brings its own full stop.
      return typeof value === 'object' && within.endsWith('.') ? within : within + stop;
    });
  const inWords = (words: Words, depth: number): string => {
    if (typeof words === 'string') return shown(words);
    if (typeof words === 'number') return words.toLocaleString(locale);
    if (depth > deepest) return '…';
    if (isSentence(words)) return filled(words.say, words.values, depth);
    const { message, hint } = spokenError(words, depth);
    return `${message} ${hint}`;
  };
  const spokenError = ({ code, values }: CodedError, depth: number): SpokenError => {
    const { message, hint } = entryOf(code);
    return {
      code,
      message: filled(message, values, depth),
      hint: filled(typeof hint === 'string' ? hint : hint[client], values, depth),
    };
  };
  return {
    locale,
    words: (words) => inWords(words, 0),
    say: (text, ...values) => inWords({ say: text, values }, 0),
    error: (error) => spokenError(error, 0),
  };
}

/** The command line's words, which are also the log's. */
export const english = createSpeaker('commandLine');

function entryOf(code: string): CatalogueEntry {
  return Object.hasOwn(catalogue, code) ? catalogue[code as keyof typeof catalogue] : catalogue.LS1000;
}

/** The sentences of the catalogue that the editor shows, in English. */
export function catalogueSentences(): readonly string[] {
  return Object.values<CatalogueEntry>(catalogue).flatMap(({ message, hint }) => [
    message,
    typeof hint === 'string' ? hint : hint.editor,
  ]);
}
