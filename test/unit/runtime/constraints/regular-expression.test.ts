/** Regular expressions as constraints: the same texts as JavaScript's own engine, no dead end, refusals by the catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConstraint } from '../../../../src/runtime/constraints/create-constraint.ts';
import { seededRandom } from '../../../../src/runtime/sampling/random.ts';
import { randomText, written } from '../../../support/constrained-text.ts';
import { endId, tinyTokenizer } from '../../../support/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer(['ab', 'abc', '12', '2024-', 'über', 'return', '  ', 'foo(', 'é', '漢字']);
const regex = (pattern: string) => ({ kind: 'regex', pattern }) as const;

const patterns: readonly (readonly [pattern: string, ...texts: string[]])[] = [
  ['(yes|no)', 'yes', 'no', 'yesno', 'y', ''],
  ['\\d{4}-\\d{2}-\\d{2}', '2024-12-31', '2024-12-3', '24-12-31', '2024-12-311'],
  ['^[a-z_]\\w*$', 'abc', '_x1', '1x', 'ab c', 'X'],
  ['[^\\s"]+', 'abc', 'a b', '"', '漢字é', ''],
  ['(?:a|ab)(?:c|bcd)*', 'a', 'ab', 'abc', 'abcd', 'abbcd', 'abcbcd', 'b'],
  ['\\p{Lu}\\p{Ll}+( \\p{Lu}\\p{Ll}+)*', 'Ada Lovelace', 'Élan', 'ada', 'Ada  L', 'Ωmega'],
  ['.{2,3}?', 'a', 'ab', 'abc', 'abcd', '漢字', 'a\n'],
  ['(a?){3}b', 'b', 'aaab', 'aaaab', 'ab'],
  ['[\\u{1F600}-\\u{1F64F}]|[\\uD7FF\\uE000]', '😀', '😐', '🚀', '\uE000'],
  ['', '', 'a'],
];

describe('regular expressions', () => {
  for (const [pattern, ...texts] of patterns)
    it(`matches as JavaScript does: ${pattern}`, () => {
      for (const text of texts) {
        const expected = new RegExp(`^(?:${pattern})$`, 'u').test(text);
        assert.equal(written(regex(pattern), tokenizer, text) === true, expected, JSON.stringify(text));
      }
    });

  it('writes nothing but matches, whatever is chosen, and never comes to a dead end', () => {
    const random = seededRandom(5);
    for (const [pattern] of patterns)
      for (let i = 0; i < 40; i++) {
        const text = randomText(regex(pattern), tokenizer, random, 12);
        assert.match(text, new RegExp(`^(?:${pattern})$`, 'u'));
      }
  });

  it('offers exactly the tokens whose bytes lead on, also behind a loop', () => {
    const state = createConstraint(regex('a[bc]*12?'), tokenizer);
    const texts = (): string[] =>
      [...(state.allowed() ?? [])].map((id) => Buffer.from(tokenizer.tokenBytes(id)).toString()).sort();
    assert.deepEqual(texts(), ['a', 'ab', 'abc']);
    state.accept(tokenizer.tokenId('ab') ?? -1);
    assert.deepEqual(texts(), ['1', '12', 'b', 'c']);
    state.accept(tokenizer.tokenId('12') ?? -1);
    assert.deepEqual([...(state.allowed() ?? [])], [endId]);
    state.accept(endId);
    assert.equal(state.allowed()?.length, 0);
  });

  it('counts out long repetitions without a state for each', () => {
    const random = seededRandom(9);
    const text = randomText(regex('(?:ab){500}c'), tokenizer, random, 30);
    assert.equal(text, `${'ab'.repeat(500)}c`);
    assert.equal(written(regex('x{100}'), tokenizer, 'x'.repeat(100)), true);
    assert.equal(written(regex('x{100}'), tokenizer, 'x'.repeat(101)), 'x'.repeat(100));
    assert.equal(written(regex('x{40,60}y'), tokenizer, `${'x'.repeat(39)}y`), 'x'.repeat(39));
  });

  it('refuses what it cannot hold', () => {
    for (const pattern of ['(', 'a(?=b)', '(a)\\1', '\\bword\\b', 'a(^b)', '(?i:a)', 'a{1,100000}', '[]'])
      assert.throws(() => createConstraint(regex(pattern), tokenizer), /LS3031/, pattern);
  });
});
