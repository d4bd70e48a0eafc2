/** A tree as Markdown: every sign of a text that Markdown would read is escaped where it stands, fences and ticks are long enough. */
import { gfmTableToMarkdown } from 'mdast-util-gfm-table';
import { type Options, type Unsafe, toMarkdown } from 'mdast-util-to-markdown';
import type { Root, RootContent } from 'mdast';
import { citationToMarkdown } from './citation-syntax.ts';

declare module 'mdast' {
  interface Data {
    /** No empty line stands before the block. */
    attached?: boolean;
  }
}

const inText = {
  inConstruct: 'phrasing',
  notInConstruct: ['autolink', 'destinationLiteral', 'destinationRaw', 'reference', 'titleQuote', 'titleApostrophe'],
} as const satisfies Pick<Unsafe, 'inConstruct' | 'notInConstruct'>;

/** What editors read beyond CommonMark, or the library overlooks. Looks around, for what a pattern takes no other one sees. */
const unsafe: Unsafe[] = [
  // An address of mail between pointed brackets need not begin with a letter.
  { character: '<', after: '(?=[^\\s<>]*@)', ...inText },
  // Of the code or emphasis that follows only the first sign is seen here; an address may begin with it.
  { character: '<', after: '(?=[`*_~])', ...inText },
  // Addresses that become links by themselves.
  { character: '@', before: '(?<=\\S)', after: '(?=\\S)', ...inText },
  { character: '.', before: '(?<=[Ww])', after: '(?=[\\-.\\w])', ...inText },
  { character: ':', before: '(?<=[psPS])', after: '(?=\\/)', ...inText },
  // Tildes that could end what is struck through, and two in a row.
  { character: '~', before: '(?<=\\S)', ...inText },
  { character: '~', after: '(?=~)', ...inText },
];

const options: Options = {
  bullet: '-',
  rule: '-',
  emphasis: '*',
  fences: true,
  resourceLink: true,
  listItemIndent: 'one',
  join: [(_left, right) => (right.data?.attached === true ? 0 : undefined)],
  unsafe,
  extensions: [gfmTableToMarkdown({ tablePipeAlign: false }), citationToMarkdown],
};

/** Blocks as a Markdown document without a line end after the last. */
export function write(blocks: readonly RootContent[] | Root): string {
  const root: Root = 'children' in blocks ? blocks : { type: 'root', children: [...blocks] };
  return toMarkdown(root, options).replace(/\n$/, '');
}
