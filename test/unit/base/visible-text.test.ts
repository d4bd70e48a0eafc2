/** Text made safe for a terminal: no character that steers it comes through, in one piece or in many, and nothing else changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { visible, visibleInline, visibleJson } from '../../../src/base/visible-text.ts';

/** What a terminal obeys, or what turns text around; written as ranges of its own, apart from the code's. */
function steers(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const between = (first: number, last: number): boolean => code >= first && code <= last;
  if (code === 0x09 || code === 0x0a) return false;
  return (
    between(0, 0x1f) || between(0x7f, 0x9f) || between(0x2028, 0x202e) || between(0x2066, 0x2069) || code === 0x61c
  );
}

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b]52;c;aGk=\u0007',
      '\u001b]8;;https://example.com\u001b\\',
      '\u009b31m',
      '\u202e',
      '\u2066',
      '\r',
      '\n',
      '\r\n',
      '\u007f',
      '\u2028',
      'x',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  ),
});

describe('text for a terminal', () => {
  it('has nothing that steers', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        assert.ok(!Array.from(visible(text)).some(steers));
        assert.ok(!Array.from(visibleInline(text)).some((character) => steers(character) || /[\t\n]/.test(character)));
        assert.ok(!Array.from(visibleJson({ [text]: text })).some(steers));
      }),
    );
  });

  it('cannot be steered by a sequence that comes in several pieces', () => {
    fc.assert(
      fc.property(fc.array(hostile), (pieces) => {
        assert.ok(!Array.from(pieces.map(visible).join('')).some(steers));
      }),
    );
  });

  it('stays what it was where nothing steers, and JSON stays the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        if (!Array.from(text).some(steers) && !/[\u200e\u200f]/.test(text)) assert.equal(visible(text), text);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), hostile, (value, text) => {
        const given = { value, text };
        assert.deepEqual(JSON.parse(visibleJson(given)), JSON.parse(JSON.stringify(given)));
      }),
    );
  });

  it('shows what it does not send', () => {
    assert.equal(visible('a\u001b[31mb\r\nc\u202ed'), 'a␛[31mb\nc\\u202ed');
    assert.equal(visibleInline('evil\nname\t'), 'evil␊name␉');
    assert.equal(visibleJson('\u009b\u2028'), String.raw`"\u009b\u2028"`);
  });
});
