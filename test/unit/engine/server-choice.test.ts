/** A model server as the engine's decoder: nothing is sent before it is needed or agreed, the key goes to its own origin, verdicts follow the weights. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { chooseDecoder } from '../../../src/engine/decoders/decoder-choice.ts';
import { DecoderKeeper } from '../../../src/engine/decoders/decoder-keeper.ts';
import type { EngineSettings, ServerSettings } from '../../../src/protocol/engine.ts';
import { keepVerdict } from '../../../src/runtime/reading-test/verdict.ts';
import { delta, finish, json, models, stream } from '../../support/model-server.ts';
import { readingServer, verdictsIn } from '../../support/reading-server.ts';
import { modelServer, never } from '../../support/remote-decoder.ts';
import { temporaryFolder } from '../../support/small-repository.ts';

const base: EngineSettings = {
  model: null,
  threads: null,
  include: [],
  exclude: [],
  maxFileSize: 1,
  embeddings: false,
  offline: false,
};
const server: ServerSettings = { key: null, agreed: [], timeouts: {}, contextLength: null };
const options = { home: '/nowhere', threads: null, logger: silentLogger, offline: false, signal: never };

describe('a model server as the decoder', () => {
  it('on another machine is not even looked up before the user agreed', async () => {
    const elsewhere = 'http://models.invalid:8080/v1#coder';
    for (const settings of [
      undefined,
      server,
      { ...server, agreed: ['http://models.invalid', 'https://models.invalid:8080'] },
    ]) {
      const choice = await chooseDecoder(elsewhere, { ...options, ...(settings && { server: settings }) });
      assert.deepEqual([choice?.displayName, choice?.server?.isLoopback], ['coder', false]);
      await assert.rejects(async () => choice?.open(), /LS3217.*models\.invalid:8080/);
    }
    const agreed = { ...server, agreed: ['http://models.invalid:8080'] };
    const choice = await chooseDecoder(elsewhere, { ...options, server: agreed, offline: true });
    await assert.rejects(async () => choice?.open(), /LS3218/);
  });

  it('gets the key of its own origin and no other', async (t) => {
    const asked = await modelServer(t);
    asked.on('GET /v1/models', models('x', { id: 'm' }));
    for (const [origin, expected] of [
      [asked.origin, 'Bearer secret'],
      ['http://127.0.0.1:1', undefined],
    ] as const) {
      const choice = await chooseDecoder(asked.address, {
        ...options,
        server: { ...server, key: { origin, value: 'secret' } },
      });
      await (await choice?.open())?.dispose();
      assert.equal(asked.requests.at(-1)?.headers.authorization, expected);
      assert.ok(!JSON.stringify(choice).includes('secret'));
    }
  });

  it('is another decoder when it is asked in another way', async () => {
    const keyOf = async (settings: ServerSettings): Promise<string> =>
      (await chooseDecoder('http://localhost:1/v1', { ...options, server: settings }))?.key ?? '';
    const keys = await Promise.all(
      [
        server,
        { ...server, contextLength: 10 },
        { ...server, timeouts: { stallMs: 5 } },
        { ...server, key: { origin: 'http://localhost:1', value: 'a' } },
        { ...server, key: { origin: 'http://localhost:1', value: 'b' } },
      ].map(keyOf),
    );
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(await keyOf({ ...server }), keys[0]);
  });

  it('writes prose only while the weights that passed the reading test answer', async (t) => {
    const home = temporaryFolder(t, 'home');
    const asked = await modelServer(t);
    const serve = (size: number): void => {
      asked.on('GET /v1/models', models('llamacpp', { id: 'm', meta: { n_params: 1, size } }));
    };
    asked.on('GET /props', json({ default_generation_settings: { n_ctx: 128 } }));
    serve(1);
    const keeper = new DecoderKeeper({
      home,
      settings: { ...base, model: asked.address },
      logger: silentLogger,
      verdicts: verdictsIn(home),
    });
    t.after(() => keeper.dispose());
    assert.deepEqual((await keeper.status())?.server, { host: asked.host, software: null, isLoopback: true });
    assert.deepEqual(asked.requests, [], 'a look at the status asks nothing');
    const first = await keeper.require();
    assert.equal(first.readingTest, null);
    await keepVerdict(first.model, home, { questions: 20, correct: 20, needed: 17, passed: true });
    assert.equal((await keeper.require()).readingTest?.passed, true);
    assert.equal((await keeper.status())?.writesProse, true);
    await keeper.release();
    serve(2);
    assert.equal(
      (await keeper.require()).readingTest,
      null,
      'other weights under the same name have to pass themselves',
    );
    assert.equal((await keeper.status())?.writesProse, null);
  });

  it('keeps its own verdict while a request with another model is answered', async (t) => {
    const home = temporaryFolder(t, 'home');
    const [reader, guesser] = [await readingServer(t, 20), await readingServer(t, 0)];
    const keeper = new DecoderKeeper({
      home,
      settings: { ...base, model: reader.address },
      logger: silentLogger,
      verdicts: verdictsIn(home),
    });
    t.after(() => keeper.dispose());
    const quiet = (): void => undefined;
    const [first, second] = await Promise.all([keeper.require(), keeper.require(guesser.address)]);
    const [passed, failed] = await Promise.all([
      first.runReadingTest(quiet, never),
      second.runReadingTest(quiet, never),
    ]);
    assert.deepEqual([passed.passed, failed.passed], [true, false]);
    // Asked for in turns, each still has what its own weights earned, and the status is of the chosen one.
    const again = [await keeper.require(), await keeper.require(guesser.address), await keeper.require()];
    assert.deepEqual(
      again.map(({ readingTest, decoder }) => [readingTest?.passed, decoder.info.server?.host]),
      [
        [true, reader.host],
        [false, guesser.host],
        [true, reader.host],
      ],
    );
    await keeper.require(guesser.address);
    const status = await keeper.status();
    assert.deepEqual([status?.server?.host, status?.writesProse], [reader.host, true]);
    assert.equal((await keeper.readingTestOf(guesser.address))?.passed, false);
  });

  it('that failed shows why, and is tried again', async (t) => {
    const asked = await modelServer(t);
    const keeper = new DecoderKeeper({
      home: temporaryFolder(t, 'home'),
      settings: { ...base, model: asked.address },
      logger: silentLogger,
      verdicts: verdictsIn(temporaryFolder(t, 'verdicts')),
    });
    t.after(() => keeper.dispose());
    asked.on('GET /v1/models', json({ error: 'broken' }, 500));
    await assert.rejects(keeper.get(), /LS3207/);
    const failed = await keeper.status();
    assert.deepEqual([failed?.state, failed?.error?.code], ['failed', 'LS3207']);
    asked.on('GET /v1/models', models('x', { id: 'm' })).on('POST /v1/chat/completions', stream(delta('a'), finish()));
    assert.equal((await keeper.get())?.decoder.info.displayName, 'm');
    assert.equal((await keeper.status())?.state, 'ready');
  });
});
