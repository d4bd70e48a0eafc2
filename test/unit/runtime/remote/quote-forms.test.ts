/** Quotes in the forms that servers take: as wide as the constraint of the decoder here, no wider, and read back to their places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QuoteConstraint } from '../../../../src/runtime/constraints/quote.ts';
import type { QuotableText } from '../../../../src/runtime/decoder.ts';
import { possibleQuotes, quoteGrammar, quotePattern } from '../../../../src/runtime/remote/constraints/quote-forms.ts';
import { readQuotes } from '../../../../src/runtime/remote/constraints/read-quotes.ts';
import { byteId, endId, tinyTokenizer } from '../../../support/tiny-tokenizer.ts';

const texts: readonly QuotableText[] = [
  {
    id: 'a',
    text: 'export function open(path: string): File {\n  // Grüße: an em dash — and 漢字.\n  const handle = openSync(path);\n\n  return new File(handle); // (a|b)* "x" \\d\n}\n',
  },
  { id: 'b', text: 'def open(path):\r\n\treturn File(path)\r\n' },
  { id: 'c', text: '  return new Folder(handle);\n}\n\nclass File:\n    pass' },
];
const quote = (maxLines: number, maxQuotes: number) => ({ kind: 'quote', texts, maxLines, maxQuotes }) as const;

/** Whether the decoder's own constraint lets the text be written and ended. */
function allows(maxLines: number, maxQuotes: number, text: string): boolean {
  const tokenizer = tinyTokenizer([]);
  const constraint = new QuoteConstraint(quote(maxLines, maxQuotes), tokenizer);
  for (const byte of Buffer.from(text)) {
    const id = byteId(tokenizer, byte);
    if (!constraint.allowed().includes(id)) return false;
    constraint.accept(id);
  }
  return constraint.allowed().includes(endId);
}

describe('quotes for a server', () => {
  it('are those that the decoder here would be allowed', () => {
    for (const maxLines of [1, 2, 3]) {
      const pattern = new RegExp(`^(?:${quotePattern(quote(maxLines, 1)) ?? ''})$`, 'u');
      const all = possibleQuotes(quote(maxLines, 1));
      assert.ok(all.length > 6);
      for (const { text } of all) {
        assert.ok(allows(maxLines, 1, text), `the decoder here refuses ${JSON.stringify(text)}`);
        assert.match(text, pattern);
      }
    }
  });

  it('are no others', () => {
    const pattern = new RegExp(`^(?:${quotePattern(quote(2, 1)) ?? ''})$`, 'u');
    const others = possibleQuotes(quote(2, 1)).flatMap(({ text }) => [
      `${text}x`,
      `x${text}`,
      text.slice(0, -1),
      text.slice(3),
      `${text}\n${text}`,
      text.toUpperCase(),
    ]);
    for (const text of others) assert.equal(pattern.test(text), allows(2, 1, text), JSON.stringify(text));
  });

  it('are read back to their places', () => {
    for (const { text, textId, startLine, endLine } of possibleQuotes(quote(3, 1)))
      assert.deepEqual(readQuotes(quote(3, 1), text), [{ textId, startLine, endLine }], JSON.stringify(text));
    assert.deepEqual(readQuotes(quote(1, 3), 'def open(path):\nclass File:\n    pass'), [
      { textId: 'b', startLine: 0, endLine: 0 },
      { textId: 'c', startLine: 3, endLine: 3 },
      { textId: 'c', startLine: 4, endLine: 4 },
    ]);
  });

  it('are none where the server wrote something else', () => {
    for (const text of [
      '',
      'The file is opened by openSync.',
      'const handle = openSync(',
      'xdef open(path):',
      '```\ndef open(path):\n```',
    ])
      assert.deepEqual(readQuotes(quote(3, 2), text), [], JSON.stringify(text));
    // What begins right is kept as far as it is right.
    assert.deepEqual(readQuotes(quote(1, 3), 'def open(path):\nand so on'), [
      { textId: 'b', startLine: 0, endLine: 0 },
    ]);
  });

  it('stand in a grammar, escaped', () => {
    const grammar = quoteGrammar({
      kind: 'quote',
      texts: [{ id: 'a', text: '  say("\\t", x)\n\tif (y) z()\n' }],
      maxLines: 2,
      maxQuotes: 2,
    });
    assert.equal(
      grammar,
      'root ::= quote ("\\n" quote){0,1}\n' +
        'quote ::= ("  ")? "say(\\"\\\\t\\", x)" ("\\n\\tif (y) z()")? | ("\\t")? "if (y) z()"\n',
    );
  });

  it('are none where there is nothing to quote', () => {
    const nothing = { kind: 'quote', texts: [{ id: 'a', text: '}\n\n)' }], maxLines: 3, maxQuotes: 1 } as const;
    assert.equal(quoteGrammar(nothing), null);
    assert.equal(quotePattern(nothing), null);
    assert.deepEqual(possibleQuotes(nothing), []);
  });
});
