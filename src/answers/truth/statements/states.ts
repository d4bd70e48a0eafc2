/** The states that a value can be in as conditions tell them apart, and those that words and literals mean. */

export type State = 'nothing' | 'false' | 'empty' | 'zero' | 'some';
export type States = ReadonlySet<State>;

const all: readonly State[] = ['nothing', 'false', 'empty', 'zero', 'some'];

export function states(...which: readonly State[]): States {
  return new Set(which);
}

export const truthy = states('some');
export const falsy = states('nothing', 'false', 'empty', 'zero');

export function complementOf(of: States): States {
  return new Set(all.filter((state) => !of.has(state)));
}

/** What people say of a value; in each, words that may mean no more than the last of them are left out. */
const words: readonly (readonly [RegExp, States, States])[] = [
  // The third is what the negated word says.
  [/^(?:nil|null|nullptr|none|undefined)$/i, states('nothing'), truthy],
  [/^(?:missing|absent|omitted|unset|unspecified|undefined|left out|left empty)$/i, states('nothing'), truthy],
  [/^(?:empty|blank)$/i, states('empty', 'nothing'), truthy],
  [/^(?:false|falsy|falsey|off|disabled)$/i, states('false', 'nothing'), truthy],
  [/^(?:zero|0)$/i, states('zero', 'nothing'), truthy],
  [/^(?:true|truthy|on|enabled)$/i, truthy, states('false', 'nothing', 'empty', 'zero')],
  [
    /^(?:set|present|given|available|passed|passed in|provided|specified|supplied|defined|there|requested|asked for|non-?(?:nil|null|empty|zero)|configured)$/i,
    truthy,
    states('nothing'),
  ],
];

export const stateWords =
  'nil|null|nullptr|none|undefined|missing|absent|omitted|unset|unspecified|left out|left empty|empty|blank|false|falsy|falsey|off|disabled|zero|' +
  'true|truthy|on|enabled|set|present|given|available|passed in|passed|provided|specified|supplied|defined|there|requested|asked for|' +
  'non-?nil|non-?null|non-?empty|non-?zero|configured';

/** The states that a word means; null: it says nothing of the kind. */
export function statesOfWord(word: string, isNegated: boolean): States | null {
  const found = words.find(([pattern]) => pattern.test(word));
  if (!found) return null;
  return isNegated ? found[2] : found[1];
}

/** The states of a literal of any language; null: it is none of those. */
export function statesOfLiteral(written: string): States | null {
  if (/^(?:nil|null|None|NULL|nullptr|undefined)$/.test(written)) return states('nothing');
  if (/^(?:false|False|FALSE)$/.test(written)) return states('false', 'nothing');
  if (/^(?:true|True|TRUE)$/.test(written)) return truthy;
  if (/^(?:""|''|``|\[\]|\{\})$/.test(written)) return states('empty', 'nothing');
  if (/^0(?:\.0)?$/.test(written)) return states('zero', 'nothing');
  return null;
}

export function isWithin(one: States, other: States): boolean {
  return [...one].every((state) => other.has(state));
}

export function areApart(one: States, other: States): boolean {
  return [...one].every((state) => !other.has(state));
}
