/** Markdown as a tree, read by its structure: tables as on GitHub, and `[n]` as citations. */
import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTable } from 'micromark-extension-gfm-table';
import { citationFromMarkdown, citationSyntax } from './citation-syntax.ts';

/** Blocks in blocks are followed this deep; a text of many thousand `>` would exhaust the stack. */
const deepest = 40;

export function read(markdown: string): Root {
  return fromMarkdown(shallow(markdown), {
    extensions: [gfmTable(), citationSyntax],
    mdastExtensions: [gfmTableFromMarkdown(), citationFromMarkdown],
  });
}

/** Cuts the signs at the beginning of a line that open more blocks in blocks than anyone writes. */
function shallow(markdown: string): string {
  return markdown.replaceAll(/^(?:[ \t]*(?:>|[-+*](?=[ \t>+*-])|\d{1,9}[.)](?=[ \t>]))){41,}/gm, (signs) =>
    Array.from(signs.matchAll(/[ \t]*(?:>|[-+*]|\d{1,9}[.)])/g), ([sign]) => sign)
      .slice(0, deepest)
      .join(''),
  );
}
