/** The RPC between a door and a real child process: results, events, errors, cancellation, and a child that dies, hangs or is of another version. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { LongsightError } from '../../../src/base/errors.ts';
import { type EngineApi, type InitializeParameters, protocolVersion } from '../../../src/protocol/engine.ts';
import {
  connectEngine,
  initializeEngine,
  onLog,
  shutdownEngine,
  watchHeartbeat,
} from '../../../src/protocol/rpc-client.ts';
import { requestOf } from '../../../src/protocol/rpc-messages.ts';
import { serveEngine } from '../../../src/protocol/rpc-server.ts';
import { portConnection, processConnection } from '../../../src/protocol/rpc-transport.ts';

const parameters: InitializeParameters = {
  protocolVersion,
  repository: '/somewhere',
  home: null,
  settings: { model: null, threads: null, include: [], exclude: [], maxFileSize: 1, embeddings: false, offline: true },
  watchesFiles: true,
};
const never = new AbortController().signal;

function start(t: TestContext): { child: ChildProcess; connection: MessageConnection; engine: EngineApi } {
  const child = fork(path.join(import.meta.dirname, 'fake-engine.ts'), [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  t.after(() => child.kill('SIGKILL'));
  const connection = processConnection(child);
  connection.onError(() => undefined);
  const engine = connectEngine(connection);
  connection.listen();
  return { child, connection, engine };
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LongsightError && error.userError.code === code;
}

describe('the engine over RPC', () => {
  it('answers, streams events in order and passes the log on', async (t) => {
    const { connection, engine } = start(t);
    const records: string[] = [];
    onLog(connection, (record) => records.push(record));
    const ready = await initializeEngine(connection, parameters);
    assert.equal(ready.protocolVersion, protocolVersion);
    assert.notEqual(ready.processId, process.pid);
    assert.deepEqual(await engine.search({ query: 'q', limit: 7 }, never), { results: [], ms: 7 });
    const words: string[] = [];
    const report = await engine.generate({ prompt: 'a b c d' }, (word) => words.push(word), never);
    assert.equal(report.text, 'a b c d');
    assert.deepEqual(words, ['a', 'b', 'c', 'd']);
    assert.equal(records.length, 1);
    assert.match(records[0] ?? '', /for \/somewhere/);
  });

  it('keeps the events of two requests apart', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    const heard: Record<string, string[]> = { one: [], two: [] };
    await Promise.all([
      engine.generate({ prompt: '1 1 1' }, (word) => heard.one?.push(word), never),
      engine.generate({ prompt: '2 2 2' }, (word) => heard.two?.push(word), never),
    ]);
    assert.deepEqual(heard, { one: ['1', '1', '1'], two: ['2', '2', '2'] });
  });

  it('brings back errors of the catalogue as themselves, and others as LS1000 without a stack', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    await assert.rejects(engine.search({ query: 'fault' }, never), hasCode('LS2001'));
    await assert.rejects(engine.search({ query: 'surprise' }, never), (error) => {
      assert.ok(error instanceof LongsightError);
      assert.equal(error.userError.code, 'LS1000');
      assert.doesNotMatch(english.error(error.userError).message, /\n| at /);
      return true;
    });
  });

  it('refuses another version, a failed start, and requests before initialize', async (t) => {
    const { connection, engine } = start(t);
    await assert.rejects(engine.search({ query: 'q' }, never), hasCode('LS7003'));
    await assert.rejects(initializeEngine(connection, { ...parameters, protocolVersion: 99 }), hasCode('LS7002'));
    await assert.rejects(initializeEngine(connection, { ...parameters, repository: '/nowhere' }), hasCode('LS4001'));
    await initializeEngine(connection, parameters);
    await assert.rejects(initializeEngine(connection, parameters), hasCode('LS7004'));
  });

  it('refuses what does not fit the schemas', async (t) => {
    const { connection } = start(t);
    await initializeEngine(connection, parameters);
    const send = (name: keyof EngineApi, args: unknown): Promise<unknown> =>
      connection.sendRequest(requestOf(name), { stream: null, args } as never);
    for (const [name, args] of [
      ['search', [{ query: 5 }]],
      ['search', [{ query: 'q', limit: -1 }]],
      ['search', [{ query: 'q', surprise: true }]],
      ['search', []],
      ['search', 'no list'],
      ['why', [{ path: 'a' }]],
      ['complete', [{ prefix: '', kind: 'planet', limit: 1 }]],
    ] as const)
      await assert.rejects(send(name, args), /LS7004/, `${name} ${JSON.stringify(args)}`);
  });

  it('cancels a running request with CancelledError', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    const abort = new AbortController();
    const waiting = engine.search({ query: 'wait' }, abort.signal);
    setImmediate(() => {
      abort.abort();
    });
    await assert.rejects(waiting, CancelledError);
    await assert.rejects(engine.search({ query: 'q' }, AbortSignal.abort()), CancelledError);
  });

  it('does not wait for ever for an engine that ignores the cancellation', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    await assert.rejects(engine.search({ query: 'ignore the signal' }, AbortSignal.timeout(50)), CancelledError);
  });

  it('rejects everything in flight when the engine dies', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    const waiting = assert.rejects(engine.search({ query: 'wait' }, never), hasCode('LS7001'));
    await assert.rejects(engine.search({ query: 'die' }, never), hasCode('LS7001'));
    await waiting;
    await assert.rejects(engine.search({ query: 'q' }, never), hasCode('LS7001'));
  });

  it('notices an engine that hangs, and only that', async (t) => {
    const { connection, engine } = start(t);
    await initializeEngine(connection, parameters);
    let hung = false;
    const beat = watchHeartbeat(connection, { intervalMs: 20, timeoutMs: 60_000 }, () => (hung = true));
    await engine.generate({ prompt: 'x '.repeat(100) }, () => undefined, never);
    assert.equal(hung, false);
    beat.dispose();
    const noticed = new Promise<void>((resolve) => {
      watchHeartbeat(connection, { intervalMs: 20, timeoutMs: 100 }, resolve);
    });
    engine.search({ query: 'spin' }, never).catch(() => undefined);
    const keepAlive = setInterval(() => undefined, 1000);
    await noticed;
    clearInterval(keepAlive);
  });

  it('ends in order when asked, and when its parent is gone', async (t) => {
    const asked = start(t);
    await initializeEngine(asked.connection, parameters);
    const exit = once(asked.child, 'exit');
    await shutdownEngine(asked.connection);
    assert.deepEqual(await exit, [0, null]);
    const left = start(t);
    await initializeEngine(left.connection, parameters);
    const gone = once(left.child, 'exit');
    left.child.disconnect();
    assert.deepEqual(await gone, [0, null]);
  });

  it('speaks over a MessagePort as well', async (t) => {
    const { port1, port2 } = new MessageChannel();
    const [near, far] = [portConnection(port1), portConnection(port2)];
    t.after(() => {
      port1.close();
    });
    const api: Pick<EngineApi, 'search'> = { search: () => Promise.resolve({ results: [], ms: 1 }) };
    serveEngine(far, { initialize: () => Promise.resolve(api as EngineApi), shutdown: () => Promise.resolve() });
    const engine = connectEngine(near);
    near.listen();
    far.listen();
    await initializeEngine(near, parameters);
    assert.equal((await engine.search({ query: 'q' }, never)).ms, 1);
  });
});
