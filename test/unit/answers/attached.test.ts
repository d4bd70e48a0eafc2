/** What is attached to a question is read first, by whichever decoder, and only from inside the repository. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LongsightError } from '../../../src/base/errors.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFixture } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const question = 'How is a request dispatched to the first handler that fits?';

let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFixture({ after: (cleanup) => cleanups.push(cleanup) }, 'harbor');
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof LongsightError && error.userError.code === code;

describe('what is attached to a question', () => {
  it('stands first in the sources, with the reason, and search goes on after it', async () => {
    const { answers, onEvent } = answersOver(folder);
    const without = await answers.ask({ question }, onEvent, never);
    assert.notEqual(without.sources[0]?.path, 'harbor/pattern.py');
    const answer = await answers.ask({ question, attached: [{ path: 'harbor/pattern.py' }] }, onEvent, never);
    const [first, second] = answer.sources;
    assert.equal(first?.path, 'harbor/pattern.py');
    assert.equal(first.reason.say, 'attached by you');
    assert.equal(first.startLine, 1);
    assert.equal(first.used, true);
    assert.equal(second?.path, 'harbor/router.py');
    assert.equal(answer.citations[0]?.path, 'harbor/pattern.py');
    assert.equal(answer.citations[0].status, 'verified');
    assert.ok(answer.sources.slice(1).every(({ path: other }) => other !== 'harbor/pattern.py'));
  });

  it('lines are read as they were named, and are in the prompt before the rest', async () => {
    const decoder = scriptedDecoder({ says: 'It is compiled once [1].' });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const attached = [{ path: 'harbor/pattern.py', startLine: 3, endLine: 6 }];
    const answer = await answers.ask({ question, attached }, onEvent, never);
    assert.deepEqual(
      { start: answer.sources[0]?.startLine, end: answer.sources[0]?.endLine, used: answer.sources[0]?.used },
      { start: 3, end: 6, used: true },
    );
    assert.match(String(decoder.requests[0]?.messages?.at(-1)?.content), /\[1\] harbor\/pattern\.py, lines 3-6/);
  });

  it('answers about the attached alone when nothing else fits', async () => {
    const { answers, onEvent } = answersOver(folder);
    const attached = [{ path: 'Makefile' }];
    const answer = await answers.ask({ question: 'zyzzyva?', attached }, onEvent, never);
    assert.deepEqual(
      answer.citations.map(({ path: file }) => file),
      ['Makefile'],
    );
  });

  it('the same lines are listed once, and two places of one chunk have ids of their own', async () => {
    const { answers, onEvent } = answersOver(folder);
    const attached = [
      { path: 'harbor/pattern.py', startLine: 1, endLine: 2 },
      { path: 'harbor/pattern.py', startLine: 4, endLine: 5 },
      { path: 'harbor/pattern.py', startLine: 4, endLine: 5 },
    ];
    const { sources } = await answers.ask({ question, attached }, onEvent, never);
    const own = sources.filter(({ path: file }) => file === 'harbor/pattern.py');
    assert.equal(own.filter(({ reason }) => reason.say === 'attached by you').length, 2);
    assert.equal(new Set(sources.map(({ id }) => id)).size, sources.length);
  });

  it('a long file is read by its beginning and the passages that fit', async () => {
    const filler = Array.from({ length: 120 }, (_, i) => `def filler_${i}():\n    return ${i}\n`).join('\n');
    const wanted = 'def unload_bananas(crates):\n    """Unloads the bananas crate by crate."""\n    return crates\n';
    await writeFile(path.join(folder.root, 'harbor/long.py'), `${filler}\n${wanted}\n${filler}`);
    await folder.refresh();
    const { answers, onEvent } = answersOver(folder);
    const attached = [{ path: 'harbor/long.py' }];
    const { sources } = await answers.ask({ question: 'How are bananas unloaded?', attached }, onEvent, never);
    const own = sources.filter(({ reason }) => reason.say === 'attached by you');
    assert.equal(own[0]?.symbol, 'unload_bananas');
    assert.ok(own.some(({ startLine }) => startLine === 1));
    assert.ok(own.length <= 5);
  });

  it('a file that is not in the index is read from the disk', async () => {
    await mkdir(path.join(folder.root, 'notes'), { recursive: true });
    await writeFile(path.join(folder.root, 'notes/new.txt'), 'ships leave at noon\n');
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask(
      { question: 'When do ships leave?', attached: [{ path: 'notes/new.txt' }] },
      onEvent,
      never,
    );
    assert.equal(answer.sources[0]?.text, 'ships leave at noon');
    assert.equal(answer.citations[0]?.status, 'verified');
  });

  it('nothing outside of the repository, no lines that are not there, nothing that is not text', async () => {
    await writeFile(path.join(folder.root, '..', 'secret.txt'), 'secret\n');
    await symlink(path.join(folder.root, '..', 'secret.txt'), path.join(folder.root, 'link.txt'));
    await writeFile(path.join(folder.root, 'picture.bin'), Buffer.from([1, 0, 2]));
    const { answers, onEvent } = answersOver(folder);
    const attach = (place: { path: string; startLine?: number }): Promise<unknown> =>
      answers.ask({ question, attached: [place] }, onEvent, never);
    for (const file of ['../secret.txt', 'link.txt', '/etc/hosts', 'picture.bin', 'absent.py'])
      await assert.rejects(attach({ path: file }), hasCode('LS6014'), file);
    await assert.rejects(attach({ path: 'harbor/pattern.py', startLine: 9999 }), hasCode('LS6015'));
  });
});
