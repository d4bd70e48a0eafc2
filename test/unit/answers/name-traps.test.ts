/** Names that mean something else than the one definition that has them: an explanation claims only what is so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { indexFixture } from '../../support/indexed-folder.ts';

test('what an object calls on itself and a built-in are not another type’s method and another module’s name', async (t) => {
  const folder = await indexFixture(t, 'name-traps');
  const { answers, onEvent } = answersOver(folder);
  const explain = async (path: string, startLine?: number): Promise<string> => {
    const request = startLine === undefined ? { path } : { path, startLine };
    return (await answers.explain(request, onEvent, new AbortController().signal)).answer;
  };

  const [sure = '', perhaps = ''] = (await explain('shelf.py', 13)).split('**Perhaps uses**');
  assert.match(sure, /`Base\.label_all` · `compat\.py:5-6` \(imported\)/);
  // `update` is a name of many types.
  assert.doesNotMatch(sure + perhaps, /Jar\.update/);
  assert.doesNotMatch(sure + perhaps, /compat\.py:1`/);

  const macro = await explain('gate.rs', 3);
  assert.match(macro, /· macro ·/);
  assert.match(macro, /`gate\.rs:7`/);
  assert.doesNotMatch(macro, /`gate\.rs:11`/);

  assert.match(macro, /> Lets things through that are switched on and nothing else\./);

  const method = await explain('Pad.java', 5);
  assert.match(method, /`Pad\.padTwice` · `Pad\.java:17`/);
  assert.doesNotMatch(method, /Pad\.java:13`/);

  const document = await explain('README.md');
  assert.match(document, /\*\*Names\*\*/);
  assert.doesNotMatch(document, /uses/i);
});

test('a summary leads with the repository’s own programs and tells folders of data in one line', async (t) => {
  const folder = await indexFixture(t, 'name-traps');
  const { answers } = answersOver(folder);
  const { markdown } = await answers.summarize({}, () => undefined, new AbortController().signal);
  assert.match(markdown, /A Shelf holds things, and/);
  assert.doesNotMatch(markdown, /Licensed to/);
  assert.ok(markdown.indexOf('](server.go#L3') < markdown.indexOf('](examples/one/main.go#L3'));
  assert.match(markdown, /Data and text alone: `data\/`\./);
  assert.match(markdown, /`shelf\.py`\]\(shelf\.py#L1-L\d+\): Keeps things under names, whatever their case\./);
});
