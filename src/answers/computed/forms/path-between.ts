/** "The path from A to B", "how does A reach B": the shortest chain of uses from one definition to another. */
import { say } from '../../../base/sentences.ts';
import type { Definition } from '../../code/code-relations.ts';
import { qualifiedName } from '../../code/file-text.ts';
import type { Certainty } from '../../code/relations.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';

const from = namePattern('from');
const to = namePattern('to');
const patterns = [
  String.raw`^(?:(?:what is|show(?: me)?|find|list|give(?: me)?|trace)\s+)?(?:the\s+|a\s+|all\s+)?(?:shortest\s+)?(?:(?:call|calling)\s+)?(?:path|chain|calls?|route)s?(?:\s+of calls)?\s+(?:leading\s+)?from\s+${from}\s+to\s+${to}$`,
  String.raw`^how\s+(?:does|do|can)\s+${from}\s+(?:(?:come\s+to\s+)?(?:reach|call|get to|end up (?:in|at|calling)))\s+${to}$`,
].map((source) => new RegExp(source, 'iu'));
/** Definitions whose uses are followed. */
const mostFollowed = 4000;

interface Step {
  readonly definition: Definition;
  readonly before: Step | null;
  readonly line: number;
  readonly how: Certainty | null;
}

export const pathBetween: QuestionForm = {
  name: 'path between',
  find: async ({ whole }, world) => {
    const groups = patterns.map((pattern) => pattern.exec(whole)).find((match) => match !== null)?.groups;
    const start = askedName(groups?.['from'] ?? '');
    const end = askedName(groups?.['to'] ?? '');
    if (!start || !end) return null;
    const first = definitionsOf(world.reader, start).filter(isCode);
    const last = definitionsOf(world.reader, end).filter(isCode);
    if (first.length === 0 || last.length === 0) return null;
    const found = await shortest(first, new Set(last.map(keyOf)), world);
    return found.way
      ? listOf(found.way)
      : {
          heading: say('No chain of uses from {0} to {1} was found.', start.name, end.name),
          items: [],
          inTests: 0,
          limits: [
            say(
              '{0} definitions were followed by names, scopes and imports; calls through values, callbacks and reflection are not seen.',
              found.followed,
            ),
          ],
        };
  },
};

function isCode({ kind }: Definition): boolean {
  return kind === 'function' || kind === 'method' || kind === 'type';
}

function keyOf({ path, startLine, name }: Definition): string {
  return `${path} ${String(startLine)} ${name}`;
}

/** Breadth first, what is resolved for certain before what is only so by its name. */
async function shortest(
  first: readonly Definition[],
  ends: ReadonlySet<string>,
  world: World,
): Promise<{ way: Step[] | null; followed: number }> {
  let level: Step[] = first.map((definition) => ({ definition, before: null, line: definition.startLine, how: null }));
  const seen = new Set(level.map(({ definition }) => keyOf(definition)));
  let followed = 0;
  while (level.length > 0 && followed < mostFollowed) {
    const next: Step[] = [];
    for (const step of level) {
      await world.breathe();
      followed += 1;
      for (const { definition, line, how } of world.relations.usedBy(step.definition).used) {
        if (!isCode(definition)) continue;
        const key = keyOf(definition);
        const reached = { definition, before: step, line, how };
        if (ends.has(key)) return { way: wayTo(reached), followed };
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(reached);
      }
    }
    level = next;
  }
  return { way: null, followed };
}

function wayTo(end: Step): Step[] {
  const way: Step[] = [];
  for (let step: Step | null = end; step; step = step.before) way.unshift(step);
  return way;
}

function listOf(way: readonly Step[]): FoundList {
  const names = way.map(({ definition }) => qualifiedName(definition));
  const items = way.map(({ definition, how }): ListedItem => ({
    path: definition.path,
    startLine: definition.startLine,
    endLine: definition.endLine,
    label: qualifiedName(definition),
    symbol: definition,
    code: '',
    ...(how === 'by name alone' && { how }),
  }));
  return {
    heading: say(
      'From {0} to {1} in {2} steps, each using the next:',
      names[0] ?? '',
      names.at(-1) ?? '',
      way.length - 1,
    ),
    items,
    inTests: 0,
    limits: [
      say(
        'This is one shortest chain; names are resolved by scopes and imports, and calls through values are not seen.',
      ),
    ],
    isPath: true,
  };
}
