/** Which sources are read in which form: never more than there is room for, and nothing is left unsaid. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pack } from '../../../src/reading/packing.ts';
import type { FormKind, ReadableSource } from '../../../src/reading/plan.ts';

const kinds: readonly FormKind[] = ['whole', 'lines', 'documented', 'signature'];

function source(number: number, worth: number, sizes: readonly number[]): ReadableSource {
  const lines = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join('\n');
  const whole = sizes[0] ?? 1;
  return {
    id: `${number}`,
    path: `file${number}.ts`,
    startLine: 1,
    endLine: whole,
    language: 'typescript',
    text: lines(whole),
    anchorLine: 1,
    quotableFrom: 1,
    number,
    worth,
    forms: sizes.map((count, at) => ({
      kind: kinds[at] ?? 'signature',
      text: lines(count),
      lines: [{ startLine: 1, endLine: count }],
    })),
  };
}

const cost = ({ text }: ReadableSource): number => 5 + text.split('\n').length * 3;

const anySource = fc.record({
  worth: fc.double({ min: 0.01, max: 1, noNaN: true }),
  sizes: fc
    .uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 4 })
    .map((all) => all.toSorted((a, b) => b - a)),
});

void test('what is read fits, and every source is read or left out with a reason', () => {
  fc.assert(
    fc.property(fc.array(anySource, { maxLength: 20 }), fc.integer({ min: 0, max: 2000 }), (given, room) => {
      const sources = given.map(({ worth, sizes }, at) => source(at + 1, worth, sizes));
      const { read, leftOut } = pack(sources, cost, room);
      assert.ok(read.reduce((sum, { tokens }) => sum + tokens, 0) <= room);
      for (const { source: one, tokens } of read) assert.equal(tokens, cost(one));
      const numbers = [...read.map(({ source: one }) => one.number), ...leftOut.map(({ number }) => number)];
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        sources.map(({ number }) => number),
      );
      // No source is left out for which there is room in its smallest form.
      const left = room - read.reduce((sum, { tokens }) => sum + tokens, 0);
      for (const { number } of leftOut) {
        const [least] = (sources[number - 1]?.forms ?? []).toReversed();
        assert.ok(least && cost({ ...source(1, 1, [1]), text: least.text }) > left);
      }
    }),
  );
});

void test('many places come before all of one, and the rest of the room makes the best whole', () => {
  const sources = [source(1, 1, [100, 20, 5]), source(2, 0.8, [100, 20, 5]), source(3, 0.6, [100, 20, 5])];
  const little = pack(sources, cost, 200);
  assert.equal(little.read.length, 3);
  const much = pack(sources, cost, 2000);
  assert.deepEqual(
    much.read.map(({ reason }) => reason.say),
    ['read whole', 'read whole', 'read whole'],
  );
});
