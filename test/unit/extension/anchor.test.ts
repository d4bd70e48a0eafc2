/** Lines that were read once, found again in a file as it is now. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { locate, shift, splitLines } from '../../../src/extension/explain/anchor.ts';

const file = splitLines('one\ntwo\nfunction f() {\n  return 1;\n}\nlast\n');
const read = { startLine: 3, endLine: 5, text: 'function f() {\n  return 1;\n}' };

describe('locate', () => {
  it('finds lines where they were', () => {
    assert.deepEqual(locate(file, read), { startLine: 3, endLine: 5, state: 'same' });
  });

  it('finds moved lines, nearest to the old place', () => {
    const moved = ['function f() {', '  return 1;', '}', ...Array.from({ length: 9 }, () => 'x'), ...file.slice(2)];
    assert.deepEqual(locate(moved, { ...read, startLine: 11, endLine: 13 }), {
      startLine: 13,
      endLine: 15,
      state: 'moved',
    });
  });

  it('takes the stretch that shares the most when the lines changed', () => {
    const changed = ['// new', '// new', ...file.slice(0, 3), '  return 2;', ...file.slice(4)];
    assert.deepEqual(locate(changed, read), { startLine: 5, endLine: 7, state: 'changed' });
  });

  it('stays within a file that has become short', () => {
    assert.deepEqual(locate(['only'], { startLine: 40, endLine: 60, text: 'gone\ngone too' }), {
      startLine: 1,
      endLine: 1,
      state: 'changed',
    });
    assert.deepEqual(locate([''], { startLine: 3, endLine: 3, text: 'gone' }), {
      startLine: 1,
      endLine: 1,
      state: 'changed',
    });
  });

  it('does not mind the kind of line break', () => {
    assert.deepEqual(locate(splitLines('a\r\nb\r\nc'), { startLine: 2, endLine: 2, text: 'b\n' }).state, 'same');
  });
});

describe('shift', () => {
  const range = { startLine: 10, endLine: 20 };
  it('moves with lines put in or taken out above', () => {
    assert.deepEqual(shift(range, { startLine: 3, endLine: 2, newLines: 4 }), { startLine: 14, endLine: 24 });
    assert.deepEqual(shift(range, { startLine: 3, endLine: 4, newLines: 0 }), { startLine: 8, endLine: 18 });
  });
  it('stays when the edit is below', () => {
    assert.deepEqual(shift(range, { startLine: 21, endLine: 30, newLines: 0 }), range);
  });
  it('grows and shrinks with an edit inside', () => {
    assert.deepEqual(shift(range, { startLine: 12, endLine: 12, newLines: 3 }), { startLine: 10, endLine: 22 });
    assert.deepEqual(shift(range, { startLine: 12, endLine: 18, newLines: 1 }), { startLine: 10, endLine: 14 });
  });
  it('lines put in right above the first belong to what is above', () => {
    assert.deepEqual(shift(range, { startLine: 10, endLine: 9, newLines: 2 }), { startLine: 12, endLine: 22 });
  });
  it('never turns around when everything is replaced', () => {
    const { startLine, endLine } = shift(range, { startLine: 1, endLine: 40, newLines: 1 });
    assert.ok(startLine <= endLine);
  });
});
