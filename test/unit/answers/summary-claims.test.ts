/** Claims of summaries over the history of a repository: what is written again after a commit, and what is shown as fresh. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import type { Claim, Summary, SummaryNode } from '../../../src/protocol/summary.ts';
import { answersOver } from '../../support/answers-over.ts';
import { memoryClaimStore } from '../../support/claim-store.ts';
import { indexFiles } from '../../support/indexed-folder.ts';
import { lastWord, readingWriter, sources } from '../../support/reading-writer.ts';

const never = new AbortController().signal;
const ignore = (): void => undefined;

function git(root: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root, encoding: 'utf8' });
}

function linesAt(text: string, { startLine, endLine }: Claim['rests'][number]): string {
  return text
    .split('\n')
    .slice(startLine - 1, endLine)
    .join('\n');
}

const claimsOf = (nodes: readonly SummaryNode[]): { node: SummaryNode; claim: Claim }[] =>
  nodes.flatMap((node) => node.claims.map((claim) => ({ node, claim })));

describe('the claims of a summary', () => {
  it('a commit of one file runs the model for its part alone when what it says stays, else up to the top', async (t) => {
    const folder = await indexFiles(t, 'ferry', sources(16, 4));
    let runs = 0;
    const { answers } = answersOver(folder, { with: readingWriter(() => runs++), prose: true });
    const first = await answers.summarize({}, ignore, never);
    assert.equal(first.work.modelCalls, runs);
    assert.equal(first.work.written, runs);
    assert.ok(runs >= 64 + 16 + 4 + 1);
    const again = async (): Promise<{ runs: number; summary: Summary }> => {
      await folder.refresh();
      runs = 0;
      return { summary: await answers.summarize({}, ignore, never), runs };
    };
    assert.equal((await again()).runs, 0);

    const file = path.join(folder.root, 'pkg1/part5/module2.py');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `\n\n${text}`);
    const moved = await again();
    assert.equal(moved.runs, 0, 'lines that only moved are the same text');
    const node = moved.summary.nodes.find((one) => one.path === 'pkg1/part5/module2.py');
    assert.equal(node?.claims[0]?.status, 'moved');
    assert.equal(node.claims[0].rests[0]?.startLine, 3);
    assert.notEqual(node.hash, first.nodes.find((one) => one.path === node.path)?.hash);

    await writeFile(file, text.replace('return parcel', 'return dict(parcel)'));
    const body = await again();
    assert.equal(body.runs, 1, 'the file is written again; it says the same, so nothing above is');

    await writeFile(file, text.replace('berth 5 2', 'berth 5 two'));
    const said = await again();
    assert.ok(said.runs >= 2 && said.runs <= 4, String(said.runs));
    assert.deepEqual(
      said.summary.nodes.filter(({ reused, writer }) => !reused && writer !== null).map((one) => one.path)[0],
      'pkg1/part5/module2.py',
    );
  });

  it('shows what a model wrote without running it, and marks what is stale', async (t) => {
    const folder = await indexFiles(t, 'ferry', sources(2, 2));
    let runs = 0;
    const { answers } = answersOver(folder, { with: readingWriter(() => runs++), prose: true });
    const none = await answers.summarize({ keptOnly: true }, ignore, never);
    assert.ok(none.nodes.every(({ writer }) => writer === null));
    assert.equal(runs, 0);
    await answers.summarize({}, ignore, never);
    const file = path.join(folder.root, 'pkg0/part0/module1.py');
    await writeFile(file, (await readFile(file, 'utf8')).replace('Keeps', 'Hides'));
    await folder.refresh();
    runs = 0;
    const kept = await answers.summarize({ keptOnly: true }, ignore, never);
    assert.equal(runs, 0);
    const stale = claimsOf(kept.nodes).filter(({ claim }) => claim.status === 'stale');
    assert.ok(stale.some(({ node }) => node.path === 'pkg0/part0/module1.py'));
    assert.ok(stale.every(({ node }) => 'pkg0/part0/module1.py'.startsWith(node.path)));
    assert.equal(kept.work.stale, stale.length);
    assert.match(kept.markdown, /stale: lines that (?:it|they) rests? on/);
    assert.match(kept.markdown, /changed since it was read/);
    const renewed = await answers.summarize({}, ignore, never);
    assert.equal(renewed.work.stale, 0);
  });

  it('over 30 commits never shows as fresh what rests on lines that changed', async (t) => {
    const folder = await indexFiles(t, 'ferry', sources(6, 3));
    const { root } = folder;
    git(root, 'init', '-q');
    git(root, 'add', '.');
    git(root, 'commit', '-q', '-m', 'first');
    const { answers } = answersOver(folder, { with: readingWriter(), prose: true });
    await answers.summarize({}, ignore, never);
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
    let [fresh, stale, moved] = [0, 0, 0];
    for (let commit = 0; commit < 30; commit++) {
      await change(root, random, commit);
      git(root, 'add', '-A');
      git(root, 'commit', '-q', '--allow-empty', '-m', `change ${commit}`);
      await folder.refresh();
      const kept = await answers.summarize({ keptOnly: true }, ignore, never);
      for (const { node, claim } of claimsOf(kept.nodes)) {
        if (claim.status === 'stale') {
          stale += 1;
          continue;
        }
        if (claim.status === 'moved') moved += 1;
        if (node.writer === null) continue;
        const [ground] = claim.rests;
        assert.ok(ground);
        // The writer's word is the last one of the first lines that were read, and goes up from part to part.
        const now = lastWord(linesAt(await readFile(path.join(root, ground.path), 'utf8'), ground));
        assert.equal(lastWord(claim.text.replace(/ ?\[1\]/, '')), now, `commit ${commit}: ${node.path}`);
        fresh += 1;
      }
      // Every third commit is summarised, and one before it as far as a few files; the others lie between two summaries.
      if (commit % 3 === 1) {
        const stop = new AbortController();
        const onProgress = ({ done }: { done: number }): void => {
          if (done === 16) stop.abort();
        };
        await assert.rejects(answers.summarize({}, onProgress, stop.signal), CancelledError);
      }
      if (commit % 3 === 2) {
        const renewed = await answers.summarize({}, ignore, never);
        assert.equal(renewed.work.stale, 0);
      }
    }
    t.diagnostic(`${fresh} fresh, ${stale} stale, ${moved} moved`);
    assert.ok(fresh > 500 && stale > 10 && moved > 10, `${fresh} fresh, ${stale} stale, ${moved} of the fresh moved`);
  });

  it('says what changed in it since a revision, by what is kept of that', async (t) => {
    const folder = await indexFiles(t, 'ferry', sources(2, 2));
    const { root } = folder;
    git(root, 'init', '-q');
    git(root, 'add', '.');
    git(root, 'commit', '-q', '-m', 'first');
    const { answers } = answersOver(folder);
    await writeFile(path.join(root, 'README.md'), '# Ferry\n\nFerry carries letters.\n');
    await writeFile(path.join(root, 'pkg0/part0/module0.py'), '"""Keeps nothing."""\n');
    await rm(path.join(root, 'pkg1/part1/module1.py'));
    await folder.refresh();
    const extracted = await answers.summarize({ since: 'HEAD' }, ignore, never);
    const change = (of: Summary, file: string): NonNullable<Summary['changes']>[number] | undefined =>
      of.changes?.find((one) => one.path === file);
    assert.match(change(extracted, 'README.md')?.added[0]?.text ?? '', /Ferry carries letters\./);
    assert.match(change(extracted, 'README.md')?.removed?.[0]?.text ?? '', /Ferry carries parcels between harbours\./);
    assert.deepEqual(change(extracted, 'pkg1/part1/module1.py')?.added, []);
    assert.match(extracted.markdown, /## What changed/);
    assert.match(extracted.markdown, /Before: Ferry carries parcels between harbours\. \(`README\.md:3`\)/);
    assert.match(extracted.markdown, /Now: Ferry carries letters\./);

    // With a model: what it wrote of the revision is not kept, then it is.
    const never1 = answersOver(folder, { with: readingWriter(), prose: true }).answers;
    const unknown = await never1.summarize({ since: 'HEAD' }, ignore, never);
    assert.equal(change(unknown, 'pkg0/part0/module0.py')?.removed, null);
    const claimStore = memoryClaimStore();
    const over = (): ReturnType<typeof answersOver>['answers'] =>
      answersOver(folder, { with: readingWriter(), prose: true, claimStore }).answers;
    git(root, 'stash', '-q');
    await folder.refresh();
    await over().summarize({}, ignore, never);
    git(root, 'stash', 'pop', '-q');
    await folder.refresh();
    const known = await over().summarize({ since: 'HEAD' }, ignore, never);
    assert.match(change(known, 'pkg0/part0/module0.py')?.removed?.[0]?.text ?? '', /about 0 /);
    assert.match(change(known, 'pkg0/part0/module0.py')?.added[0]?.text ?? '', /about nothing/);
  });

  it('a cancelled summary goes on where it was, and nothing is written twice', async (t) => {
    const folder = await indexFiles(t, 'ferry', sources(4, 3));
    let runs = 0;
    const { answers } = answersOver(folder, { with: readingWriter(() => runs++), prose: true });
    const stop = new AbortController();
    await assert.rejects(
      answers.summarize(
        {},
        ({ done, total }) => (total !== null && done === 9 ? stop.abort() : undefined),
        stop.signal,
      ),
      CancelledError,
    );
    const before = runs;
    assert.ok(before > 0);
    const whole = await answers.summarize({}, ignore, never);
    assert.equal(whole.work.kept, before);
    const { work } = await answers.summarize({}, ignore, never);
    assert.equal(work.kept, runs);
  });
});

/** One change of the kinds that commits are made of. */
async function change(root: string, random: (below: number) => number, commit: number): Promise<void> {
  const listed = git(root, 'ls-files', '*.py').trim().split('\n');
  const file = listed[random(listed.length)] ?? '';
  const at = path.join(root, file);
  const text = await readFile(at, 'utf8');
  switch (random(7)) {
    case 0:
    case 1:
      await writeFile(at, `# A line more.\n${text}`);
      return;
    case 2:
      await writeFile(at, text.replace(/\w+\."""/, `number${commit}."""`));
      return;
    case 3:
      await writeFile(at, `${text}\n\ndef more_${commit}():\n    return ${commit}\n`);
      return;
    case 4:
      await rm(at);
      return;
    case 5:
      await mkdir(path.join(root, 'moved'), { recursive: true });
      await rename(at, path.join(root, 'moved', `m${commit}.py`));
      return;
    default:
      await writeFile(at, text.replace('return parcel', `return parcel + ${commit}`));
  }
}
