/**
 * Questions whose answer is a list that can be computed: "who calls X", "list every subclass of Y", "how many routes". They are
 * read by a table of forms (`forms.ts`) and answered from symbols, imports and relations, complete and without a decoder.
 */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import type { IndexReader } from '../../index/types.ts';
import { scopeMatcher } from '../../search/scope.ts';
import { createCodeRelations } from '../code/code-relations.ts';
import { askedText } from './asked-text.ts';
import type { FoundList, World } from './form.ts';
import { questionForms } from './forms.ts';

/** Milliseconds of work before other work may run. */
const slice = 20;

/** The list that a question asks for; null where no form surely reads it. @throws CancelledError */
export async function computedList(
  question: string,
  reader: IndexReader,
  scope: readonly string[],
  signal: AbortSignal,
): Promise<FoundList | null> {
  const asked = askedText(question);
  let last = performance.now();
  const world: World = {
    reader,
    relations: createCodeRelations(reader),
    isInScope: scopeMatcher(scope),
    wantsTests: /\b(?:tests?|specs?|examples?|samples?|mocks?|fixtures?|bench\w*)\b/i.test(question),
    breathe: async () => {
      if (performance.now() - last < slice) return;
      await yieldToEventLoop();
      throwIfCancelled(signal);
      last = performance.now();
    },
  };
  for (const form of questionForms) {
    const found = await form.find(asked, world);
    if (found) return found;
  }
  return null;
}
