/** What two Markdown parsers of editors make of a text: the strictest reading of both is what our Markdown must survive. */
import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import type { Nodes } from 'mdast';
import { gfmAutolinkLiteralFromMarkdown } from 'mdast-util-gfm-autolink-literal';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal';
import { gfmTable } from 'micromark-extension-gfm-table';

export interface Reading {
  /** Addresses of links. */
  readonly links: string[];
  readonly images: string[];
  /** Raw HTML. */
  readonly html: string[];
  /** Inline code, in order. */
  readonly codes: string[];
  /** Blocks of code, in order. */
  readonly fences: string[];
  /** All text that is no code. */
  readonly text: string;
}

/** As VS Code's preview reads it: HTML allowed, addresses made links. */
export function readAsPreview(markdown: string): Reading {
  const found = { links: [], images: [], html: [], codes: [], fences: [], text: '' } as Reading & { text: string };
  const parser = new MarkdownIt({ html: true, linkify: true });
  // Every address counts, also those the parser would refuse.
  parser.validateLink = () => true;
  const walk = (tokens: ReturnType<typeof parser.parse>): void => {
    for (const token of tokens) {
      if (token.type === 'link_open') found.links.push(decode(String(token.attrGet('href') ?? '')));
      else if (token.type === 'image') found.images.push(String(token.attrGet('src') ?? ''));
      else if (token.type === 'html_block' || token.type === 'html_inline') found.html.push(token.content);
      else if (token.type === 'code_inline') found.codes.push(token.content);
      else if (token.type === 'fence' || token.type === 'code_block') found.fences.push(token.content);
      else if (token.type === 'text') found.text += token.content;
      else if (token.type === 'softbreak') found.text += ' ';
      if (token.children && token.type !== 'image') walk(token.children);
    }
  };
  walk(parser.parse(markdown, {}));
  return found;
}

/** As micromark reads it, addresses behind a backslash left alone as GitHub does, with GitHub's tables and addresses; comment threads read the same syntax. */
export function readAsGitHub(markdown: string): Reading {
  const found = { links: [], images: [], html: [], codes: [], fences: [], text: '' } as Reading & { text: string };
  const walk = (node: Nodes): void => {
    if (node.type === 'link') found.links.push(decode(node.url));
    else if (node.type === 'definition') found.links.push(node.url);
    else if (node.type === 'image') found.images.push(node.url);
    else if (node.type === 'html') found.html.push(node.value);
    else if (node.type === 'inlineCode') found.codes.push(node.value);
    else if (node.type === 'code') found.fences.push(node.value);
    else if (node.type === 'text') found.text += node.value.replaceAll(/\s+/g, ' ');
    if ('children' in node) node.children.forEach(walk);
  };
  walk(
    fromMarkdown(markdown, {
      extensions: [gfmTable(), gfmAutolinkLiteral()],
      mdastExtensions: [gfmTableFromMarkdown(), { ...gfmAutolinkLiteralFromMarkdown(), transforms: [] }],
    }),
  );
  return found;
}

/** No link but ours, no picture, no HTML. */
export function harmless(reading: Reading, ours: readonly string[] = []): void {
  assert.deepEqual(
    [...new Set(reading.links)].filter((url) => !ours.includes(url)),
    [],
  );
  assert.deepEqual(reading.images, []);
  assert.deepEqual(reading.html, []);
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
