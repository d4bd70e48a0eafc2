import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { LongsightError } from '../../../src/base/errors.ts';
import { answersOver } from '../../support/answers-over.ts';
import { assertGolden } from '../../support/golden.ts';
import { memoryClaimStore } from '../../support/claim-store.ts';
import { indexFixture } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const ignore = (): void => undefined;
const isFault =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof LongsightError && error.userError.code === code;

describe('summarize', () => {
  it('writes a document in which every link leads to real lines', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const { answers } = answersOver(folder);
    const summary = await answers.summarize({}, ignore, never);
    assertGolden('answers/summary.md', summary.markdown);
    assert.ok(summary.moduleMapSvg);
    assertGolden('answers/summary.svg', summary.moduleMapSvg);
    const links = [...summary.markdown.matchAll(/\]\(([^)#:]+)#L(\d+)(?:-L(\d+))?\)/g)];
    assert.ok(links.length > 30, String(links.length));
    for (const [, file = '', from = '', to = from] of links) {
      const lines = (await readFile(path.join(folder.root, decodeURI(file)), 'utf8')).split('\n').length;
      assert.ok(Number(from) >= 1 && Number(to) >= Number(from) && Number(to) <= lines, `${file}#L${from}-L${to}`);
    }
    assert.deepEqual(
      summary.nodes.filter(({ kind }) => kind === 'repository').map((node) => node.path),
      [''],
    );
  });

  it('after an edit makes only the nodes from the file to the top again', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const { answers } = answersOver(folder);
    const first = await answers.summarize({}, ignore, never);
    assert.ok(first.nodes.every(({ reused }) => !reused));
    const file = path.join(folder.root, 'harbor/http/status.py');
    await writeFile(file, (await readFile(file, 'utf8')).replace('Status codes of HTTP.', 'Codes and texts.'));
    await folder.refresh();
    const second = await answers.summarize({}, ignore, never);
    assert.deepEqual(
      second.nodes
        .filter(({ reused }) => !reused)
        .map((node) => node.path)
        .toSorted(),
      ['', 'harbor', 'harbor/http', 'harbor/http/status.py'],
    );
    assert.match(second.markdown, /Codes and texts\./);
  });

  it('keeps to a folder, and to what changed since a revision', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const { answers } = answersOver(folder);
    const http = await answers.summarize({ path: './harbor/http/' }, ignore, never);
    assert.ok(http.nodes.every((node) => node.path.startsWith('harbor/http')));
    await assert.rejects(answers.summarize({ path: 'nowhere' }, ignore, never), isFault('LS6016'));
    await assert.rejects(answers.summarize({ since: 'HEAD' }, ignore, never), isFault('LS6017'));
    const git = (...args: readonly string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: folder.root,
        stdio: 'ignore',
      });
    git('init');
    git('add', '.');
    git('commit', '-m', 'first');
    const file = path.join(folder.root, 'harbor/pattern.py');
    await writeFile(file, `${await readFile(file, 'utf8')}\n`);
    await folder.refresh();
    const since = await answers.summarize({ since: 'HEAD' }, ignore, never);
    assert.deepEqual(since.nodes.map((node) => node.path).toSorted(), ['', 'harbor', 'harbor/pattern.py']);
    await assert.rejects(answers.summarize({ since: 'no-such-branch' }, ignore, never), isFault('LS6017'));
    await assert.rejects(answers.summarize({ since: '--output=x' }, ignore, never), isFault('LS6017'));
  });

  it('tells of its progress, and goes on where it was cancelled', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const { answers, cache } = answersOver(folder);
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 3) stop.abort();
    };
    await assert.rejects(answers.summarize({}, onProgress, stop.signal), CancelledError);
    assert.equal(cache.size, 3);
    const again = await answers.summarize({}, ignore, never);
    assert.equal(again.nodes.filter(({ reused }) => reused).length, 3);
  });

  it('lets a decoder that may write do so, checks it, and does not reuse what another wrote', async (t) => {
    const folder = await indexFixture(t, 'harbor');
    const decoder = scriptedDecoder({ says: 'It is for routing, see `NoSuchThing` [1].' });
    const { answers, cache } = answersOver(folder, { with: decoder, prose: true });
    const summary = await answers.summarize({ path: 'harbor' }, ignore, never);
    assert.equal(summary.model, 'scripted');
    assert.match(summary.nodes[0]?.summary ?? '', /NoSuchThing.*\[not supported by the sources\]/);
    const { answers: extractive } = answersOver(folder, { claimStore: memoryClaimStore(cache) });
    const other = await extractive.summarize({ path: 'harbor' }, ignore, never);
    assert.ok(other.nodes.every(({ writer }) => writer === null));
  });
});
