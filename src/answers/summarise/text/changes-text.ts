/** The part of a summary that says what changed in it since a revision. */
import type { Speaker } from '../../../base/speaker.ts';
import { counted, say } from '../../../base/sentences.ts';
import { type Block, type Inline, bullets, code, heading, joined, paragraph } from '../../../markdown/tree.ts';
import type { Claim } from '../../../protocol/summary.ts';
import { folderName } from './folder-text.ts';
import { claimText, linked } from './linked.ts';
import type { SummaryDocument } from './summary-document.ts';

/** Of files in which nothing changed that is said. */
const mostFiles = 40;

/** What is said now and was not, and what was said and is not, part by part; the files before the folders above them. */
export function whatChanged({ nodes, changes = [], speaker }: SummaryDocument): Block[] {
  if (nodes.length === 0) return [];
  const files = nodes.filter(({ kind }) => kind === 'file');
  const silent = files.filter(({ path }) => !changes.some((change) => change.path === path));
  const sections = changes
    .toSorted((a, b) => Number(a.kind !== 'file') - Number(b.kind !== 'file'))
    .flatMap(({ path, kind, added, removed }): Block[] => {
      const node = nodes.find((one) => one.path === path && one.kind === kind);
      const items = [
        ...added.map((claim) => item(speaker.say('Now:'), claimText(claim, node, speaker))),
        ...(removed ?? []).map((claim) => item(speaker.say('Before:'), claimBefore(claim, speaker))),
        ...(removed === null ? [item(speaker.say('Before:'), [speaker.say('what was said of it is not kept.')])] : []),
      ];
      return [heading(3, code(kind === 'file' ? path : folderName(path))), bullets(items)];
    });
  const rest = silent.length;
  return [
    heading(2, speaker.say('What changed')),
    ...sections,
    ...(rest > 0
      ? [
          paragraph(
            speaker.words(
              counted(
                rest,
                say('{0} more file changed, and nothing that the summary says of it.', rest),
                say('{0} more files changed, and nothing that the summary says of them.', rest),
              ),
            ),
            ' ',
            ...joined(
              silent.slice(0, mostFiles).map(({ path }) => [code(path)]),
              ', ',
            ),
          ),
        ]
      : []),
  ];
}

function item(label: string, content: readonly Inline[]): Inline[] {
  return [label, ' ', ...content];
}

/** A claim of the past: its lines are in no file that could be opened, so they are named. */
function claimBefore({ text, rests }: Pick<Claim, 'text' | 'rests'>, speaker: Speaker): Inline[] {
  const [ground] = rests;
  const [first] = linked({ summary: text.replaceAll(/ ?\[\d+\]/g, ''), citations: [] }, speaker);
  return [
    ...(first?.type === 'paragraph' ? first.children : [text]),
    ...(ground ? [' (', code(`${ground.path}:${ground.startLine}`), ')'] : []),
  ];
}
