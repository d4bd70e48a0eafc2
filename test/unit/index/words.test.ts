import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWordCode, partsOf, stemOf, termsOf } from '../../../src/index/terms/words.ts';

describe('parts of identifiers', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['getHTTPResponse', ['get', 'http', 'response']],
    ['snake_case_name', ['snake', 'case', 'name']],
    ['SCREAMING_SNAKE', ['screaming', 'snake']],
    ['utf8Decode', ['utf8', 'decode']],
    ['XMLHttpRequest2', ['xml', 'http', 'request2']],
    ['i', []],
    ['größeÄndern', ['größe', 'ändern']],
    ['非同期処理', ['非同', '同期', '期処', '処理']],
    ['a'.repeat(90), []],
  ];
  for (const [identifier, parts] of cases) {
    it(identifier.slice(0, 30), () => assert.deepEqual(partsOf(identifier), parts));
  }
});

describe('terms of identifiers', () => {
  it('stems the parts and keeps the whole of more than one part', () => {
    assert.deepEqual(termsOf('parsedHeaders'), [
      { term: 'pars', surface: 'parsed' },
      { term: 'header', surface: 'headers' },
      { term: 'parsedheaders', surface: null },
    ]);
  });

  it('gives a single word once', () => {
    assert.deepEqual(termsOf('Sessions'), [{ term: 'session', surface: 'sessions' }]);
  });

  it('stems by Porter2 and leaves what is not English letters alone', () => {
    assert.equal(stemOf('retries'), 'retri');
    assert.equal(stemOf('generously'), 'generous');
    assert.equal(stemOf('sha256'), 'sha256');
    assert.equal(stemOf('größen'), 'größen');
  });
});

describe('characters of words', () => {
  it('takes letters, digits, underscore and dollar of any script, and ends at punctuation', () => {
    for (const character of ['a', 'Z', '0', '_', '$', 'é', 'ß', 'д', '語'])
      assert.ok(isWordCode(character.charCodeAt(0)), character);
    for (const character of [' ', '.', '-', '(', '“', '—', '、', '·', '«', '→'])
      assert.ok(!isWordCode(character.charCodeAt(0)), character);
  });
});
