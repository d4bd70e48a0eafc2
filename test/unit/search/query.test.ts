import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQuery, speaksOf } from '../../../src/search/query.ts';

describe('a question', () => {
  it('loses its stop words and keeps stems and whole identifiers', () => {
    const { terms, identifier } = parseQuery('How does the HttpClient retry requests?');
    assert.deepEqual([...terms.keys()], ['http', 'client', 'httpclient', 'retri', 'request']);
    assert.equal(identifier, null);
  });

  it('of stop words alone keeps them', () => {
    assert.ok(parseQuery('who are you').terms.size > 0);
  });

  it('counts a term that it has twice', () => {
    assert.equal(parseQuery('request after request').terms.get('request'), 2);
  });

  const identifiers: readonly (readonly [string, string | null, readonly string[]])[] = [
    ['combineReducers', 'combineReducers', []],
    ['`Session.send()`', 'send', ['Session']],
    ['absl::StrSplit', 'StrSplit', ['absl']],
    ['find', 'find', []],
    ['what', 'what', []],
    ['session handling', null, []],
    ['', null, []],
  ];
  for (const [text, name, qualifiers] of identifiers) {
    it(`"${text}" ${name === null ? 'is no identifier' : `is the identifier ${name}`}`, () => {
      const { identifier } = parseQuery(text);
      assert.deepEqual(identifier, name === null ? null : { name, qualifiers });
    });
  }

  it('has phrases in quotes of more than one word', () => {
    assert.deepEqual(parseQuery('where is "connection reset by peer" raised, not "timeout"').phrases, [
      'connection reset by peer',
    ]);
  });

  it('names what looks like a path', () => {
    assert.deepEqual(parseQuery('what does parse do in src/http/parser.py and lib\\net\\?').paths, [
      'src/http/parser.py',
      'lib/net/',
    ]);
    assert.deepEqual(parseQuery('see README.md.').paths, ['README.md']);
    assert.ok(parseQuery('what is this repository about').paths.includes('/README.md'));
    assert.deepEqual(parseQuery('what does this library use to parse dates').paths, []);
  });

  it('tells names from plain words', () => {
    const byName = new Map(
      parseQuery('how do run, `walk`, fly() and swimFast relate').words.map((word) => [word.raw, word.asName]),
    );
    assert.deepEqual(
      [byName.get('run'), byName.get('walk'), byName.get('fly'), byName.get('swimFast')],
      [false, true, true, true],
    );
  });

  it('of any length is read in bounded work', () => {
    const query = parseQuery('word1 '.repeat(50_000) + 'late');
    assert.ok(query.text.length <= 8000);
    assert.ok(query.terms.size <= 200);
  });

  it('speaks of a kind of file by stem', () => {
    assert.ok(speaksOf(parseQuery('which tests cover this'), new Set(['test'])));
    assert.ok(!speaksOf(parseQuery('latest version'), new Set(['test'])));
  });
});
