/** Names with a sign before them (JavaScript's `#count`) are found where they are used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { indexFixture } from '../../support/indexed-folder.ts';

test('a private field is explained with its uses in the class', async (t) => {
  const folder = await indexFixture(t, 'private-names');
  const { answers, onEvent } = answersOver(folder);
  const request = { path: 'counter.js', startLine: 2, endLine: 2 };
  const { answer } = await answers.explain(request, onEvent, new AbortController().signal);
  assert.match(answer, /#count/);
  assert.match(answer, /`Counter\.add` · `counter\.js:5`/);
});
