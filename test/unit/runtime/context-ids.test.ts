/** Prompts that are read apart from each other are divided so that nothing of them is lost or read twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idsOfPrompts, idsOfTexts, longestOf } from '../../../src/runtime/parallel/context-ids.ts';

const ids = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });

describe('contexts as ids', () => {
  it('of prompts put together are the prompts again, and nothing that all have in common is left in a window', () => {
    fc.assert(
      fc.property(ids, fc.array(ids, { minLength: 2, maxLength: 5 }), ids, (head, middles, tail) => {
        const prompts = middles.map((middle) => [...head, ...middle, ...tail]);
        let read: ReturnType<typeof idsOfPrompts>;
        try {
          read = idsOfPrompts(prompts);
        } catch {
          // One of them is no more than what all have in common.
          const shortest = Math.min(...prompts.map(({ length }) => length));
          const [first = []] = prompts;
          const common = (at: (prompt: readonly number[], i: number) => number | undefined): number => {
            let count = 0;
            while (count < shortest && prompts.every((prompt) => at(prompt, count) === at(first, count))) count += 1;
            return count;
          };
          const same = common((prompt, i) => prompt[i]) + common((prompt, i) => prompt.at(-1 - i));
          assert.ok(same >= shortest);
          return;
        }
        const { shared, windows, question } = read;
        assert.deepEqual(
          windows.map((window) => [...shared, ...window, ...question]),
          prompts,
        );
        assert.ok(new Set(windows.map((window) => window[0])).size > 1, 'the beginnings differ');
        assert.equal(longestOf(read), Math.max(...prompts.map(({ length }) => length)));
      }),
    );
  });

  it('of texts have the beginning token once', () => {
    const tokenizer = {
      beginId: 1,
      encode: (text: string, options?: { addSpecial?: boolean }) => [
        ...(options?.addSpecial === true ? [1] : []),
        ...Array.from(text, (letter) => letter.charCodeAt(0)),
      ],
    };
    const read = idsOfTexts(['ab', 'c'], [1, 9], tokenizer);
    assert.deepEqual(read, { shared: [1], windows: [[97, 98], [99]], question: [9] });
  });

  it('refuse one prompt, a context without a text, and no question', () => {
    assert.throws(() => idsOfPrompts([[1, 2, 3]]), /LS3005/);
    assert.throws(
      () =>
        idsOfPrompts([
          [1, 2, 3],
          [1, 2, 3],
        ]),
      /LS3005/,
    );
    assert.throws(
      () =>
        idsOfPrompts([
          [1, 2],
          [1, 3],
        ]),
      /LS3005/,
    );
  });
});
