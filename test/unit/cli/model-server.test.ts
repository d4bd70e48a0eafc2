/** A model server from the command line: its address, its key, what is said of it, and that the key and the code go nowhere else. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { type Run, longsight } from '../../support/command-line.ts';
import { delta, end, finish, json, models, stream } from '../../support/model-server.ts';
import { quotingServer } from '../../support/quoting-server.ts';
import { modelServer } from '../../support/remote-decoder.ts';
import { smallRepository, temporaryFolder } from '../../support/small-repository.ts';

const secret = 'sk-this-must-not-be-seen';
const question = 'How is the shortest route found?';
/** A line of what is found says more of it than the card does. */
const withQuote = 'Which groups of the expression are handed to the handler that dispatch found?';

async function run(t: TestContext, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const online = { LONGSIGHT_OFFLINE: '', LONGSIGHT_LOG: 'trace', ...env };
  return longsight(args, { cwd: smallRepository(t), home: temporaryFolder(t, 'home'), env: online });
}

interface Told {
  readonly form: string;
  readonly model: string;
  readonly provider: string;
  readonly notice: string;
  readonly outboundRequests: number;
  readonly server: { readonly host: string; readonly software: string; readonly isLoopback: boolean };
  readonly budget: { readonly counts?: string; readonly window: number; readonly used: number };
}

describe('a model server on the command line', () => {
  it('answers, and the answer says where it went, how often, and with counts that are exact', async (t) => {
    const server = await quotingServer(t);
    const env = { LONGSIGHT_API_KEY: secret };
    const harbor = temporaryFolder(t, 'harbor');
    cpSync(path.join(import.meta.dirname, '../../fixtures/harbor'), harbor, { recursive: true });
    const { code, stdout, stderr } = await run(
      t,
      ['ask', withQuote, '--repository', harbor, '--model', server.address, '--no-download', '--json'],
      env,
    );
    assert.equal(code, 0, stderr);
    const answer = JSON.parse(stdout) as Told;
    assert.equal(answer.form, 'quote');
    assert.equal(answer.model, `${server.host}/coder.gguf`);
    assert.deepEqual(answer.server, { host: server.host, software: 'llama.cpp server', isLoopback: true });
    assert.equal(answer.outboundRequests, server.requests.length);
    assert.equal(answer.budget.counts, undefined);
    assert.equal(answer.budget.window, 4096);
    assert.equal(answer.budget.used, (server.to('/completion').at(-1)?.body?.['prompt'] as number[]).length);
    for (const { headers } of server.requests) assert.equal(headers.authorization, `Bearer ${secret}`);
    assert.ok(!`${stdout}${stderr}`.includes(secret), 'the key is in no output and no log');
  });

  it('that fails the reading test, and cannot be held to quotes, is not asked the question', async (t) => {
    const server = await modelServer(t);
    server.on('GET /v1/models', models('openai', { id: 'gpt' }));
    server.on('POST /v1/chat/completions', stream(delta('I cannot say.'), finish(), end));
    const { code, stdout } = await run(t, ['ask', question, '--model', server.address, '--no-download', '--json']);
    assert.equal(code, 0);
    const answer = JSON.parse(stdout) as Told;
    assert.equal(answer.form, 'evidence', 'one that cannot be held to quotes says nothing');
    assert.match(answer.notice, /evidence alone/);
    const asked = server.to('/v1/chat/completions').map(({ body }) => JSON.stringify(body));
    assert.ok(asked.length > 0 && !asked.some((body) => body.includes(question)), 'the test, and nothing after it');
  });

  it('that is not there, or refuses, ends in a sentence', async (t) => {
    const server = await quotingServer(t);
    server.on('GET /v1/models', json({ error: { message: 'no' } }, 401));
    const refused = await run(t, ['ask', question, '--model', server.address, '--no-download']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^LS3202: .*LONGSIGHT_API_KEY/m);
    const gone = await quotingServer(t);
    await gone.stop();
    const unreachable = await run(t, ['generate', '--prompt', 'a', '--model', gone.address, '--json'], {
      LONGSIGHT_LOG: '',
    });
    assert.equal(unreachable.code, 1);
    assert.match(unreachable.stderr, /^LS3201: .*nothing is listening there\. Start it/m);
    assert.equal((JSON.parse(unreachable.stdout) as { error: { code: string } }).error.code, 'LS3201');
    const wrong = await run(t, ['ask', question, '--model', `http://user:${secret}@127.0.0.1/v1`, '--no-download']);
    assert.match(wrong.stderr, /^LS3216: /m);
    assert.ok(!wrong.stderr.includes(secret));
  });

  it('is not asked offline', async (t) => {
    const server = await quotingServer(t);
    const { code, stderr } = await run(t, ['ask', question, '--model', server.address, '--no-download'], {
      LONGSIGHT_OFFLINE: '1',
    });
    assert.equal(code, 1);
    assert.match(stderr, /^LS3218: /m);
    assert.deepEqual(server.requests, []);
  });

  it('is shown by status without being asked', async (t) => {
    const server = await quotingServer(t);
    const { code, stdout } = await run(t, ['status'], { LONGSIGHT_MODEL: `${server.address}#coder.gguf` });
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(
        `^decoder +coder\\.gguf, ready, not tested.*\\n^server +${server.host}, not asked yet, on this machine`,
        'm',
      ),
    );
    assert.match(stdout, /outbound requests: 0/);
    assert.deepEqual(server.requests, []);
  });

  it('generates alone, and takes its limits from the environment', async (t) => {
    const server = await quotingServer(t);
    const args = ['generate', '--prompt', 'def f():', '--model', server.address, '--greedy', '--json'];
    const done = await run(t, args, { LONGSIGHT_SERVER_CONTEXT: '64', LONGSIGHT_SERVER_TIMEOUTS: '5,,2' });
    assert.equal(done.code, 0, done.stderr);
    const report = JSON.parse(done.stdout) as { text: string; promptTokenIds: number[]; tokenIds: number[] };
    assert.deepEqual([report.text, report.tokenIds], ['Anything at all.', [1]]);
    const tooLong = await run(t, args, { LONGSIGHT_SERVER_CONTEXT: '4' });
    assert.match(tooLong.stderr, /^LS3214: .*holds 4\./m);
    const wrong = await run(t, args, { LONGSIGHT_SERVER_TIMEOUTS: 'soon' });
    assert.equal(wrong.code, 2);
  });
});
