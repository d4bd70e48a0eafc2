/** A computed list as Markdown: a sentence with the count, then each item with its citation, by file. */
import { type Sentence, counted, say } from '../../base/sentences.ts';
import type { Speaker } from '../../base/speaker.ts';
import { type Block, type Inline, attached, bullets, cite, code, filled, paragraph } from '../../markdown/tree.ts';
import { visibleInline } from '../../base/visible-text.ts';
import { certaintyWords } from '../code/relations.ts';
import type { NamedRepository } from '../code/file-text.ts';
import { pathAmong } from '../code/file-text.ts';
import type { FoundList, ListedItem } from './form.ts';

/** Characters of a line of code beside an item. */
const longestCode = 110;

export interface NumberedItem extends ListedItem {
  readonly number: number;
  readonly repository: NamedRepository | null;
}

/** @param items those that are told, in order; `leftOut` more are not */
export function listBlocks(
  found: FoundList,
  items: readonly NumberedItem[],
  leftOut: number,
  speaker: Speaker,
): Block[] {
  const groups = found.isPath === true ? items.map((item) => [item]) : byFile(items);
  return [
    paragraph(...withCode(found.heading, speaker)),
    ...(found.isPath === true
      ? [bullets(items.map((item) => [...itemLine(item, speaker), ' · ', code(pathAmong(item))]))]
      : groups.flatMap((group) => [
          paragraph(code(group[0] ? pathAmong(group[0]) : '')),
          attached(bullets(group.map((item) => itemLine(item, speaker)))),
        ])),
    ...(leftOut > 0
      ? [
          paragraph(
            speaker.words(
              counted(leftOut, say('{0} more is left out.', leftOut), say('{0} more are left out.', leftOut)),
            ),
          ),
        ]
      : []),
  ];
}

function byFile(items: readonly NumberedItem[]): NumberedItem[][] {
  const groups = new Map<string, NumberedItem[]>();
  for (const item of items) {
    const key = pathAmong(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

function itemLine({ label, code: line, how, startLine, number }: NumberedItem, speaker: Speaker): Inline[] {
  const shown = line.length > longestCode ? `${line.slice(0, longestCode)}…` : line;
  const parts: Inline[][] = [label, shown].filter((part) => part !== '').map((part) => [code(part)]);
  return [
    ...parts.flatMap((part, at) => (at === 0 ? part : [' · ', ...part])),
    ...(parts.length === 0 ? [] : [' ']),
    speaker.say('line {0}', String(startLine)),
    ...(how ? [` (${speaker.words(certaintyWords(how))})`] : []),
    ' ',
    cite(number),
  ];
}

/** A sentence whose own texts are shown as code. */
function withCode(sentence: Sentence, speaker: Speaker): Inline[] {
  const values = sentence.values.map((value, at) => (typeof value === 'string' ? `{${String(at)}}` : value));
  const template = speaker.words({ say: sentence.say, values });
  return filled(
    template,
    ...sentence.values.map((value): Inline[] => (typeof value === 'string' ? [code(visibleInline(value))] : [])),
  );
}
