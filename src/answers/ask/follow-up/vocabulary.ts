/** The English words that the rules for references look for. */
import { contentWords } from '../../code/words.ts';
import type { Token } from './tokens.ts';

/** What "that …" may name. */
export type Kind = 'function' | 'type' | 'file' | 'value' | 'exception';

const kinds: Readonly<Record<string, Kind>> = {
  ...of('function', 'function method procedure routine helper hook constructor handler middleware'),
  ...of('type', 'class struct interface type trait enum object'),
  ...of('file', 'file module script'),
  ...of('value', 'constant variable option setting flag field property attribute parameter'),
  ...of('exception', 'exception error'),
};

export function kindOf(token: Token | undefined): { readonly kind: Kind; readonly many: boolean } | null {
  if (!token || token.isCode) return null;
  const { word } = token;
  if (Object.hasOwn(kinds, word)) return { kind: kinds[word] ?? 'function', many: false };
  const single = word.endsWith('sses')
    ? word.slice(0, -2)
    : word.endsWith('ies')
      ? `${word.slice(0, -3)}y`
      : word.replace(/s$/, '');
  return single !== word && Object.hasOwn(kinds, single) ? { kind: kinds[single] ?? 'function', many: true } : null;
}

function of(kind: Kind, words: string): Record<string, Kind> {
  return Object.fromEntries(words.split(' ').map((word) => [word, kind]));
}

export const ordinals: readonly (readonly string[])[] = [
  ['first', '1st'],
  ['second', '2nd'],
  ['third', '3rd'],
  ['fourth', '4th'],
  ['fifth', '5th'],
  ['sixth', '6th'],
  ['seventh', '7th'],
  ['eighth', '8th'],
];
export const numerals: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4 };

export const singularPronouns = new Set(['it', 'its', 'itself']);
export const pluralPronouns = new Set(['they', 'them', 'their', 'theirs', 'themselves', 'both']);
export const possessives = new Set(['its', 'their']);
export const demonstratives = new Set(['this', 'that', 'these', 'those']);
export const asks = new Set('what which who whose whom where when why how'.split(' '));
export const orders = new Set('show give tell explain describe list print'.split(' '));
/** What an answer shows, whatever it is. */
export const ofAnswer = new Set('result source place hit snippet definition'.split(' '));
/** "This repository" is the one that is open, not one that was spoken of. */
export const whole = new Set(
  'repository repo project codebase code library package framework app application tool program workspace'.split(' '),
);
export const continuing = new Set('and but or so also then plus'.split(' '));
export const prepositions = new Set(
  'of to for in on with from by about between into at as under over within without against during via'.split(' '),
);
/** What every piece of code has: asked for alone, it is that of what was spoken of. */
export const partsOfCode = new Set(
  contentWords(
    'default argument parameter return returned result value type signature caller call called callee test tested example ' +
      'exception error raise throw purpose limit reason difference cost order body documentation side effect detail more name ' +
      'place line file next then afterwards instead further',
  ),
);
/** What code does, in the forms that follow a noun. */
export const verbsOfCode =
  /^(?:return|do|use|call|define|test|raise|throw|accept|take|need|work|hold|read|write|set|get|run|handle|check|keep|fail|panic|differ|look|live|come|have|contain|expect|ignore|mean|give|belong|stand|change|close|open|send|parse|create|make|start|stop|wait|load|save|add|remove|match|log|validate|support|block|retry|depend|derive|inherit|implement)(?:s|d|ed|es|ing|ned|ting|ten)?$|^(?:called|defined|used|tested|raised|thrown|set|run|held|given|meant)$/;
