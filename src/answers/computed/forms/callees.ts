/** "What does X call", "which functions are called by X": what a definition uses. */
import { counted, say } from '../../../base/sentences.ts';
import { qualifiedName } from '../../code/file-text.ts';
import type { ListedItem, QuestionForm } from '../form.ts';
import { askedName, definitionsOf, namePattern } from '../names.ts';

const verbs = 'calls?|invokes?|uses?|depends? on';
const patterns = [
  String.raw`^(?:what|which (?:functions?|methods?|types?|classes|functions? (?:and|or) methods?))\s+(?:do|does)\s+${namePattern('name')}\s+(?:(?:directly|itself)\s+)?(?:${verbs})$`,
  String.raw`^(?:(?:what|which(?: \w+)?)\s+(?:is|are)|(?:list|show|find|name|enumerate)\s+(?:me\s+)?(?:all|every|each)(?:\s+the)?\s+\w+(?:\s+(?:that|which)\s+(?:is|are))?)\s+(?:called|invoked|used)\s+(?:by|in|from)\s+${namePattern('name')}$`,
  String.raw`^(?:list|show|find|name|enumerate)\s+(?:me\s+)?(?:all|every|each)(?:\s+the)?\s+(?:functions?|methods?|callees?|calls?|definitions?)\s+(?:that\s+)?${namePattern('name')}\s+(?:${verbs})$`,
].map((source) => new RegExp(source, 'iu'));

export const callees: QuestionForm = {
  name: 'callees',
  find: async ({ whole }, world) => {
    const match = patterns.map((pattern) => pattern.exec(whole)).find((one) => one !== null);
    const name = askedName(match?.groups?.['name'] ?? '');
    if (!match || !name) return null;
    const definitions = definitionsOf(world.reader, name).filter(
      ({ kind }) => kind === 'function' || kind === 'method' || kind === 'type',
    );
    const [only] = definitions;
    if (!only || (!name.isSure && /^(?:the|a|an)\s/i.test(match.groups?.['name'] ?? ''))) return null;
    const callsOnly = /\b(?:calls?|called|invokes?|invoked)\b/i.test(whole);
    const items: ListedItem[] = [];
    const seen = new Set<string>();
    let ambiguous = 0;
    for (const definition of definitions) {
      await world.breathe();
      const { used, ambiguous: unsure } = world.relations.usedBy(definition);
      ambiguous += unsure.length;
      for (const { definition: one, how } of used) {
        const key = `${one.path} ${String(one.startLine)}`;
        const isCallable =
          one.kind === 'function' ||
          one.kind === 'method' ||
          (one.kind === 'type' &&
            !(callsOnly && /^\s*(?:export\s+)?(?:declare\s+)?(?:interface|type|enum|trait)\b/.test(one.signature)));
        if (seen.has(key) || !isCallable || !world.isInScope(one.path)) continue;
        seen.add(key);
        items.push({
          path: one.path,
          startLine: one.startLine,
          endLine: one.endLine,
          label: qualifiedName(one),
          symbol: one,
          code: '',
          ...(how === 'by name alone' && { how }),
        });
      }
    }
    const shown = qualifiedName(only);
    return {
      heading: counted(
        items.length,
        say('{1} uses {0} definition of this repository.', items.length, shown),
        say('{1} uses {0} definitions of this repository.', items.length, shown),
      ),
      items,
      inTests: 0,
      limits: [
        say(
          'Names are resolved by scopes and imports: calls through values, reflection or generated code are not seen.',
        ),
        ...(ambiguous > 0
          ? [
              counted(
                ambiguous,
                say('{0} more name has several definitions that could be meant.', ambiguous),
                say('{0} more names have several definitions that could be meant.', ambiguous),
              ),
            ]
          : []),
        ...(definitions.length > 1
          ? [say('{0} has {1} definitions; what all of them use is listed.', name.name, definitions.length)]
          : []),
      ],
    };
  },
};
