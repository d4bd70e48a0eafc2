import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSupportChecker } from '../../../src/answers/truth/support.ts';

const checker = createSupportChecker([
  {
    path: 'src/net/session.py',
    symbol: 'Session.resolve_redirects',
    text: 'def resolve_redirects(self, resp):\n    """Receives a Response."""\n    limit = 30\n    while self.max_redirects < limit:\n        raise TooManyRedirects("Exceeded  the limit", timeout=1.5)',
  },
]);
const unsupported = (text: string): string[] => checker.check(text).map(({ kind, text: claim }) => `${kind} ${claim}`);

describe('support of what a decoder wrote', () => {
  it('accepts names of the sources in every form prose gives them', () => {
    for (const text of [
      'It calls `resolve_redirects`.',
      'It calls `resolve_redirects()` of `Session`.',
      'Session.resolve_redirects() raises TooManyRedirects.',
      'The attribute `self.max_redirects` is compared.',
      'See `src/net/session.py`, that is session.py, in src/net/.',
      'The message is "Exceeded the limit".',
      'There are at most 30, and the timeout is 1.5.',
    ])
      assert.deepEqual(unsupported(text), [], text);
  });

  it('finds names, paths, quotations and numbers that stand nowhere', () => {
    assert.deepEqual(unsupported('It calls `follow_redirects` of `Session`.'), ['name follow_redirects']);
    assert.deepEqual(unsupported('It uses RedirectHandler and max_hops, then open_it().'), [
      'name RedirectHandler',
      'name max_hops',
      'name open_it()',
    ]);
    assert.deepEqual(unsupported('As in `src/net/redirect.py` and lib/other.py.'), [
      'path src/net/redirect.py',
      'path lib/other.py',
    ]);
    assert.deepEqual(unsupported('It says "too many hops for me".'), ['quotation too many hops for me']);
    assert.deepEqual(unsupported('After 45 redirects it stops.'), ['number 45']);
  });

  it('does not take a part of a word for the word', () => {
    assert.deepEqual(unsupported('It calls `resolve`.'), ['name resolve']);
    assert.deepEqual(unsupported('It calls `max_redirect`.'), ['name max_redirect']);
  });

  it('checks code fences line by line', () => {
    const text = 'So:\n```python\nlimit = 30\nlimit += 1\n```\nDone.';
    assert.deepEqual(unsupported(text), ['quotation limit += 1']);
    const [claim] = checker.check(text);
    assert.equal(text.slice(claim?.start, claim?.end), 'limit += 1');
  });

  it('leaves alone what claims nothing: words, citations, ordinals, product names, single quoted words', () => {
    assert.deepEqual(
      unsupported('1. The "loop" ends [1][12], as in JavaScript and on GitHub.\n2. It has 3 steps, e.g. this.'),
      [],
    );
  });

  it('knows a name at the beginning of a sentence, one number written twice, and a status by its name', () => {
    const named = createSupportChecker([
      { path: 'a.py', text: 'strict_type = True\nINTERVAL = 15.0\nif status == codes.see_other: pass' },
    ]);
    assert.deepEqual(named.check('Strict_type is on. Strict_type waits 15 seconds after a 303 answer.'), []);
    assert.deepEqual(
      named.check('It is on, and Strict_type waits 16 seconds after a 307 answer.').map(({ text }) => text),
      ['Strict_type', '16', '307'],
    );
  });
});
