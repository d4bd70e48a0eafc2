/** A summary as it is shown: links turned to where the files are, a note, and nothing that others could have put in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { summaryText } from '../../../src/extension/summary/summary-text.ts';
import { hostile } from '../../support/hostile-text.ts';
import { readAsGitHub, readAsPreview } from '../../support/markdown-reading.ts';

const up = (target: string): string => `../${target}`;
const shown = (markdown: string, note: string | null = null): string => summaryText(markdown, up, note);

describe('the text of a summary', () => {
  it('turns relative targets and keeps the lines', () => {
    assert.equal(shown('see [a](src/a.ts#L3-L9), [b](b.md)'), 'see [a](../src/a.ts#L3-L9), [b](../b.md)\n');
  });
  it('makes text of addresses, anchors, commands and foreign pictures, and leaves code alone', () => {
    const text =
      '[x](https://example.com/a) [y](#top) [z](/abs) [w](command:run) ![p](http://e.example/p.png) `[c](c.ts)`';
    assert.equal(shown(text), 'x y z w p `[c](c.ts)`\n');
    const fenced = '```\n[d](d.ts)\n```\n\n~~~\n[e](e.ts)\n~~~';
    assert.deepEqual(readAsGitHub(shown(fenced)).fences, ['[d](d.ts)', '[e](e.ts)']);
  });
  it('keeps the picture of the module map', () => {
    const picture = '![map](data:image/svg+xml;base64,PHN2Zz4=)';
    assert.equal(shown(picture), `${picture}\n`);
  });
  it('keeps names with spaces, brackets and percent signs readable to a Markdown parser', () => {
    assert.equal(shown('[a](my%20file%20%28x%29.ts)'), '[a](../my%20file%20%28x%29.ts)\n');
    assert.equal(shown('[a](100%.ts)'), '[a](../100%25.ts)\n');
  });
  it('puts the note below the first heading, or first without one', () => {
    assert.equal(shown('# A\n\ntext', 'changed: a_b.ts'), '# A\n\n> changed: a\\_b.ts\n\ntext\n'.replace('\\_', '_'));
    assert.equal(shown('text', '![x](http://e)'), '> !\\[x]\\(http\\://e)\n\ntext\n');
  });
  it('shows no foreign link, picture or HTML, whatever an older version kept', () => {
    fc.assert(
      fc.property(hostile, hostile, (markdown, note) => {
        for (const reader of [readAsGitHub, readAsPreview]) {
          const { links, images, html } = reader(shown(markdown, note));
          assert.deepEqual([links.filter((url) => !url.startsWith('../')), images, html], [[], [], []]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
