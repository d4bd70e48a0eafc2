/** Links of a summary, turned to where the document stands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { relinkTo, withStaleNote } from '../../../src/extension/summary-text.ts';

const up = (target: string): string => `../${target}`;

describe('relinkTo', () => {
  it('turns relative targets and keeps the lines', () => {
    assert.equal(relinkTo('see [a](src/a.ts#L3-L9), [b](b.md)', up), 'see [a](../src/a.ts#L3-L9), [b](../b.md)');
  });
  it('leaves addresses, anchors, roots and code alone', () => {
    const text = '[x](https://example.com/a) [y](#top) [z](/abs) `[c](c.ts)`\n```\n[d](d.ts)\n```';
    assert.equal(relinkTo(text, up), text);
  });
  it('keeps names with spaces, brackets and percent signs readable to a Markdown parser', () => {
    assert.equal(relinkTo('[a](my%20file%20%28x%29.ts)', up), '[a](../my%20file%20%28x%29.ts)');
    assert.equal(relinkTo('[a](100%.ts)', up), '[a](../100%25.ts)');
  });
});

describe('withStaleNote', () => {
  it('puts the note below the first heading', () => {
    assert.equal(withStaleNote('# A\n\ntext', 'changed'), '# A\n\n> changed\n\ntext');
  });
  it('puts it first without a heading, and nothing without a note', () => {
    assert.equal(withStaleNote('text', 'changed'), '> changed\n\ntext');
    assert.equal(withStaleNote('text', null), 'text');
  });
});
