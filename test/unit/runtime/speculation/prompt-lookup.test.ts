/** Prompt lookup: where drafts come from, and that they are the longest agreement's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../../src/runtime/sampling/random.ts';
import { PromptLookup } from '../../../../src/runtime/speculation/prompt-lookup.ts';

describe('prompt lookup', () => {
  it('drafts what followed the last three tokens, else two, else one', () => {
    const text = [1, 2, 3, 40, 9, 2, 3, 50, 8, 3, 60, 7];
    const after = (...end: number[]) => new PromptLookup([...text, ...end]).draft(2);
    assert.deepEqual(after(1, 2, 3), { ids: [40, 9], agreement: 3 });
    assert.deepEqual(after(5, 2, 3), { ids: [50, 8], agreement: 2 });
    assert.deepEqual(after(5, 5, 3), { ids: [60, 7], agreement: 1 });
    assert.equal(after(5, 6, 99), null);
  });

  it('takes the latest of equal places, and sees what was written since', () => {
    const lookup = new PromptLookup([1, 2, 10, 1, 2, 20, 5]);
    lookup.push(1);
    lookup.push(2);
    assert.deepEqual(lookup.draft(1)?.ids, [20]);
    for (const id of [30, 6, 1, 2]) lookup.push(id);
    assert.deepEqual(lookup.draft(2)?.ids, [30, 6]);
  });

  it('stays with the place it copies from as long as it was right', () => {
    // The beginning is the same twice; the copy goes on from the first place, which a lookup alone would leave.
    const first = [1, 2, 3, 4, 5, 6, 7, 8];
    const lookup = new PromptLookup([...first, 90, 3, 4, 5, 99, 91, 1, 2]);
    assert.deepEqual(lookup.draft(1)?.ids, [3]);
    for (const id of [3, 4, 5]) {
      lookup.push(id);
      lookup.draft(1);
    }
    assert.deepEqual(lookup.draft(2)?.ids, [6, 7]);
  });

  it('goes on with a repetition beyond the end of the text', () => {
    assert.deepEqual(new PromptLookup([7, 1, 2, 1, 2]).draft(5)?.ids, [1, 2, 1, 2, 1]);
    assert.deepEqual(new PromptLookup([3, 3]).draft(3)?.ids, [3, 3, 3]);
  });

  it('never drafts what the text does not hold there', () => {
    const random = seededRandom(4);
    const ids: number[] = [];
    const lookup = new PromptLookup([]);
    for (let i = 0; i < 3000; i++) {
      const id = Math.floor(random() * 6);
      ids.push(id);
      lookup.push(id);
      const draft = lookup.draft(4);
      if (!draft) continue;
      const behind = ids.slice(-draft.agreement);
      const text = [...ids, ...draft.ids];
      const found = ids.some(
        (_, from) =>
          behind.every((value, j) => ids[from + j] === value) &&
          from + behind.length < ids.length &&
          draft.ids.every((value, j) => text[from + behind.length + j] === value),
      );
      assert.ok(found, `${ids.slice(-12).join()} -> ${draft.ids.join()}`);
    }
  });
});
