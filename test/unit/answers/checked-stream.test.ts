import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCheckedStream } from '../../../src/answers/checked-stream.ts';
import { createSupportChecker } from '../../../src/answers/support.ts';

const checker = createSupportChecker([{ path: 'a.py', text: 'def known_name(): return items[0]' }]);

function through(
  pieces: readonly string[],
  numbers = [1, 2, 3],
): ReturnType<typeof createCheckedStream> & { readonly shown: string } {
  const stream = createCheckedStream(checker, new Set(numbers));
  const shown = pieces.map((piece) => stream.push(piece)).join('') + stream.end();
  return Object.assign(stream, { shown });
}

describe('the checked stream', () => {
  it('shows the same text however it is cut into pieces', () => {
    const text = 'It calls `known_name` [1]. Then `other_name` fails [2]!\n\nLast. Version 1.5 e.g. this';
    const whole = through([text]).shown;
    assert.equal(through(Array.from(text)).shown, whole);
    assert.equal(through(text.split(/(?<= )/)).shown, whole);
    assert.match(whole, /`other_name` fails \[2\]! \[not supported by the sources\]\n\nLast\./);
  });

  it('has offsets into what was shown', () => {
    const stream = through(['It is bad_one. ', 'And `bad_two` too.']);
    assert.deepEqual(
      stream.unsupported.map(({ start, end }) => stream.text.slice(start, end)),
      ['bad_one', 'bad_two'],
    );
    assert.equal(stream.text, stream.shown);
  });

  it('takes lists and ranges of citations apart and drops those that do not exist', () => {
    const stream = through(['See [1, 3], [2-3], [7] and 【2】.']);
    assert.equal(stream.shown, 'See [1][3], [2][3], and [2].');
    assert.deepEqual(stream.cited, [1, 3, 2]);
  });

  it('leaves brackets in code alone', () => {
    assert.equal(through(['It reads `items[0]` first.']).shown, 'It reads `items[0]` first.');
  });

  it('holds a code fence until it is whole', () => {
    const stream = createCheckedStream(checker, new Set([1]));
    assert.equal(stream.push('```python\ndef known_name(): '), '');
    assert.equal(stream.push('return items[0]\n```\nDone.'), '```python\ndef known_name(): return items[0]\n```\n');
    assert.equal(stream.end(), 'Done.');
  });

  it('counts a sentence that comes again and again', () => {
    assert.equal(through(Array<string>(5).fill('The very same long sentence again. ')).mostRepeated, 5);
  });
});
