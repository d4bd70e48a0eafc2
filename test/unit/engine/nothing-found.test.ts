/** That nothing fits is said only of what was searched: cold and warm find the same, and what was not looked at is named. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { english } from '../../../src/base/speaker.ts';
import { type Engine, createEngine } from '../../../src/engine/engine.ts';
import { longsightHome, modelsFolder } from '../../../src/models/home.ts';
import { type EngineSettings, protocolVersion } from '../../../src/protocol/engine.ts';
import { defaultEmbedder, requireModel } from '../../support/models.ts';
import { gitRepository, temporaryFolder } from '../../support/temporary-repository.ts';

const never = new AbortController().signal;
/** None of its words is in the files. */
const query = 'exponential backoff';
const shop = {
  'src/net/sleep.ts':
    'export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));\n',
  'src/net/retry.ts': [
    "import { sleep } from './sleep';",
    '',
    '/** Calls the service again after a failure, with a pause that doubles each time, at most five times. */',
    'export async function callAgain(call: () => Promise<void>, pause = 100): Promise<void> {',
    '  for (let attempt = 0; attempt < 5; attempt += 1) {',
    '    try {',
    '      return await call();',
    '    } catch {',
    '      await sleep(pause * 2 ** attempt);',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n'),
  'src/pay/refund.ts': [
    "import { callAgain } from '../net/retry';",
    '',
    'export const refundOrder = (id: string): Promise<void> => callAgain(async () => void (await fetch(`/refund/${id}`)));',
    '',
  ].join('\n'),
};

interface Place {
  readonly repository: string;
  readonly home: string;
}

function place(t: TestContext, embedder?: string): Place {
  const home = temporaryFolder(t);
  mkdirSync(modelsFolder(home));
  if (embedder !== undefined)
    symlinkSync(path.join(modelsFolder(longsightHome()), embedder), path.join(modelsFolder(home), embedder));
  return { repository: gitRepository(t, shop), home };
}

async function engineIn(t: TestContext, at: Place, changed: Partial<EngineSettings> = {}): Promise<Engine> {
  const settings = {
    ...{ model: null, threads: null, include: [], exclude: [], maxFileSize: 1_000_000 },
    ...{ embeddings: true, offline: true },
    ...changed,
  };
  const engine = await createEngine({ protocolVersion, ...at, settings, watchesFiles: true }, silentLogger);
  t.after(() => engine.dispose());
  return engine;
}

/** As a command with one question does it. */
async function asOnce(engine: Engine): Promise<void> {
  const joining = engine.joinEmbedder();
  await engine.index({ lexicalOnly: true }, () => undefined, never);
  await joining;
  await engine.sharpenIfQuick(never);
}

async function found(engine: Engine, text = query): Promise<readonly string[]> {
  return (await engine.search({ query: text }, never)).results.map((one) => one.path);
}

async function said(engine: Engine, request: { query: string; scope?: string[] }): Promise<string> {
  const { notice } = await engine.search(request, never);
  return notice ? english.words(notice) : '';
}

describe('nothing that fits', () => {
  it('is not said by a cold engine of what a warm one finds', async (t) => {
    if (!(await requireModel(defaultEmbedder, t))) return;
    const at = place(t, defaultEmbedder);
    const warm = await engineIn(t, at);
    await warm.index({}, () => undefined, never);
    await warm.sharpen(never);
    const cold = await engineIn(t, at);
    await asOnce(cold);
    for (const text of [query, 'how is an order refunded', 'wait before the service is called again'])
      assert.deepEqual(await found(cold, text), await found(warm, text));
    assert.ok((await found(cold)).includes('src/net/retry.ts'));
    const { answer } = await cold.ask({ question: query }, () => undefined, never);
    assert.match(answer, /Nearest.*src\/net\/retry\.ts/s);
    const { runs } = await warm.searchBatch([{ id: '1', query }], 20, never);
    assert.deepEqual(
      runs[0]?.ranked.map((one) => one.path),
      await found(cold),
    );
  });

  it('is not said while the files are looked at for the first time', async (t) => {
    const engine = await engineIn(t, place(t), { embeddings: false });
    engine.startInBackground();
    // At once, as by someone who opens a window and asks.
    const { sources } = await engine.ask({ question: 'How is an order refunded?' }, () => undefined, never);
    assert.ok(sources.some((one) => one.path === 'src/pay/refund.ts'));
  });

  it('is told apart from what only its vector brings near', async (t) => {
    if (!(await requireModel(defaultEmbedder, t))) return;
    const engine = await engineIn(t, place(t, defaultEmbedder));
    await engine.index({}, () => undefined, never);
    await engine.sharpen(never);
    assert.ok((await found(engine, 'zzqqxx blorb')).length > 0);
    assert.match(await said(engine, { query: 'zzqqxx blorb' }), /None of them has a word of the query/);
    assert.equal(await said(engine, { query: 'refundOrder' }), '');
  });

  it('is not said before meanings were compared, where that is possible', async (t) => {
    if (!(await requireModel(defaultEmbedder, t))) return;
    const engine = await engineIn(t, place(t, defaultEmbedder));
    await asOnce(engine);
    assert.equal((await engine.status()).index.embedded, 0);
    assert.ok((await found(engine)).includes('src/net/retry.ts'));
  });

  it('comes with the reason where only words could be compared', async (t) => {
    const engine = await engineIn(t, place(t));
    await asOnce(engine);
    assert.equal(
      await said(engine, { query }),
      'Nothing that fits was found in the files that are indexed. Only words and names were compared, not meanings: there are no vectors to compare.',
    );
    const scoped = await said(engine, { query: 'refund', scope: ['src/net'] });
    assert.match(scoped, /^Nothing that fits was found in the part that was searched\./);
  });

  it('says what is excluded, and claims nothing of a repository that was not searched', async (t) => {
    const at = place(t);
    const some = await engineIn(t, at, { exclude: ['src/net/**'] });
    await asOnce(some);
    assert.match(await said(some, { query }), /Files that were not searched: 2 excluded by the settings\.$/);
    const none = await engineIn(t, { ...at, home: temporaryFolder(t) }, { exclude: ['**'] });
    await asOnce(none);
    const [claim, reason] = [
      'No file is in the index, so nothing was searched.',
      'Files that were not searched: 3 excluded by the settings.',
    ];
    assert.equal(await said(none, { query: 'refund' }), `${claim} ${reason}`);
    const asked = await none.ask({ question: 'How is an order refunded?' }, () => undefined, never);
    assert.ok(asked.answer.startsWith(claim), asked.answer);
    assert.doesNotMatch(asked.answer, /Nothing/);
    assert.ok(asked.notice !== null && english.words(asked.notice).endsWith(reason));
  });
});
