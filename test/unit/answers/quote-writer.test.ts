/** Which lines a decoder that may only quote may choose from, and when its quote is shown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentWords } from '../../../src/answers/code/words.ts';
import { quotable, quoteWriter } from '../../../src/answers/writing/quote-writer.ts';
import { say } from '../../../src/base/sentences.ts';
import type { PlannedSource, ReadableSource } from '../../../src/reading/plan.ts';

const code = `func NewCompressor(level int) *Compressor {
	c := &Compressor{level: level}
	// The deflate encoder of old browsers is broken.
	// We prefer gzip over deflate because it is reliable.
	c.SetEncoder("gzip", encoderGzip)
	return c
}`;

function planned(change: Partial<ReadableSource> = {}): PlannedSource {
  const source: ReadableSource = {
    id: 'a',
    path: 'middleware/compress.go',
    startLine: 10,
    endLine: 16,
    language: 'go',
    text: code,
    anchorLine: 10,
    quotableFrom: 11,
    number: 1,
    shown: 'middleware/compress.go\nNewCompressor\nfunc NewCompressor(level int) *Compressor {',
    ...change,
  };
  return { source, tokens: 1, reason: say('read whole') };
}

const asked = new Set(contentWords('Why does NewCompressor prefer gzip over deflate?'));

describe('lines that may be quoted', () => {
  it('add two words of the question to what is shown', () => {
    assert.deepEqual(quotable([planned()], asked), [
      {
        id: '1:13',
        number: 1,
        startLine: 13,
        lines: ['\t// We prefer gzip over deflate because it is reliable.', '\tc.SetEncoder("gzip", encoderGzip)'],
      },
    ]);
  });

  it('are none where the card says it already, or a line has only one word', () => {
    const said = 'NewCompressor\nIt prefers gzip over deflate.';
    assert.deepEqual(quotable([planned({ shown: said })], asked), []);
    assert.deepEqual(quotable([planned()], new Set(contentWords('Which level is used by the encoder?'))), []);
    assert.deepEqual(quotable([planned({ quotableFrom: 14 })], asked), []);
  });

  it('have their own line numbers where lines between were left out, and never reach over such a place', () => {
    const text = `func NewCompressor(level int) *Compressor {
	…
	// We prefer gzip over deflate because it is reliable.
	…
}`;
    const lines = [
      { startLine: 10, endLine: 10 },
      { startLine: 13, endLine: 13 },
      { startLine: 16, endLine: 16 },
    ];
    const found = quotable([planned({ text, forms: [{ kind: 'lines', text, lines }] })], asked);
    assert.deepEqual(
      found.map(({ startLine, lines: shown }) => [startLine, shown.map((line) => line.trim())]),
      [[13, ['// We prefer gzip over deflate because it is reliable.']]],
    );
  });
});

describe('a quote', () => {
  it('is shown with its place, and not when what was picked is the line that adds nothing', () => {
    const read = [planned()];
    const texts = quotable(read, asked);
    const shown = (startLine: number, endLine: number): string =>
      quoteWriter(read, texts, asked).take({ type: 'quote', textId: '1:13', startLine, endLine });
    assert.match(shown(0, 0), /`middleware\/compress\.go:13` \[1\]\n```go\n\/\/ We prefer gzip/);
    const onlyNext = [planned({ text: code.replace('"gzip", encoderGzip', '"br", encoder') })];
    assert.equal(
      quoteWriter(
        onlyNext,
        [{ id: '1:14', number: 1, startLine: 14, lines: ['\tc.SetEncoder("br", encoder)'] }],
        asked,
      ).take({
        type: 'quote',
        textId: '1:14',
        startLine: 0,
        endLine: 0,
      }),
      '',
    );
  });
});
