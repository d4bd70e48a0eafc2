/** A child process that serves a made-up engine over IPC, with misbehaviour on request; for the tests of the RPC. */
import { say } from '../../../src/base/sentences.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { fault } from '../../../src/base/errors.ts';
import type { EngineApi } from '../../../src/protocol/engine.ts';
import { sendLog, serveEngine } from '../../../src/protocol/rpc-server.ts';
import { processConnection } from '../../../src/protocol/rpc-transport.ts';

const connection = processConnection(process);

async function untilAborted(signal: AbortSignal): Promise<never> {
  await sleep(600_000, undefined, { signal }).catch(() => undefined);
  throw new CancelledError();
}

const api: Pick<EngineApi, 'search' | 'ask' | 'generate' | 'why' | 'complete'> = {
  search: async (request, signal) => {
    if (request.query === 'wait') return untilAborted(signal);
    if (request.query === 'ignore the signal') await new Promise(() => undefined);
    if (request.query === 'spin') for (;;);
    if (request.query === 'die') process.exit(3);
    if (request.query === 'fault') throw fault('LS2001', 'no-such-model');
    if (request.query === 'surprise') throw new TypeError('x is not a function');
    return { results: [], ms: request.limit ?? 0 };
  },
  ask: () => Promise.reject(new Error('not asked')),
  generate: async (request, onToken) => {
    for (const word of (request.prompt ?? '').split(' ')) {
      onToken(word);
      await sleep(1);
    }
    return {
      promptTokenIds: [],
      tokenIds: [],
      text: request.prompt ?? '',
      topLogits: [],
      timings: { loadMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 0, totalMs: 0 },
    };
  },
  why: (path) =>
    Promise.resolve({
      path,
      indexed: false,
      reason: null,
      explanation: say('{0}', ''),
      chunks: 0,
      symbols: 0,
      embedded: false,
    }),
  complete: () => Promise.resolve([]),
};

serveEngine(connection, {
  initialize: (parameters) => {
    sendLog(connection, JSON.stringify({ msg: `for ${parameters.repository}` }));
    if (parameters.repository === '/nowhere') return Promise.reject(fault('LS4001', '/nowhere'));
    return Promise.resolve(api as EngineApi);
  },
  shutdown: () => {
    setImmediate(() => process.exit(0));
    return Promise.resolve();
  },
});
process.on('disconnect', () => process.exit(0));
connection.listen();
