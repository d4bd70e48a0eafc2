/** Stop strings however the text is cut into pieces. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StopStrings } from '../../../src/runtime/generate/stop-strings.ts';

function run(stops: readonly string[], pieces: readonly string[]): { shown: string[]; stopped: boolean } {
  const watcher = new StopStrings(stops);
  const shown: string[] = [];
  for (const piece of pieces) {
    const { text, stopped } = watcher.push(piece);
    shown.push(text);
    if (stopped) return { shown, stopped };
  }
  shown.push(watcher.flush());
  return { shown, stopped: false };
}

describe('stop strings', () => {
  it('shows what comes before, in whatever pieces', () => {
    const text = 'one END two';
    for (let cut = 0; cut <= text.length; cut++) {
      const { shown, stopped } = run(['END'], [text.slice(0, cut), text.slice(cut)]);
      assert.equal(shown.join(''), 'one ', String(cut));
      assert.ok(stopped);
    }
    assert.equal(run(['END'], text.split(/(?:)/u)).shown.join(''), 'one ');
  });

  it('holds back no more than may be a beginning, and lets it go when it is none', () => {
    assert.deepEqual(run(['END'], ['a E', 'N', 'x']).shown, ['a ', '', 'ENx', '']);
    assert.deepEqual(run(['END'], ['a EN']).shown, ['a ', 'EN']);
    assert.deepEqual(run(['aab'], ['aaab']).shown, ['a']);
  });

  it('takes the first of several, and ignores empty ones', () => {
    assert.equal(run(['yy', 'x', ''], ['a x yy']).shown.join(''), 'a ');
    assert.deepEqual(run([''], ['abc']).shown, ['abc', '']);
  });
});
