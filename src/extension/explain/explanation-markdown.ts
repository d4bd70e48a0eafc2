/** An explanation as Markdown: citations become links that carry ids, everything else is text. Knows nothing of VS Code. */
import type { Nodes, RootContent } from 'mdast';
import { read } from '../../markdown/read.ts';
import { sanitize, textAlone } from '../../markdown/sanitize.ts';
import { type Inline, bullets, code, link, paragraph, text } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import type { ExplanationTurn } from './explanation-store.ts';

/** @param address of the command that opens a citation, by its number */
export function explanationText(
  { answer, notice, citations }: ExplanationTurn,
  address: (number: number) => string,
): string {
  const known = new Map(citations.map((citation) => [citation.number, citation]));
  const linkTo = (number: number): RootContent => {
    const citation = known.get(number);
    if (!citation) return text(`[${number}]`);
    return { ...link(address(number), circled(number)), title: text(place(citation)).value };
  };
  const body = sanitize(read(answer), textAlone).children.map((block) => withLinks<RootContent>(block, linkTo));
  const sources = citations.map((citation): Inline[] => [
    link(address(citation.number), circled(citation.number)),
    ' ',
    link(address(citation.number), code(place(citation))),
  ]);
  return write([
    ...body,
    ...(notice === null ? [] : [paragraph({ type: 'emphasis', children: [text(notice)] })]),
    ...(sources.length === 0 ? [] : [bullets(sources)]),
  ]);
}

/** What is being written, before its citations are known: no link, picture or HTML. */
export function streamedText(words: string): string {
  return write(sanitize(read(words), textAlone));
}

function withLinks<Node extends Nodes>(node: Node, linkTo: (number: number) => RootContent): Node {
  if (!('children' in node)) return node;
  const children = node.children.map((child) =>
    child.type === 'citation' ? linkTo(child.number) : withLinks<Nodes>(child, linkTo),
  );
  return { ...node, children };
}

function place({ path, startLine, endLine }: ExplanationTurn['citations'][number]): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

/** ① to ⑳, and (21) beyond. */
function circled(number: number): string {
  return number >= 1 && number <= 20 ? String.fromCodePoint(0x2460 + number - 1) : `(${number})`;
}
