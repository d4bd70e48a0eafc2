import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stemOf } from '../../../src/index/terms/words.ts';
import { wordMatch } from '../../../src/search/word-match.ts';

const match = (a: string, b: string): number => wordMatch({ word: a, stem: stemOf(a) }, { word: b, stem: stemOf(b) });

describe('the match of two words', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['sessions', 'session', 1],
    ['auth', 'authentication', 0.8],
    ['url', 'urls', 1],
    ['req', 'request', 0.6],
    ['composition', 'compose', 0.7],
    ['validators', 'validation', 1],
    ['serializer', 'series', 0],
    ['socket', 'websocket', 0.6],
    ['cat', 'concatenate', 0],
    ['to', 'tokens', 0],
    ['client', 'server', 0],
  ];
  for (const [a, b, expected] of cases) {
    it(`${a} and ${b}: ${expected}`, () => {
      assert.equal(match(a, b), expected);
      assert.equal(match(b, a), expected, 'the same the other way round');
    });
  }
});
