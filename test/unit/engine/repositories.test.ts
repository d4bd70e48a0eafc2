/** One engine over several folders: a question is asked over all of them or those named, and everything says where it was found. */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { type Engine, createEngine } from '../../../src/engine/engine.ts';
import { protocolVersion } from '../../../src/protocol/engine.ts';
import { gitRepository, temporaryFolder, writeFiles } from '../../support/temporary-repository.ts';

const never = new AbortController().signal;
const question = 'How is the shortest route found?';
const bakery = {
  'README.md': '# Bakery\n\nBakes bread.\n',
  'src/oven.py': 'def bake_bread(dough):\n    """Bakes the dough until the crust is brown."""\n    return dough\n',
  'src/shared.py': 'def same_name():\n    """Of the bakery."""\n    return 1\n',
};
const parcel = {
  'README.md': '# Parcel\n\nSends packages.\n',
  'src/router.py':
    'def shortest_route(start, goal):\n    """Finds the shortest route by Dijkstra over the roads."""\n    return [start, goal]\n',
  'src/shared.py': 'def same_name():\n    """Of the parcel service."""\n    return 2\n',
  'web/app/tracking.ts':
    '/** Shows where a package is. */\nexport const trackingUrl = (id: string) => `/track/${id}`;\n',
};

async function engineOver(t: TestContext, repository: string, others: readonly string[]): Promise<Engine> {
  const settings = {
    ...{ model: null, threads: null, include: [], exclude: [], maxFileSize: 1_000_000 },
    ...{ embeddings: false, offline: true },
  };
  const home = temporaryFolder(t);
  const parameters = { protocolVersion, repository, others, home, settings, watchesFiles: true };
  const engine = await createEngine(parameters, silentLogger);
  t.after(() => engine.dispose());
  await engine.index({ lexicalOnly: true }, () => undefined, never);
  return engine;
}

describe('an engine over several repositories', () => {
  it('answers from the one that holds the answer, whichever comes first, and names it everywhere', async (t) => {
    const [first, second] = [gitRepository(t, bakery), gitRepository(t, parcel)];
    const engine = await engineOver(t, first, [second]);
    const answer = await engine.ask({ question }, () => undefined, never);
    assert.equal(answer.sources[0]?.repository, second);
    assert.equal(answer.sources[0].path, 'src/router.py');
    assert.equal(answer.citations[0]?.repository, second);
    assert.equal(answer.citations[0].status, 'verified');
    assert.match(answer.answer, new RegExp(`${path.basename(second)}/src/router\\.py`));
    const other = await engine.ask({ question: 'Until when is bread baked?' }, () => undefined, never);
    assert.equal(other.sources[0]?.repository, first);
    assert.equal((await engine.status()).index.indexed, 7);
    const { results } = await engine.search({ query: 'shortest route' }, never);
    assert.deepEqual([results[0]?.repository, results[0]?.path], [second, 'src/router.py']);
  });

  it('a scope names repositories, and what is attached is read from its own', async (t) => {
    const [first, second] = [gitRepository(t, bakery), gitRepository(t, parcel)];
    const engine = await engineOver(t, first, [second]);
    const scoped = await engine.ask({ question, repositories: [{ repository: first }] }, () => undefined, never);
    assert.ok(scoped.sources.every(({ repository }) => repository === first));
    const folder = await engine.ask(
      { question: 'Where is a package shown?', repositories: [{ repository: second, scope: ['web/**'] }] },
      () => undefined,
      never,
    );
    assert.ok(folder.sources.length > 0 && folder.sources.every(({ path: file }) => file.startsWith('web/')));
    for (const repository of [first, second]) {
      const attached = [{ repository, path: 'src/shared.py' }];
      const answer = await engine.ask({ question: 'What does same_name return?', attached }, () => undefined, never);
      assert.equal(answer.sources[0]?.repository, repository);
      assert.match(answer.sources[0].text, repository === first ? /bakery/ : /parcel service/);
    }
    await assert.rejects(
      engine.ask({ question, repositories: [{ repository: '/nowhere' }] }, () => undefined, never),
      /LS4001|no folder/i,
    );
  });

  it('explains and summarizes in the repository that is named, and completes from both', async (t) => {
    const [first, second] = [gitRepository(t, bakery), gitRepository(t, parcel)];
    const engine = await engineOver(t, first, [second]);
    const request = { repository: second, path: 'src/router.py', startLine: 1 };
    const explanation = await engine.explain(request, () => undefined, never);
    assert.equal(explanation.subject.symbol, 'shortest_route');
    const summary = await engine.summarize({ repository: second }, () => undefined, never);
    assert.match(summary.markdown, /Sends packages/);
    const same = await engine.complete({ prefix: 'same', kind: 'symbol', limit: 12 });
    assert.deepEqual(
      same.map(({ repository, path: file }) => [repository, file]),
      [
        [first, 'src/shared.py'],
        [second, 'src/shared.py'],
      ],
    );
    assert.equal((await engine.why(path.join(second, 'src/router.py'))).indexed, true);
  });

  it('a changed file is indexed where it lies', async (t) => {
    const [first, second] = [gitRepository(t, bakery), gitRepository(t, parcel)];
    const engine = await engineOver(t, first, [second]);
    writeFiles(second, { 'src/weighing.py': 'def weigh_parcel(parcel):\n    return parcel.grams\n' });
    await engine.filesChanged([path.join(second, 'src/weighing.py')]);
    const { results } = await engine.search({ query: 'weigh_parcel' }, never);
    assert.deepEqual([results[0]?.repository, results[0]?.path], [second, 'src/weighing.py']);
  });

  it('two folders of one repository share it, and a folder inside or behind a link knows its root', async (t) => {
    const root = gitRepository(t, parcel);
    const link = path.join(temporaryFolder(t), 'link');
    symlinkSync(root, link);
    const engine = await engineOver(t, path.join(root, 'web/app'), [path.join(link, 'src')]);
    const { folders } = await engine.status();
    assert.deepEqual(folders, [
      { folder: path.join(root, 'web/app'), root, within: 'web/app' },
      { folder: path.join(link, 'src'), root, within: 'src' },
    ]);
    const answer = await engine.ask({ question }, () => undefined, never);
    assert.equal(answer.sources[0]?.path, 'src/router.py');
    assert.equal(answer.sources[0].repository, undefined);
    writeFiles(root, { 'src/weighing.py': 'def weigh_parcel(parcel):\n    return parcel.grams\n' });
    await engine.filesChanged([path.join(link, 'src/weighing.py')]);
    const { results } = await engine.search({ query: 'weigh_parcel' }, never);
    assert.equal(results[0]?.path, 'src/weighing.py');
  });
});
