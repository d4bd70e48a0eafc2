/** The real engine process over real IPC: it serves a repository, and what happens when it is killed, stopped, of another version, or left alone. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { LongsightError } from '../../src/base/errors.ts';
import type { AnswerEvent } from '../../src/protocol/answers.ts';
import { type EngineApi, type InitializeParameters, protocolVersion } from '../../src/protocol/engine.ts';
import {
  connectEngine,
  initializeEngine,
  onLog,
  shutdownEngine,
  watchHeartbeat,
} from '../../src/protocol/rpc-client.ts';
import { processConnection } from '../../src/protocol/rpc-transport.ts';
import { smallRepository, temporaryFolder, writeFiles } from '../support/small-repository.ts';

const bundle = path.resolve(import.meta.dirname, '../../dist/engine.mjs');
const never = new AbortController().signal;

interface Started {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly engine: EngineApi;
  readonly parameters: InitializeParameters;
  readonly records: string[];
}

function start(t: TestContext, repository = smallRepository(t)): Started {
  const home = temporaryFolder(t, 'home');
  const child = fork(bundle, [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  const connection = processConnection(child);
  // A write to a child that was killed is told by the rejection of its request.
  connection.onError(() => undefined);
  const records: string[] = [];
  onLog(connection, (record) => records.push(record));
  const engine = connectEngine(connection);
  connection.listen();
  const settings = {
    model: null,
    threads: null,
    include: [],
    exclude: [],
    maxFileSize: 1_000_000,
    embeddings: true,
    offline: true,
  };
  return {
    child,
    connection,
    engine,
    records,
    parameters: { protocolVersion, repository, home, settings, watchesFiles: true },
  };
}

/** Waits for the index to be complete. */
async function indexed(engine: EngineApi, files: number): Promise<void> {
  for (;;) {
    const { index } = await engine.status();
    if (index.state === 'idle' && index.indexed >= files) return;
    await sleep(20);
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof LongsightError && error.userError.code === code;

describe('the engine process', () => {
  it('indexes by itself, answers, follows changes it is told of, and ends when asked', async (t) => {
    const { child, connection, engine, parameters, records } = start(t);
    const ready = await initializeEngine(connection, parameters);
    assert.equal(ready.processId, child.pid);
    await indexed(engine, 5);
    const events: AnswerEvent[] = [];
    const answer = await engine.ask(
      { question: 'How is the shortest route found?' },
      (event) => events.push(event),
      never,
    );
    assert.equal(answer.citations[0]?.path, 'src/router.py');
    assert.equal(answer.outboundRequests, 0);
    assert.equal(events.at(-1)?.type, 'done');
    assert.ok(events.some(({ type }) => type === 'source'));

    writeFiles(parameters.repository, {
      'src/weighing.py': 'def weigh_parcel(parcel):\n    """Weighs a parcel in grams."""\n    return parcel.grams\n',
    });
    await engine.filesChanged([path.join(parameters.repository, 'src/weighing.py')]);
    const { results } = await engine.search({ query: 'weigh parcel grams' }, never);
    assert.equal(results[0]?.path, 'src/weighing.py');
    assert.deepEqual(await engine.complete({ prefix: 'weigh', kind: 'symbol', limit: 5 }), [
      { label: 'weigh_parcel', path: 'src/weighing.py', startLine: 1, endLine: 3 },
    ]);
    assert.equal((await engine.complete({ prefix: 'rout', kind: 'file', limit: 5 }))[0]?.path, 'src/router.py');
    assert.deepEqual(await engine.skippedFiles('ignored'), ['build/']);

    const exit = once(child, 'exit');
    await shutdownEngine(connection);
    assert.deepEqual(await exit, [0, null]);
    assert.ok(records.length > 0);
    for (const record of records) assert.equal(typeof JSON.parse(record), 'object');
  });

  it('stops a question with what is there', async (t) => {
    const { child, connection, engine, parameters } = start(t);
    await initializeEngine(connection, parameters);
    await indexed(engine, 5);
    const abort = new AbortController();
    // The question and its cancellation are both there before the engine reads either: how fast it answers decides nothing.
    child.kill('SIGSTOP');
    const asked = engine.ask({ question: 'How is the shortest route found?' }, () => undefined, abort.signal);
    abort.abort();
    await sleep(100);
    child.kill('SIGCONT');
    const answer = await asked;
    assert.equal(answer.stopped, true);
  });

  it('takes changed settings over while it runs', async (t) => {
    const { connection, engine, parameters } = start(t);
    await initializeEngine(connection, parameters);
    await indexed(engine, 5);
    await engine.configure({ ...parameters.settings, exclude: ['web/**'] });
    while (
      (await engine.search({ query: 'tracking url' }, never)).results.some((result) => result.path.startsWith('web/'))
    )
      await sleep(20);
    assert.equal((await engine.why('web/tracking.ts')).reason, 'excluded');
    await engine.configure(parameters.settings);
    while ((await engine.search({ query: 'tracking url' }, never)).results[0]?.path !== 'web/tracking.ts')
      await sleep(20);
  });

  it('refuses a door of another version and a folder that is not there', async (t) => {
    const { connection, parameters } = start(t);
    await assert.rejects(
      initializeEngine(connection, { ...parameters, protocolVersion: protocolVersion + 1 }),
      hasCode('LS7002'),
    );
    await assert.rejects(
      initializeEngine(connection, { ...parameters, repository: '/no/such/folder' }),
      hasCode('LS4001'),
    );
    assert.equal((await initializeEngine(connection, parameters)).protocolVersion, protocolVersion);
  });

  it('killed while it indexes, leaves an index that the next one completes', async (t) => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `src/m${i}.py`,
        `def f${i}(parcel):\n    return parcel * ${i}\n`.repeat(10),
      ]),
    );
    const repository = smallRepository(t, { files: many });
    const first = start(t, repository);
    await initializeEngine(first.connection, first.parameters);
    while ((await first.engine.status()).index.indexed < 20) await sleep(5);
    const waiting = assert.rejects(
      first.engine.index({ rebuild: true }, () => undefined, never),
      hasCode('LS7001'),
    );
    first.child.kill('SIGKILL');
    await waiting;
    const second = start(t, repository);
    await initializeEngine(second.connection, { ...first.parameters });
    await indexed(second.engine, 300);
    assert.deepEqual((await second.engine.status()).index.failed, []);
  });

  it('stopped by the system, is noticed by its heartbeat', async (t) => {
    const { child, connection, parameters } = start(t);
    await initializeEngine(connection, parameters);
    const noticed = new Promise<void>((resolve) => {
      watchHeartbeat(connection, { intervalMs: 50, timeoutMs: 300 }, resolve);
    });
    child.kill('SIGSTOP');
    // The heartbeat does not keep a process alive, and neither does a child that says nothing.
    const alive = setInterval(() => undefined, 1000);
    await noticed;
    clearInterval(alive);
  });

  it('ends with its parent, even when that is killed', async (t) => {
    const repository = smallRepository(t);
    const script = `
      const { fork } = require('node:child_process');
      const child = fork(${JSON.stringify(bundle)}, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      child.once('spawn', () => process.stdout.write(String(child.pid) + '\\n'));
      child.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: ${JSON.stringify({ ...start(t, repository).parameters })} });
      child.on('message', (message) => { if (message.id === 1) process.stdout.write('ready\\n'); });
    `;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => parent.kill('SIGKILL'));
    let output = '';
    for await (const text of parent.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      output += text;
      if (output.includes('ready')) break;
    }
    const pid = Number.parseInt(output, 10);
    assert.equal(isGone(pid), false);
    parent.kill('SIGKILL');
    while (!isGone(pid)) await sleep(20);
  });

  it('writes nothing to standard output', async (t) => {
    const { child, connection, engine, parameters } = start(t);
    let written = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (written += text));
    await initializeEngine(connection, parameters);
    await indexed(engine, 5);
    await shutdownEngine(connection);
    await once(child, 'exit');
    assert.equal(written, '');
  });
});
