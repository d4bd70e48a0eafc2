/** Whatever a name, a path or a text of the repository holds, Markdown made of it shows it and does nothing else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Block,
  attached,
  bullets,
  cite,
  code,
  fence,
  heading,
  linesAddress,
  link,
  paragraph,
  quotation,
  strong,
  table,
  text,
} from '../../../src/markdown/tree.ts';
import { visibleInline } from '../../../src/base/visible-text.ts';
import { read } from '../../../src/markdown/read.ts';
import { sanitize, textAlone } from '../../../src/markdown/sanitize.ts';
import { write } from '../../../src/markdown/write.ts';
import { hostile } from '../../support/hostile-text.ts';
import { harmless, readAsGitHub, readAsPreview } from '../../support/markdown-reading.ts';

const readers = { preview: readAsPreview, github: readAsGitHub };

const squeezed = (value: string): string => value.replaceAll(/\s+/g, ' ').trim();

describe('Markdown made of hostile names', () => {
  it('holds them unchanged, wherever they stand', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, sentence) => {
        const file = `src/${name}`;
        const address = linesAddress(file, 3, 9);
        const blocks: Block[] = [
          heading(2, code(name), ' ', text(sentence)),
          paragraph(strong(code(name)), ' · ', text(sentence), ' ', cite(1), ': ', text(sentence)),
          attached(fence(name, 'python')),
          attached(quotation(paragraph(text(sentence), code(name)))),
          bullets([[link(address, code(name)), ': ', text(sentence)], [text(sentence)], [cite(2), text(sentence)]]),
          table(
            [null, 'right'],
            [
              [['Name'], ['Text']],
              [[code(name)], [text(sentence)]],
            ],
          ),
        ];
        const markdown = write(blocks);
        for (const reader of Object.values(readers)) {
          const reading = reader(markdown);
          const decoded = `src/${name.replaceAll(/\p{Surrogate}/gu, '\uFFFD')}#L3-L9`;
          harmless(reading, [decoded]);
          // In a cell of a table a backslash before a bar makes the code a text.
          const inCells = visibleInline(name).includes('\\|') ? 0 : 1;
          assert.equal(reading.codes.filter((one) => one.trim() === visibleInline(name).trim()).length, 4 + inCells);
        }
      }),
      { numRuns: 3000, examples: [['a@evil.example>', '<']] },
    );
  });

  it('holds a text unchanged', () => {
    fc.assert(
      fc.property(hostile, (sentence) => {
        for (const reader of Object.values(readers)) {
          const shown = reader(write([paragraph('a', text(sentence), 'z')]));
          assert.equal(squeezed(shown.text), squeezed(`a${text(sentence).value}z`));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('what others wrote in Markdown is read and written again without links, pictures and HTML', () => {
    fc.assert(
      fc.property(hostile, (markdown) => {
        for (const reader of Object.values(readers)) harmless(reader(write(sanitize(read(markdown), textAlone))));
      }),
      { numRuns: 3000 },
    );
  });

  it('a text of a hundred thousand quotation signs is read', () => {
    for (const sign of ['>', '> ', '- ', '1. ', '[', '*', '<a>', '`', '![']) {
      const markdown = write(sanitize(read(sign.repeat(100_000 / sign.length)), textAlone));
      assert.ok(markdown.length > 0);
    }
  });
});
