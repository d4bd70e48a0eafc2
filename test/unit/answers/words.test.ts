import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstParagraph, firstSentence } from '../../../src/answers/code/first-sentence.ts';
import { contentWords, namesIn } from '../../../src/answers/code/words.ts';

describe('words of a question', () => {
  it('keeps what carries meaning, as stems', () => {
    assert.deepEqual(contentWords('How are the redirected requests handled by a Session?'), [
      'redirect',
      'request',
      'session',
    ]);
  });

  it('finds names that can only be code', () => {
    assert.deepEqual(namesIn('What do `send`, resolve_redirects and HTTPAdapter.close() do in Session?'), [
      'send',
      'resolve_redirects',
      'close',
    ]);
  });
});

describe('what documentation says first', () => {
  it('takes the first sentence, abbreviations and tags considered', () => {
    assert.equal(firstSentence('Sends it, e.g. by HTTP. Then waits.'), 'Sends it, e.g. by HTTP.');
    assert.equal(firstSentence('\nReads\n  the file\n\nMore.'), 'Reads the file');
    assert.equal(firstSentence('@param x the thing'), '');
    assert.equal(firstParagraph('One line.\n:param x: the thing'), 'One line.');
  });
});
