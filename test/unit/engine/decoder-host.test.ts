/** The decoder's keeper: one start for many askers, one request at a time, a queue that can be left, and letting go when idle. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { fault } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { type DecoderChoice, DecoderHost } from '../../../src/engine/decoders/decoder-host.ts';
import type { DecodeRequest, DecodeResult, Decoder } from '../../../src/runtime/decoder.ts';

const never = new AbortController().signal;
const request: DecodeRequest = {
  tokenIds: [1],
  maxTokens: 1,
  sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
};
const result: DecodeResult = {
  promptTokenIds: [1],
  tokenIds: [2],
  text: 'x',
  topLogits: [],
  timings: { loadMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 0, totalMs: 0 },
  finish: 'length',
  quotes: [],
  prefillTokens: 1,
  reusedTokens: 0,
  decodeTokensPerSecond: 5,
};

interface Probe {
  opened: number;
  disposed: number;
  running: number;
  most: number;
  order: number[];
}

function fakeDecoder(probe: Probe, id: string, ms: number): Decoder {
  return {
    info: { id, displayName: id, architecture: 'llama', contextLength: 100, provider: 'cpu', memory: 1 },
    countTokens: (text) => text.length,
    countChatTokens: () => 0,
    tokenize: () => [],
    decode: async ({ maxTokens }, _onEvent, signal) => {
      probe.running += 1;
      probe.most = Math.max(probe.most, probe.running);
      probe.order.push(maxTokens);
      try {
        await sleep(ms, undefined, { signal });
        return result;
      } finally {
        // An aborted run still takes a moment to end.
        await sleep(5);
        probe.running -= 1;
      }
    },
    perplexity: () => Promise.reject(new Error('not asked')),
    dispose: () => {
      probe.disposed += 1;
      return Promise.resolve();
    },
  };
}

function host(options: { ms?: number; keepMs?: number; open?: () => void } = {}): {
  host: DecoderHost;
  probe: Probe;
  chosen: DecoderChoice;
} {
  const probe: Probe = { opened: 0, disposed: 0, running: 0, most: 0, order: [] };
  const choice = (id: string): DecoderChoice => ({
    key: id,
    id,
    displayName: id,
    contextLength: 100,
    open: async () => {
      await sleep(1);
      probe.opened += 1;
      options.open?.();
      return fakeDecoder(probe, id, options.ms ?? 1);
    },
  });
  const keep = options.keepMs ?? 60_000;
  return {
    probe,
    chosen: choice('default'),
    host: new DecoderHost({
      logger: silentLogger,
      keepMs: { chosen: keep, other: keep },
    }),
  };
}

describe('the decoder host', () => {
  it('starts the decoder once for all who ask', async () => {
    const { host: decoders, probe, chosen } = host();
    await Promise.all([decoders.get(chosen), decoders.get(chosen), decoders.get(chosen)]);
    assert.equal(probe.opened, 1);
    await decoders.dispose();
    assert.equal(probe.disposed, 1);
  });

  it('runs one request at a time, in the order they came', async () => {
    const { host: decoders, probe, chosen } = host({ ms: 3 });
    const decoder = await decoders.get(chosen);
    await Promise.all([1, 2, 3].map((maxTokens) => decoder.decode({ ...request, maxTokens }, () => undefined, never)));
    assert.equal(probe.most, 1);
    assert.deepEqual(probe.order, [1, 2, 3]);
    assert.equal(decoders.status(chosen).tokensPerSecond, 5);
    await decoders.dispose();
  });

  it('lets a waiting request leave at once, and a running one only when it has ended', async () => {
    const { host: decoders, probe, chosen } = host({ ms: 40 });
    const decoder = await decoders.get(chosen);
    const running = new AbortController();
    const waiting = new AbortController();
    const first = decoder.decode({ ...request, maxTokens: 1 }, () => undefined, running.signal);
    const second = decoder.decode({ ...request, maxTokens: 2 }, () => undefined, waiting.signal);
    const third = decoder.decode({ ...request, maxTokens: 3 }, () => undefined, never);
    waiting.abort();
    await assert.rejects(second, CancelledError);
    running.abort();
    await assert.rejects(first, { name: 'AbortError' });
    await third;
    assert.deepEqual(probe.order, [1, 3]);
    assert.equal(probe.most, 1);
    await decoders.dispose();
  });

  it('tries again after a failed start and shows the failure until then', async () => {
    let fails = true;
    const { host: decoders, chosen } = host({
      open: () => {
        if (fails) throw fault('LS2001', 'default');
      },
    });
    await assert.rejects(decoders.get(chosen), /LS2001/);
    const failed = decoders.status(chosen);
    assert.equal(failed.state, 'failed');
    assert.equal(failed.error?.code, 'LS2001');
    fails = false;
    assert.ok(await decoders.get(chosen));
    assert.equal(decoders.status(chosen).state, 'ready');
    await decoders.dispose();
  });

  it('lets go of an unused decoder and starts it again when it is needed', async () => {
    const { host: decoders, probe, chosen } = host({ keepMs: 10 });
    await decoders.get(chosen);
    while (probe.disposed === 0) await sleep(5);
    assert.ok(await decoders.get(chosen));
    assert.equal(probe.opened, 2);
    await decoders.dispose();
  });
});
