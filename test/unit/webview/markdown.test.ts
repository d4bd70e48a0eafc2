/** An answer's Markdown as HTML: chips, marks, and nothing that leads out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MarkdownContext, renderBlocks } from '../../../webview/markdown.ts';

const context: MarkdownContext = {
  chips: new Map([
    [1, { label: '1', name: 'Evidence 1: a.ts', warning: null }],
    [12, { label: '4', name: 'Evidence 4: "b".ts', warning: 'moved' }],
  ]),
  unsupported: [],
  unsupportedTitle: 'not supported',
};
const render = (markdown: string, change: Partial<MarkdownContext> = {}): string =>
  renderBlocks(markdown, { ...context, ...change }).join('|');

describe('renderBlocks', () => {
  it('makes one string a block', () => {
    assert.equal(renderBlocks('one\n\n- two\n- three\n\n```\nfour\n```', context).length, 3);
  });
  it('turns known citations into chips and leaves other brackets', () => {
    const html = render('a [1] b [12] c [3] `[1]`');
    assert.equal(html.match(/<button/g)?.length, 2);
    assert.ok(html.includes('data-cite="12"') && html.includes('&quot;b&quot;') && html.includes('chip warning'));
    assert.ok(html.includes('[3]') && html.includes('<code>[1]</code>'));
  });
  it('shows links and pictures as text and HTML as characters', () => {
    const html = render('[a](https://example.com) ![b](x.png) <b>c</b> [d](javascript:x)');
    assert.doesNotMatch(html, /<a |<img|<b>/);
  });
  it('marks what is not supported, line by line, inside of list items', () => {
    const markdown = 'Yes.\n\n- wrong\n- also wrong';
    const html = render(markdown, { unsupported: [{ start: markdown.indexOf('- wrong'), end: markdown.length }] });
    assert.equal(html.match(/<mark/g)?.length, 2);
    assert.match(html, /<li><mark class="unsupported"[^>]*>wrong</);
  });
  it('drops the private-use characters it works with from the text', () => {
    assert.equal(render('a\uE000b\uE001'), '<p>ab</p>\n');
  });
  it('gives every heading one level', () => {
    assert.match(render('# a\n\n#### b'), /^<h3>a<\/h3>\s*\|<h3>b<\/h3>\s*$/);
  });
});
