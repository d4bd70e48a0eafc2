import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readGguf } from '../../../src/models/gguf/reader.ts';
import { tokenizerFromGguf } from '../../../src/models/tokenizer/from-gguf.ts';
import { tokenizerFromJson } from '../../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../../src/models/tokenizer/tokenizer.ts';
import { QuoteConstraint } from '../../../src/runtime/constraints/quote.ts';
import type { QuotableText } from '../../../src/runtime/decoder.ts';
import { seededRandom } from '../../../src/runtime/sampling/random.ts';
import { defaultDecoder, requireModel } from '../../support/models.ts';

const texts: readonly QuotableText[] = [
  {
    id: 'a',
    text: 'export function open(path: string): File {\n  // Grüße: an em dash — and 漢字.\n  const handle = openSync(path);\n\n  return new File(handle);\n}\n',
  },
  { id: 'b', text: 'def open(path):\r\n\treturn File(path)\r\n' },
  { id: 'c', text: '  return new File(handle);\n}\n\nclass File:\n    pass' },
];

/** A vocabulary of the given tokens and every byte, so that token boundaries are the test's own. */
function tinyTokenizer(tokens: readonly string[]): Tokenizer {
  const vocabulary: Record<string, number> = { '<|end|>': 0 };
  const add = (token: string): void => {
    vocabulary[token] ??= Object.keys(vocabulary).length;
  };
  for (let byte = 0; byte < 256; byte += 1) add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  tokens.forEach(add);
  const json = {
    added_tokens: [{ id: 0, content: '<|end|>', special: true }],
    model: { type: 'BPE', vocab: vocabulary, merges: [], byte_fallback: true },
  };
  return createTokenizer(tokenizerFromJson(JSON.stringify(json), { ends: ['<|end|>'] }));
}

function idOf(tokenizer: Tokenizer, text: string): number {
  const id = tokenizer.tokenId(text);
  assert.notEqual(id, undefined, `no token ${text}`);
  return id ?? -1;
}

/** Feeds a text byte by byte; false as soon as a byte is not allowed. */
function writes(constraint: QuoteConstraint, tokenizer: Tokenizer, text: string): boolean {
  for (const byte of Buffer.from(text)) {
    const id = idOf(tokenizer, `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (!constraint.allowed().includes(id)) return false;
    constraint.accept(id);
  }
  return true;
}

const quote = (maxLines: number, maxQuotes: number, from = texts) =>
  ({ kind: 'quote', texts: from, maxLines, maxQuotes }) as const;

describe('quote constraint', () => {
  const tokenizer = tinyTokenizer(['return', ';\n}', '\n\n', '}\nclass']);
  const end = idOf(tokenizer, '<|end|>');

  it('follows a line that stands in two texts, and names the first', () => {
    const constraint = new QuoteConstraint(quote(3, 1), tokenizer);
    assert.ok(writes(constraint, tokenizer, 'return new File(handle);'));
    assert.ok(constraint.allowed().includes(end));
    constraint.accept(end);
    assert.deepEqual(constraint.quotes(), [{ textId: 'a', startLine: 4, endLine: 4 }]);
    assert.equal(constraint.allowed().length, 0);
  });

  it('ends nowhere but at a line end', () => {
    const constraint = new QuoteConstraint(quote(3, 1), tokenizer);
    assert.ok(!constraint.allowed().includes(end));
    assert.ok(writes(constraint, tokenizer, 'def open(path)'));
    assert.ok(!constraint.allowed().includes(end));
    assert.ok(writes(constraint, tokenizer, ':'));
    assert.ok(constraint.allowed().includes(end));
  });

  it('refuses what stands nowhere, blank lines and lone brackets as a beginning', () => {
    for (const text of ['x', '\n', '}', 'eturn', 'def close'])
      assert.ok(!writes(new QuoteConstraint(quote(3, 1), tokenizer), tokenizer, text), text);
  });

  it('goes over a blank line only when the line behind it still fits', () => {
    const line = 'const handle = openSync(path);';
    assert.ok(writes(new QuoteConstraint(quote(3, 1), tokenizer), tokenizer, `${line}\n\n  return`));
    assert.ok(!writes(new QuoteConstraint(quote(2, 1), tokenizer), tokenizer, `${line}\n`));
  });

  it('keeps CR LF inside a quote and ends before it', () => {
    const constraint = new QuoteConstraint(quote(2, 1), tokenizer);
    assert.ok(writes(constraint, tokenizer, 'def open(path):\r\n\treturn File(path)'));
    constraint.accept(end);
    assert.deepEqual(constraint.quotes(), [{ textId: 'b', startLine: 0, endLine: 1 }]);
  });

  it('takes a second quote after a line break, but no third and no line twice', () => {
    const constraint = new QuoteConstraint(quote(1, 2), tokenizer);
    assert.ok(writes(constraint, tokenizer, 'class File:\n'));
    assert.deepEqual(constraint.quotes(), [{ textId: 'c', startLine: 3, endLine: 3 }]);
    const again = new QuoteConstraint(quote(1, 2), tokenizer);
    assert.ok(!writes(again, tokenizer, 'class File:\ncl'), 'the same line once more');
    const onward = new QuoteConstraint(quote(1, 2), tokenizer);
    assert.ok(!writes(onward, tokenizer, 'class File:\npass'), 'a longer quote in the guise of two');
    assert.ok(writes(constraint, tokenizer, 'def open(path):'));
    assert.deepEqual([...constraint.allowed()], [end]);
    constraint.accept(end);
    assert.deepEqual(
      constraint.quotes().map(({ textId, startLine }) => [textId, startLine]),
      [
        ['c', 3],
        ['b', 0],
      ],
    );
  });

  it('lets tokens cross line ends and separators', () => {
    const constraint = new QuoteConstraint(quote(2, 2), tokenizer);
    assert.ok(writes(constraint, tokenizer, '  '));
    constraint.accept(idOf(tokenizer, 'return'));
    assert.ok(writes(constraint, tokenizer, ' new File(handle)'));
    assert.ok(constraint.allowed().includes(idOf(tokenizer, ';\n}')));
    constraint.accept(idOf(tokenizer, ';\n}'));
    assert.ok(constraint.allowed().includes(idOf(tokenizer, '<0x0A>')));
    assert.ok(!constraint.allowed().includes(idOf(tokenizer, '\n\n')));
  });

  it('has nothing to say without texts', () => {
    assert.equal(new QuoteConstraint(quote(3, 3, []), tokenizer).allowed().length, 0);
    assert.equal(new QuoteConstraint(quote(3, 3, [{ id: 'x', text: '\n\n}\n' }]), tokenizer).allowed().length, 0);
  });
});

describe('quote constraint with the vocabulary of SmolLM2', () => {
  it('yields only verbatim lines, whatever is sampled', async (t) => {
    const model = await requireModel(defaultDecoder, t);
    if (!model) return;
    const { metadata } = await readGguf(model.weights);
    const tokenizer = createTokenizer(tokenizerFromGguf((key) => metadata.get(key)));
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const constraint = new QuoteConstraint(quote(1 + (seed % 4), 1 + (seed % 3)), tokenizer);
      const ids: number[] = [];
      for (let allowed = constraint.allowed(); allowed.length > 0; allowed = constraint.allowed()) {
        const id = allowed[Math.floor(random() * allowed.length)] ?? 0;
        constraint.accept(id);
        ids.push(id);
        assert.ok(ids.length < 2000, 'it never ends');
      }
      assert.ok(tokenizer.endIds.includes(ids.at(-1) ?? -1), `seed ${String(seed)} stopped without an end token`);
      const quotes = constraint.quotes();
      assert.ok(quotes.length >= 1 && quotes.length <= 1 + (seed % 3));
      const expected = quotes.map(({ textId, startLine, endLine }) => {
        assert.ok(endLine - startLine < 1 + (seed % 4));
        const text = texts.find(({ id }) => id === textId)?.text ?? '';
        return text
          .split('\n')
          .slice(startLine, endLine + 1)
          .join('\n')
          .replace(/\r$/, '');
      });
      const written = tokenizer.decode(ids);
      // The indentation of a quote's first line may be left out.
      const loose = (text: string): string => text.replace(/[ \t]+/g, '');
      assert.equal(loose(written), loose(expected.join('\n')), `seed ${String(seed)}`);
    }
  });
});
