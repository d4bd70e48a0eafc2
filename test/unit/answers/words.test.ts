import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeMarkdown, fence } from '../../../src/answers/evidence-text.ts';
import { firstParagraph, firstSentence } from '../../../src/answers/first-sentence.ts';
import { searchText } from '../../../src/answers/follow-up.ts';
import { contentWords, namesIn } from '../../../src/answers/words.ts';

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

describe('follow-up questions', () => {
  const history = [{ question: 'How does the radix tree match routes?', answer: '…' }];
  it('takes the previous question along when it only refers back', () => {
    for (const question of ['And where is it called?', 'Why?', 'What about their order?', 'How does it do that?'])
      assert.equal(searchText(question, history), `${history[0]?.question ?? ''} ${question}`, question);
  });

  it('goes back over questions that refer back themselves', () => {
    assert.equal(
      searchText('Why?', [...history, { question: 'And where is it called?', answer: '' }]),
      'How does the radix tree match routes? And where is it called? Why?',
    );
  });

  it('leaves a question with words or names of its own alone', () => {
    for (const question of [
      'How is gzip compression of a response negotiated?',
      'And what does `findRoute` do?',
      'What calls insert_route?',
    ])
      assert.equal(searchText(question, history), question);
    assert.equal(searchText('Why?'), 'Why?');
  });
});

describe('text of the repository in Markdown', () => {
  it('takes the first sentence, abbreviations and tags considered', () => {
    assert.equal(firstSentence('Sends it, e.g. by HTTP. Then waits.'), 'Sends it, e.g. by HTTP.');
    assert.equal(firstSentence('\nReads\n  the file\n\nMore.'), 'Reads the file');
    assert.equal(firstSentence('@param x the thing'), '');
    assert.equal(firstParagraph('One line.\n:param x: the thing'), 'One line.');
  });

  it('stays what it is: no HTML, link, image, emphasis or citation comes of it', () => {
    assert.equal(
      escapeMarkdown('<img src=x> [1] *a* ![b](c) snake_case _d_ `x[0]`'),
      String.raw`\<img src=x> \[1\] \*a\* \!\[b\](c) snake_case \_d\_ ` + '`x[0]`',
    );
  });

  it('fences code whatever fences it holds', () => {
    assert.equal(fence('a\n```\nb', 'markdown'), '````markdown\na\n```\nb\n````');
  });
});
