/** Places and claims as links in the form that clients turn to where a file is for them: relative to the repository, lines as a fragment. */
import type { Nodes } from 'mdast';
import type { Speaker } from '../../../base/speaker.ts';
import { read } from '../../../markdown/read.ts';
import { sanitize, textAlone } from '../../../markdown/sanitize.ts';
import {
  type Block,
  type Inline,
  code,
  linesAddress,
  link,
  paragraph,
  text as textNode,
} from '../../../markdown/tree.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import type { Claim, SummaryNode } from '../../../protocol/summary.ts';

/** A link in the form that clients may turn to where the file is for them: relative to the repository, lines as a fragment. */
export function lines(name: Inline, { path, startLine, endLine }: LineRange): Inline {
  return link(linesAddress(path, startLine, endLine), name);
}

/** `name:3`, leading there. */
export function lineOf(path: string, line: number, name = path): Inline {
  return lines(code(`${name}:${line}`), { path, startLine: line, endLine: line });
}

/** A node's text with its numbers as links: a name becomes the link itself, any other number the place in parentheses. */
export function linked({ summary, citations }: Pick<SummaryNode, 'summary' | 'citations'>, speaker: Speaker): Block[] {
  // A decoder may have written it: what is no text in it is none of ours.
  return sanitize(read(summary), textAlone).children.map((block) => linkCitations(block, citations, speaker));
}

function linkCitations<Node extends Nodes>(node: Node, citations: SummaryNode['citations'], speaker: Speaker): Node {
  if (!('children' in node)) return node;
  const children: Nodes[] = [];
  for (const child of node.children) {
    if (child.type !== 'citation') {
      children.push(linkCitations<Nodes>(child, citations, speaker));
      continue;
    }
    const citation = citations.find(({ number }) => number === child.number);
    if (!citation) {
      children.push(textNode(`[${child.number}]`));
      continue;
    }
    const stale = citation.status === 'stale' ? ` (${speaker.say('changed since it was read')})` : '';
    const [name, space] = children.slice(-2);
    if (name?.type === 'inlineCode' && space?.type === 'text' && space.value === ' ') {
      children.splice(-2, 2, ...paragraph(lines(name, citation), stale).children);
      continue;
    }
    const file = citation.path.slice(citation.path.lastIndexOf('/') + 1);
    const last = children.at(-1);
    const isApart = last === undefined || (last.type === 'text' && /\s$/.test(last.value));
    children.push(
      ...paragraph(isApart ? '(' : ' (', lines(code(`${file}:${citation.startLine}`), citation), `)${stale}`).children,
    );
  }
  return { ...node, children };
}

export function oneLine(command: string): Inline {
  return code(command.replaceAll(/\s+/g, ' '));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A claim with links to where its lines are now. */
export function claimText({ text }: Claim, node: SummaryNode | undefined, speaker: Speaker): Inline[] {
  const [first] = linked({ summary: text, citations: node?.citations ?? [] }, speaker);
  return first?.type === 'paragraph' ? first.children : [text];
}
