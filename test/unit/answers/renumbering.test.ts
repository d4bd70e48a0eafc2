/** Citations by label become those by number, wherever the stream is cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRenumbering } from '../../../src/answers/writing/renumbering.ts';

describe('renumbering', () => {
  const labels = new Map([
    [4, 1],
    [12, 3],
    [7, null],
  ]);
  const whole = (pieces: readonly string[]): string => {
    const renumbering = createRenumbering(labels);
    return pieces.map((piece) => renumbering.push(piece)).join('') + renumbering.end();
  };

  it('a label becomes its number, one that is nobody’s now is taken out, and all else stays', () => {
    assert.equal(whole(['It is [4][12], not [7]. a[0] [x] [1']), 'It is [1][3], not . a[0] [x] [1');
  });

  it('is the same however the text is cut', () => {
    const text = fc.array(fc.constantFrom('[', ']', '4', '12', ' ', 'a', '[4]', '[12]', '[7]'), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (parts, cuts) => {
        const all = parts.join('');
        const ends = [...cuts.filter((cut) => cut <= all.length).toSorted((a, b) => a - b), all.length];
        const pieces = ends.map((end, at) => all.slice(ends[at - 1] ?? 0, end));
        assert.equal(whole(pieces), whole([all]));
      }),
    );
  });
});
