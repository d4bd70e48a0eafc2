/** An explanation as the Markdown of a comment: its links carry ids, code is never cited, nothing else is a link. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { explanationText, streamedText } from '../../../src/extension/explain/explanation-markdown.ts';
import { hostile } from '../../support/hostile-text.ts';
import { harmless, readAsGitHub, readAsPreview } from '../../support/markdown-reading.ts';

const address = (number: number): string => `command:longsight.openCitation?${number}`;
const cited = (path: string, number = 1): Parameters<typeof explanationText>[0]['citations'][number] => ({
  number,
  path,
  startLine: 3,
  endLine: 9,
  text: 'x'.repeat(100_000),
});
const shown = (answer: string, path = 'src/a.ts', notice: string | null = null): string =>
  explanationText({ question: null, answer, notice, citations: [cited(path)] }, address);

describe('the Markdown of an explanation', () => {
  it('makes links of citations that carry no text of the lines', () => {
    const text = shown('It splits [1] and joins [7].');
    assert.ok(text.startsWith('It splits [①](command:longsight.openCitation?1 "src/a.ts:3-9") and joins \\[7].'));
    assert.ok(text.length < 300);
  });

  it('never cites in code: spans, fences of either kind, indented code, addresses', () => {
    const code = ['`parts[1]`', '`` a`[1] ``', '```\nx[1]\n```', '~~~\nx[1]\n~~~', '    x[1]', '- ~~~\n  x[1]\n  ~~~'];
    for (const one of code) {
      const { links, codes, fences } = readAsGitHub(shown(one));
      // The two of the list of sources.
      assert.deepEqual(links, [address(1), address(1)], one);
      assert.ok(
        [...codes, ...fences].some((inside) => inside.includes('[1]')),
        one,
      );
    }
    assert.match(shown('gives `parts[1]` and argv\\[1] back'), /gives `parts\[1\]` and argv\\\[1\] back/);
    assert.equal(shown('[a](http://e/[1])').includes('http'), false);
  });

  it('shows paths with backticks, quotes and brackets', () => {
    const path = 'src/a`b"c](d) [e].ts';
    for (const reader of [readAsGitHub, readAsPreview]) {
      const reading = reader(shown('It splits [1].', path));
      assert.deepEqual(reading.codes, [`${path}:3-9`]);
      assert.deepEqual(new Set(reading.links), new Set([address(1)]));
    }
  });

  it('holds no foreign link, picture or HTML, whatever the answer, the path and the notice are', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (answer, path, notice) => {
        for (const reader of [readAsGitHub, readAsPreview]) {
          harmless(reader(shown(answer, path, notice)), [address(1)]);
          harmless(reader(streamedText(answer)));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
