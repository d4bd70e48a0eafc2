/** The part of a summary that says what happens on the main paths. */
import type { List, ListItem } from 'mdast';
import { type Block, code, filled, heading, paragraph } from '../../../markdown/tree.ts';
import type { ExecutionStep } from '../../../protocol/summary.ts';
import { baseName, lineOf, lines, oneLine } from './linked.ts';
import type { SummaryDocument } from './summary-document.ts';

/** Entry, steps and exit of each path; a step leads to its definition, and the number behind it to the call. */
export function mainPaths({ paths, speaker }: SummaryDocument): Block[] {
  if (paths.length === 0) return [];
  return [
    heading(2, speaker.say('What happens on the main paths')),
    paragraph(
      speaker.say(
        'Calls as names, scopes and imports tell them, in the order of their lines; calls through values and callbacks are not seen.',
      ),
    ),
    ...paths.flatMap(({ entry, steps, exit }): Block[] => [
      paragraph(...filled(speaker.say('From {0}:'), [lines(code(entry.name), entry)])),
      steppedList(steps),
      paragraph(
        ...filled(speaker.say('It ends at {0}'), [lineOf(exit.path, exit.startLine)]),
        ...(exit.text === '' ? ['.'] : [': ', oneLine(exit.text), '.']),
      ),
    ]),
  ];
}

/** Steps one below the other, those of a deeper level inside the one above them. */
function steppedList(steps: readonly ExecutionStep[]): List {
  const items: ListItem[] = [];
  for (let at = 0; at < steps.length;) {
    const step = steps[at];
    if (!step) break;
    let end = at + 1;
    while ((steps[end]?.depth ?? 0) > step.depth) end += 1;
    const called = step.calledAt
      ? [' (', lineOf(step.calledAt.path, step.calledAt.line, baseName(step.calledAt.path)), ')']
      : [];
    items.push({
      type: 'listItem',
      spread: false,
      children: [
        paragraph(lines(code(step.name), step), ...called),
        ...(end > at + 1 ? [steppedList(steps.slice(at + 1, end))] : []),
      ],
    });
    at = end;
  }
  return { type: 'list', ordered: true, spread: false, children: items };
}
