/** An engine that is killed (SIGKILL) while a model reads for an answer: asked again, another reads only what was not kept by then. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LongsightError } from '../../src/base/errors.ts';
import { prefixesFolder } from '../../src/models/home.ts';
import { type EngineApi, protocolVersion } from '../../src/protocol/engine.ts';
import { connectEngine, initializeEngine } from '../../src/protocol/rpc-client.ts';
import { processConnection } from '../../src/protocol/rpc-transport.ts';
import { linkModels } from '../support/models-home.ts';
import { defaultDecoder, defaultEmbedder, requireModel } from '../support/models.ts';
import { smallRepository, temporaryFolder } from '../support/small-repository.ts';

const bundle = path.resolve(import.meta.dirname, '../../dist/engine.mjs');
const never = new AbortController().signal;
/** A line of what is found says more of it than the evidence does, so that it is read for a quote. */
const question = 'Which cost and name does the shortest route take from its queue?';

async function start(
  t: TestContext,
  repository: string,
  home: string,
): Promise<{ child: ChildProcess; engine: EngineApi }> {
  const child = fork(bundle, [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
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
  const engine = connectEngine(connection);
  connection.listen();
  const kept = { include: [], exclude: [], maxFileSize: 1_000_000, embeddings: true, offline: true };
  const settings = { ...kept, model: defaultDecoder, threads: null };
  await initializeEngine(connection, { protocolVersion, repository, home, settings, watchesFiles: true });
  return { child, engine };
}

/** Tokens of the prompts that are kept, by the names of their files: `parent-length-key.kv`. */
function keptTokens(home: string): number {
  try {
    return readdirSync(prefixesFolder(home), { recursive: true, encoding: 'utf8' })
      .flatMap((name) => /-(\d+)-[^-]+\.kv$/.exec(name)?.[1] ?? [])
      .reduce((sum, length) => sum + Number(length), 0);
  } catch {
    return 0;
  }
}

describe('an answer whose engine is killed', () => {
  it('is an error that says so, and the next engine reads nothing twice that was kept', async (t) => {
    if (!(await requireModel(defaultDecoder, t))) return;
    const home = temporaryFolder(t, 'home');
    linkModels(home, [defaultDecoder, defaultEmbedder]);
    const repository = smallRepository(t);
    const first = await start(t, repository, home);
    const ended = new AbortController();
    const asked = first.engine
      .ask({ question }, () => undefined, never)
      .then(
        () => null,
        (error: unknown) => error,
      )
      .finally(() => {
        ended.abort();
      });
    while (keptTokens(home) === 0 && !ended.signal.aborted) await sleep(2);
    first.child.kill('SIGKILL');
    const error = await asked;
    // Null: the answer was over before the signal came.
    if (error !== null) assert.equal(error instanceof LongsightError && error.userError.code, 'LS7001');
    const kept = keptTokens(home);
    const second = await start(t, repository, home);
    const { timings } = await second.engine.ask({ question }, () => undefined, never);
    assert.ok(timings.reusedTokens >= Math.min(kept, timings.reusedTokens + timings.prefillTokens - 1), `${kept} kept`);
    // A whole reading, for the share: nothing is kept of it.
    const third = await start(t, repository, temporaryHome(t));
    const whole = (await third.engine.ask({ question }, () => undefined, never)).timings;
    assert.equal(timings.prefillTokens + timings.reusedTokens, whole.prefillTokens + whole.reusedTokens);
    assert.ok(timings.prefillTokens < whole.prefillTokens, `${timings.prefillTokens} of ${whole.prefillTokens}`);
    t.diagnostic(`${timings.prefillTokens} of ${whole.prefillTokens} tokens read again, ${kept} were kept`);
  });
});

function temporaryHome(t: TestContext): string {
  const home = temporaryFolder(t, 'another-home');
  linkModels(home, [defaultDecoder, defaultEmbedder]);
  return home;
}
