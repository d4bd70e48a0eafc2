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
  uncheckedTitle: 'not "checked"',
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
  it('shows what could not be checked as a sign that says so, and not in code', () => {
    const html = render('It is so [1]. [?] Then `[?]` ends.');
    assert.equal(html.match(/class="unchecked"/g)?.length, 1);
    assert.ok(html.includes('aria-label="not &quot;checked&quot;"') && html.includes('<code>[?]</code>'));
  });
  it('drops the private-use characters it works with from the text', () => {
    assert.equal(render('a\uE000b\uE001'), '<p>ab</p>\n');
  });
  it('gives every heading one level', () => {
    assert.match(render('# a\n\n#### b'), /^<h3>a<\/h3>\s*\|<h3>b<\/h3>\s*$/);
  });
});

describe('code in an answer', () => {
  it('is marked by classes, in the languages that are indexed and their kin, and loses nothing', () => {
    const code = 'const x = "<b>"; // why\n';
    for (const language of ['typescript', 'typescriptreact', 'javascript'])
      assert.match(render(`\`\`\`${language}\n${code}\`\`\``), /<span class="hljs-keyword">const<\/span>/, language);
    for (const language of ['python', 'go', 'rust', 'java', 'c', 'cpp', 'csharp', 'ruby', 'php', 'shellscript'])
      assert.match(render(`\`\`\`${language}\nif "a" \n\`\`\``), /hljs-(?:keyword|string|built_in)/, language);
    const text = render(`\`\`\`typescript\n${code}\`\`\``).replace(/<[^>]*>/g, '');
    assert.equal(text.trim(), code.trim().replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'));
  });
  it('stays plain where the language is unknown, the code long, or a mark stands in it', () => {
    assert.doesNotMatch(render('```brainfuck\n+++\n```'), /hljs/);
    assert.doesNotMatch(render(`\`\`\`go\n${'x := "a"\n'.repeat(3000)}\`\`\``), /hljs/);
    const markdown = '```go\nvar x = 1\n```';
    const html = render(markdown, { unsupported: [{ start: markdown.indexOf('x'), end: markdown.indexOf('x') + 1 }] });
    assert.doesNotMatch(html, /hljs/);
    assert.match(html, /<mark class="unsupported"/);
  });
});
