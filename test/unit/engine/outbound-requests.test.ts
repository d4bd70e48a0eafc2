/** An answer says how many requests were sent for it, not since the engine started, also when two are answered at once. */
import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { type Engine, createEngine } from '../../../src/engine/engine.ts';
import { protocolVersion } from '../../../src/protocol/engine.ts';
import type { ModelServer } from '../../support/model-server.ts';
import { quotingServer } from '../../support/quoting-server.ts';
import { smallRepository, temporaryFolder } from '../../support/small-repository.ts';

const never = new AbortController().signal;
const questions = ['How is the shortest route found?', 'Where is the shortest route found?'] as const;

async function engineWith(t: TestContext, server: ModelServer): Promise<Engine> {
  const settings = {
    ...{ model: server.address, threads: null, include: [], exclude: [], maxFileSize: 1_000_000 },
    ...{ embeddings: false, offline: false },
  };
  const parameters = { protocolVersion, repository: smallRepository(t), home: temporaryFolder(t, 'home'), settings };
  const engine = await createEngine({ ...parameters, watchesFiles: true }, silentLogger);
  t.after(() => engine.dispose());
  await engine.index({ lexicalOnly: true }, () => undefined, never);
  return engine;
}

const ask = async (engine: Engine, question: string): Promise<number> =>
  (await engine.ask({ question }, () => undefined, never)).outboundRequests;

describe('the count of outbound requests', () => {
  it('is that of the answer, the status has that of the engine', async (t) => {
    const server = await quotingServer(t);
    const engine = await engineWith(t, server);
    const before = (await engine.status()).outboundRequests;
    const first = await ask(engine, questions[0]);
    assert.equal(first, server.requests.length);
    const second = await ask(engine, questions[1]);
    assert.ok(second > 0);
    assert.equal(first + second, server.requests.length);
    assert.equal((await engine.status()).outboundRequests - before, server.requests.length);
  });

  it('is divided among answers that are made at once', async (t) => {
    const server = await quotingServer(t);
    const engine = await engineWith(t, server);
    // Token counts are asked for once and remembered: from the second time on a question sends the same each time.
    for (const question of questions) await ask(engine, question);
    const alone = [await ask(engine, questions[0]), await ask(engine, questions[1])];
    const before = server.requests.length;
    const together = await Promise.all(questions.map((question) => ask(engine, question)));
    assert.deepEqual(together, alone);
    assert.equal(server.requests.length - before, (together[0] ?? 0) + (together[1] ?? 0));
  });

  it('is 0 where nothing is sent', async (t) => {
    const engine = await engineWith(t, await quotingServer(t));
    await ask(engine, questions[0]);
    const explained = await engine
      .explain({ path: 'no-such-file.py', startLine: 1 }, () => undefined, never)
      .then(
        ({ outboundRequests }) => outboundRequests,
        () => 0,
      );
    assert.equal(explained, 0);
  });
});
