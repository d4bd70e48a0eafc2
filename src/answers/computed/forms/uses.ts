/** "Who calls X", "where is X used", "which functions look something up with X": places of use, by the definition around them. */
import { type Sentence, counted, say } from '../../../base/sentences.ts';
import type { UseOf } from '../../code/code-relations.ts';
import { qualifiedName } from '../../code/file-text.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';
import { placeNamed, placePattern } from '../places.ts';
import { withoutTests } from '../without-tests.ts';

const callables = String.raw`(?:[\w-]+\s+)?(?:functions?|methods?|callers?|classes|types?|places?|code|files?|modules?|handlers?|tests?|functions? (?:and|or) methods?)`;
const inPlace = String.raw`(?:\s+(?:in|of|from|under|within|inside)\s+${placePattern})?`;
const calling = 'calls?|invokes?|calling|invoking|calls? into';
const using =
  'uses?|references?|refers? to|mentions?|reads?|accesses|access|instantiates?|constructs?|creates?|depends? on|using|instantiating|relies on|rely on|consumes?';
const later = inPlace.replace('<place>', '<later>');

/** The verb decides whether calls alone are meant. */
const patterns: readonly { readonly pattern: RegExp; readonly of: 'whole' | 'listed' }[] = [
  {
    of: 'whole',
    pattern: new RegExp(
      String.raw`^(?:who|what(?:\s+(?:code|functions?|methods?|places?))?)\s+(?:all\s+)?(?:(?<call>${calling})|${using})\s+${namePattern('name')}${later}$`,
      'iu',
    ),
  },
  {
    of: 'whole',
    pattern: new RegExp(
      String.raw`^where(?:\s+(?:all|else))?\s+(?:is|are|do we|does anything|does the code)\s+(?:(?<verb>call|invoke|use|reference|instantiate|construct)\s+)?${namePattern('name')}(?:\s+(?:being\s+)?(?:(?<call>called|invoked)|used|referenced|instantiated|constructed|created|accessed|read))?${later}$`,
      'iu',
    ),
  },
  {
    of: 'whole',
    pattern: new RegExp(
      String.raw`^(?:from\s+)?how many\s+(?:times|places)\s+(?:is\s+|does anything\s+)?(?:(?:call|use)\s+)?${namePattern('name')}\s*(?:(?<call>called|invoked)|used|referenced|instantiated)?(?:\s+from)?${later}$`,
      'iu',
    ),
  },
  {
    of: 'listed',
    pattern: new RegExp(
      String.raw`^(?:places?|callers?|call ?sites?|calls?|uses?|usages?|users?|references?|occurrences?)\s+(?:of|to|for|where|that use)\s+${namePattern('name')}(?:\s+(?:is|are)\s+(?:(?<call>called|invoked)|used|referenced))?${later}$`,
      'iu',
    ),
  },
  {
    of: 'listed',
    pattern: new RegExp(
      String.raw`^${callables}${inPlace}\s+(?:(?:that|which)\s+)?(?:(?:all|directly|also)\s+)*(?:(?<call>${calling})|${using})\s+${namePattern('name')}${later}$`,
      'iu',
    ),
  },
  // "functions of the middleware package look up the routing context with chi.RouteContext"
  {
    of: 'listed',
    pattern: new RegExp(
      String.raw`^${callables}${inPlace}\s+(?:(?:that|which)\s+)?(?!.*\b(?:decorated|annotated|marked|tagged)\b)[\w' -]+\s(?:with|via|using|through|by calling|by using|by means of)\s+${namePattern('name')}${later}$`,
      'iu',
    ),
  },
];

export const uses: QuestionForm = {
  name: 'uses',
  find: async ({ whole, listed }, world) => {
    for (const { pattern, of } of patterns) {
      const text = of === 'whole' ? whole : listed;
      const groups = text === null ? undefined : pattern.exec(text)?.groups;
      if (!groups) continue;
      // "Where is X" alone asks for the definition.
      if (
        /^where\b/i.test(whole) &&
        !/\b(?:used?|called?|invoked?|referenced?|instantiated?|constructed?|created|accessed|read)\b/i.test(whole)
      )
        continue;
      const found = await usesOfName(
        groups,
        world,
        /\bcall\b|\bcallers?\b|\bcall ?sites?\b/i.test(`${groups['verb'] ?? ''} ${text ?? ''}`) ||
          groups['call'] !== undefined,
      );
      if (found) return found;
    }
    return null;
  },
};

async function usesOfName(
  groups: Record<string, string | undefined>,
  world: World,
  callsOnly: boolean,
): Promise<FoundList | null> {
  const name = askedName(groups['name'] ?? '');
  if (!name) return null;
  const definitions = definitionsOf(world.reader, name);
  // A common word that happens to be a variable's name is not meant as one.
  const isName = name.isSure
    ? definitions.length > 0
    : definitions.some(({ kind }) => kind === 'function' || kind === 'method' || kind === 'type');
  if (!isName || (!name.isSure && /^(?:the|a|an|any)\s/i.test(groups['name'] ?? ''))) return null;
  const phrases = [groups['place'], groups['later']].filter((one) => one !== undefined);
  const places = phrases.map((phrase) => placeNamed(world.reader, phrase));
  if (places.includes(null)) return null;
  await world.breathe();
  const all = world.relations
    .usesOf(definitions, (path) => world.isInScope(path) && places.every((place) => place?.holds(path) !== false))
    .filter(
      ({ called, imports, text, within }) =>
        (callsOnly ? called || /^@/.test(text) || within === null : true) && !imports,
    );
  const { kept, inTests } = withoutTests(world, all);
  const byPlace = firstOfEach(kept);
  const items = byPlace.map(({ use, count }): ListedItem => ({
    path: use.path,
    startLine: use.line,
    endLine: use.line,
    label: use.within ? qualifiedName(use.within) : '',
    symbol: use.within,
    code: count > 1 ? `${use.text} (+${String(count - 1)})` : use.text,
    ...((use.how === 'by name alone' || use.how === 'only definition of this name') && { how: use.how }),
  }));
  const shown = name.qualifier === '' ? name.name : `${name.qualifier}.${name.name}`;
  return {
    heading: headingOf(shown, items, kept.length, callsOnly),
    items,
    inTests: firstOfEach(all).length - (inTests === 0 ? firstOfEach(all).length : byPlace.length),
    limits: limitsOf(definitions.length, shown, items),
  };
}

function headingOf(name: string, items: readonly ListedItem[], places: number, callsOnly: boolean): Sentence {
  if (items.length === 0)
    return callsOnly
      ? say('No call of {0} was found in the code that is indexed.', name)
      : say('No use of {0} was found in the code that is indexed.', name);
  return callsOnly
    ? counted(
        items.length,
        say('{0} definition calls {1}.', items.length, name),
        say('{0} definitions call {1}, in {2} lines.', items.length, name, places),
      )
    : counted(
        items.length,
        say('{0} definition uses {1}.', items.length, name),
        say('{0} definitions use {1}, in {2} lines.', items.length, name, places),
      );
}

function limitsOf(definitions: number, name: string, items: readonly ListedItem[]): Sentence[] {
  return [
    say('Names are resolved by scopes and imports: calls through values, reflection or generated code are not seen.'),
    ...(definitions > 1
      ? [say('{0} has {1} definitions; the uses of all of them are listed.', name, definitions)]
      : []),
    ...(items.some(({ how }) => how === 'by name alone')
      ? [say('Those marked “by name alone” call something of this name on a value whose type is not known.')]
      : []),
  ];
}

/** The first use in each definition, or line at the top of a file, with the number of uses in it. */
function firstOfEach(uses: readonly UseOf[]): { readonly use: UseOf; readonly count: number }[] {
  const found = new Map<string, { use: UseOf; count: number }>();
  for (const use of uses) {
    const key = use.within
      ? `${use.path} ${String(use.within.startLine)} ${use.within.name}`
      : `${use.path} :${String(use.line)}`;
    const known = found.get(key);
    if (known) known.count += 1;
    else found.set(key, { use, count: 1 });
  }
  return [...found.values()];
}
