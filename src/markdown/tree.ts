/** Markdown as a tree, made of short calls: whatever is in a text or a name, it stays a text or a name. */
import type {
  BlockContent,
  Blockquote,
  Code,
  Heading,
  InlineCode,
  Link,
  List,
  Paragraph,
  PhrasingContent,
  RootContent,
  Strong,
  Table,
  Text,
} from 'mdast';
import { visibleInline } from '../base/visible-text.ts';
import type { CitationNode } from './citation-syntax.ts';

/** What is in a line; a string is text. */
export type Inline = PhrasingContent | string;
export type Block = RootContent;

export function text(value: string): Text {
  return { type: 'text', value: visibleInline(value.replaceAll(/\s+/g, ' ')) };
}

/** A name, a path or an expression as code; no name can be empty, and an empty one shows nothing. */
export function code(value: string): InlineCode | Text {
  return value === '' ? text('') : { type: 'inlineCode', value: visibleInline(value) };
}

export function cite(number: number): CitationNode {
  return { type: 'citation', number };
}

export function strong(...children: Inline[]): Strong {
  return { type: 'strong', children: inlines(children) };
}

/** @param url as `linesAddress` makes it, never text of a repository */
export function link(url: string, ...children: Inline[]): Link {
  return { type: 'link', url, children: inlines(children) };
}

export function paragraph(...children: Inline[]): Paragraph {
  return { type: 'paragraph', children: inlines(children) };
}

export function heading(depth: Heading['depth'], ...children: Inline[]): Heading {
  return { type: 'heading', depth, children: inlines(children) };
}

export function quotation(...children: BlockContent[]): Blockquote {
  return { type: 'blockquote', children };
}

/** A list with one line an item. */
export function bullets(items: readonly (readonly Inline[])[]): List {
  return {
    type: 'list',
    ordered: false,
    spread: false,
    children: items.map((item) => ({ type: 'listItem', spread: false, children: [paragraph(...item)] })),
  };
}

/** Lines of code without the white space that all of them begin with. */
export function fence(lines: string, language: string): Code {
  return { type: 'code', lang: /^[\w+#-]+$/.test(language) ? language : null, value: unindent(lines) };
}

/** @param align one entry a column; null: as the text runs */
export function table(align: Table['align'], rows: readonly (readonly (readonly Inline[])[])[]): Table {
  return {
    type: 'table',
    align: align ?? null,
    children: rows.map((cells) => ({
      type: 'tableRow',
      children: cells.map((cell) => ({ type: 'tableCell', children: inlines(cell).map(inCell) })),
    })),
  };
}

/** A backslash before a bar cannot stand in code of a table: there the bar takes it. Such code becomes text. */
function inCell<Node extends PhrasingContent>(node: Node): Node | Text {
  if (node.type === 'inlineCode' && node.value.includes('\\|')) return text(node.value);
  return 'children' in node ? { ...node, children: node.children.map((child) => inCell(child)) } : node;
}

/** The block without an empty line before it. */
export function attached<Node extends Block>(block: Node): Node {
  return { ...block, data: { ...block.data, attached: true } };
}

/** A sentence with nodes in its gaps: `Found in {0}.` with what stands for `{0}` first. */
export function filled(template: string, ...gaps: readonly (readonly Inline[])[]): Inline[] {
  return template
    .split(/\{(\d+)\}/)
    .flatMap((part, at): readonly Inline[] => (at % 2 === 0 ? [part] : (gaps[Number(part)] ?? [])));
}

/** Puts a text or nodes between others. */
export function joined(parts: readonly (readonly Inline[])[], between: string): Inline[] {
  return parts.flatMap((part, at) => (at === 0 ? part : [between, ...part]));
}

function inlines(children: readonly Inline[]): PhrasingContent[] {
  return children
    .map((child) => (typeof child === 'string' ? text(child) : child))
    .filter((child) => child.type !== 'text' || child.value !== '');
}

/** Removes the white space that all lines begin with. */
function unindent(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const shortest = indents.reduce((least, indent) => (indent.length < least.length ? indent : least), indents[0] ?? '');
  if (!indents.every((indent) => indent.startsWith(shortest))) return code;
  return lines.map((line) => (line.startsWith(shortest) ? line.slice(shortest.length) : line.trim())).join('\n');
}

/** Lines of a file as an address relative to the repository, as `path#L12-L40`; no sign of a path can make it another one. */
export function linesAddress(path: string, startLine: number, endLine: number): string {
  const lines = startLine === endLine ? `#L${startLine}` : `#L${startLine}-L${endLine}`;
  return `${encodePath(path)}${lines}`;
}

/** A path as the address of a link: every sign that is more than a character there is encoded, a colon too. */
export function encodePath(path: string): string {
  return path
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD')
    .split('/')
    .map((part) =>
      encodeURIComponent(part)
        .replaceAll(/[()!*']/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%40', '@'),
    )
    .join('/');
}
