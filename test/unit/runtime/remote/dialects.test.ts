/** What each kind of server is recognised by and sent, against scripted servers that answer as its documentation says. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import type { Constraint } from '../../../../src/runtime/decoder.ts';
import {
  type ModelServer,
  delta,
  end,
  event,
  finish,
  json,
  lines,
  models,
  reply,
  stream,
  usage,
} from '../../../support/model-server.ts';
import { ask, modelServer, never, openRemote, question } from '../../../support/remote-decoder.ts';

const quote: Constraint = {
  kind: 'quote',
  texts: [{ id: 's', text: '  return this.routes.find(match);\n}' }],
  maxLines: 1,
  maxQuotes: 1,
};
const schema: Constraint = { kind: 'json-schema', schema: { type: 'object' } };
const regex: Constraint = { kind: 'regex', pattern: 'yes|no' };
const sampled = {
  temperature: 0.7,
  topK: 20,
  topP: 0.9,
  minP: 0.1,
  repetitionPenalty: 1.1,
  repetitionWindow: 32,
  seed: 5,
};
const tinyModel = path.resolve(import.meta.dirname, '../../../fixtures/decoder/tiny/llama-tied/model.gguf');

/** Words and marks, as a tokenizer that every scripted server shares; ids are lengths, which is enough to be told apart. */
const tokens = (text: string): number[] => (text.match(/\w+|[^\w\s]|\s+/g) ?? []).map(({ length }) => length);
const rendered = (body: Record<string, unknown> | null): string =>
  (body?.['messages'] as { role: string; content: string }[])
    .map(({ role, content }) => `<${role}>${content}`)
    .join('') + '<assistant>';

function bodyOf(server: ModelServer, route: string): Record<string, unknown> {
  return server.to(route).at(-1)?.body ?? {};
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'longsight-server-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe('llama.cpp server', () => {
  async function start(t: TestContext): Promise<ModelServer> {
    const server = await modelServer(t);
    return server
      .on('GET /v1/models', models('llamacpp', { id: 'models/coder.Q4_K_M.gguf', meta: { n_params: 7e9, size: 4e9 } }))
      .on('GET /props', json({ default_generation_settings: { n_ctx: 4096 }, build_info: 'b1' }))
      .on('POST /apply-template', ({ body }, response) => {
        reply(response, { prompt: rendered(body) });
      })
      .on('POST /tokenize', ({ body }, response) => {
        reply(response, { tokens: tokens(String(body?.['content'])) });
      })
      .on(
        'POST /completion',
        stream(
          event({
            content: '',
            tokens: [0],
            prompt_progress: { total: 10, cache: 4, processed: 4, time_ms: 1 },
            stop: false,
          }),
          event({
            content: 'Pa',
            tokens: [7],
            stop: false,
            completion_probabilities: [
              {
                id: 7,
                logprob: -0.1,
                top_logprobs: [
                  { id: 7, logprob: -0.1 },
                  { id: 8, logprob: -3 },
                ],
              },
            ],
          }),
          event({ content: 'ris', tokens: [9], stop: false }),
          event({
            content: '',
            tokens: [],
            stop: true,
            stop_type: 'eos',
            tokens_evaluated: 1000,
            tokens_predicted: 3,
            timings: { cache_n: 4 },
          }),
        ),
      );
  }

  it('is opened with its context, and counts exactly by its own template and tokenizer', async (t) => {
    const server = await start(t);
    const decoder = await openRemote(t, server.address);
    const { contextLength, displayName, tokenCounts, provider } = decoder.info;
    assert.deepEqual([contextLength, displayName, tokenCounts], [4096, 'coder.Q4_K_M', 'exact']);
    assert.match(provider, /^llama\.cpp server at 127\.0\.0\.1:/);
    decoder.countChatTokens(question);
    await decoder.settleCounts?.(never);
    assert.equal(decoder.countChatTokens(question), tokens(rendered({ messages: question })).length);
  });

  it('is sent the ids that were counted, and tells progress, ids and candidates', async (t) => {
    const server = await start(t);
    const decoder = await openRemote(t, server.address);
    const { result, told } = await ask(decoder, {
      topLogits: 2,
      sampling: sampled,
      stop: ['\n'],
      logitBias: [{ token: ' the', bias: 'never' }],
    });
    assert.equal(told, 'Paris');
    const prompt = tokens(rendered({ messages: question }));
    assert.deepEqual(result.promptTokenIds, prompt);
    assert.deepEqual(result.tokenIds, [7, 9]);
    assert.deepEqual(result.topLogits, [
      [
        { id: 7, logit: -0.1 },
        { id: 8, logit: -3 },
      ],
    ]);
    assert.equal(result.decodeTokens, 3);
    assert.equal(result.finish, 'end-token');
    const body = bodyOf(server, '/completion');
    assert.deepEqual(body['prompt'], prompt);
    assert.deepEqual(
      [
        body['temperature'],
        body['top_k'],
        body['top_p'],
        body['min_p'],
        body['repeat_penalty'],
        body['repeat_last_n'],
        body['seed'],
      ],
      [0.7, 20, 0.9, 0.1, 1.1, 32, 5],
    );
    assert.deepEqual([body['n_probs'], body['stop'], body['logit_bias']], [2, ['\n'], [[' the', false]]]);
  });

  it('is held by its grammar, and begins where it is told to', async (t) => {
    const server = await start(t);
    server.on(
      'POST /completion',
      stream(
        event({ content: 'return this.routes.find(match);', stop: false }),
        event({ content: '', stop: true, stop_type: 'eos', tokens_evaluated: 99 }),
      ),
    );
    const { result } = await ask(await openRemote(t, server.address), {
      constraint: quote,
      assistantPrefix: 'The line:\n',
    });
    assert.deepEqual(result.quotes, [{ textId: 's', startLine: 0, endLine: 0 }]);
    const body = bodyOf(server, '/completion');
    assert.match(String(body['grammar']), /^root ::= quote\n/);
    assert.deepEqual((body['prompt'] as number[]).slice(-tokens('The line:\n').length), tokens('The line:\n'));
    await ask(await openRemote(t, server.address), { constraint: schema });
    assert.deepEqual(bodyOf(server, '/completion')['json_schema'], { type: 'object' });
    await assert.rejects(ask(await openRemote(t, server.address), { constraint: regex }), /LS3213/);
  });

  it('is found out when it evaluates fewer ids than it was sent', async (t) => {
    const server = await start(t);
    server.on(
      'POST /completion',
      stream(
        event({ content: 'Paris', stop: false }),
        event({ content: '', stop: true, stop_type: 'eos', tokens_evaluated: 5 }),
      ),
    );
    await assert.rejects(ask(await openRemote(t, server.address)), /LS3211/);
  });

  it('does not say how likely a text is', async (t) => {
    const decoder = await openRemote(t, (await start(t)).address);
    await assert.rejects(
      decoder.perplexity({ tokenIds: [1, 2, 3], bucket: 2 }, () => undefined, never),
      /LS3213/,
    );
    for (const request of [{ window: { sinks: 4, recent: 10 } }, { rope: 'yarn:2' }])
      await assert.rejects(ask(decoder, request), /LS3213/);
  });
});

describe('llama-cpp-python server', () => {
  async function start(t: TestContext, id: string): Promise<ModelServer> {
    const server = await modelServer(t);
    return server
      .on('GET /v1/models', models('me', { id }))
      .on('POST /extras/tokenize/count', ({ body }, response) => {
        reply(response, { count: tokens(String(body?.['input'])).length });
      })
      .on(
        'POST /v1/completions',
        json(
          {
            error: {
              message:
                "This model's maximum context length is 2048 tokens. However, your messages resulted in 1200001 tokens.",
              code: 'context_length_exceeded',
            },
          },
          400,
        ),
      )
      .on('POST /v1/chat/completions', stream(delta('Paris'), finish(), end));
  }

  it('tells its context when it refuses a prompt, and counts texts alone', async (t) => {
    const server = await start(t, 'coder');
    const decoder = await openRemote(t, server.address);
    assert.equal(decoder.info.contextLength, 2048);
    assert.equal(decoder.info.tokenCounts, 'estimated');
    assert.equal((await ask(decoder)).told, 'Paris');
    await assert.rejects(ask(decoder, { assistantPrefix: 'It is' }), /LS3213/);
    assert.equal((await openRemote(t, server.address, { contextLength: 512 })).info.contextLength, 512);
  });

  it('is sent rendered prompts when its file lies here and is the one it serves', async (t) => {
    const server = await start(t, tinyModel);
    const other = await openRemote(t, server.address);
    assert.equal(other.info.tokenCounts, 'estimated', 'another tokenizer answers than that of the file');
    server.on('POST /extras/tokenize/count', async ({ body }, response) => {
      const { openLocalRendering } = await import('../../../../src/runtime/remote/local-rendering.ts');
      const { silentLogger } = await import('../../../../src/base/logging.ts');
      const local = await openLocalRendering(tinyModel, silentLogger);
      reply(response, { count: local?.encodePrompt(String(body?.['input'])).length });
    });
    const decoder = await openRemote(t, server.address, { contextLength: 1024 });
    assert.equal(decoder.info.tokenCounts, 'exact');
    server.on(
      'POST /v1/completions',
      stream(
        event({ choices: [{ text: 'Paris', finish_reason: null }] }),
        event({ choices: [{ text: '', finish_reason: 'stop' }] }),
        end,
      ),
    );
    assert.equal((await ask(decoder, { assistantPrefix: 'It is ' })).told, 'Paris');
    assert.match(String(bodyOf(server, '/v1/completions')['prompt']), /What is the capital of France\?[^]*It is $/);
  });
});

describe('vLLM', () => {
  async function start(t: TestContext, version: string): Promise<ModelServer> {
    const server = await modelServer(t);
    return server
      .on('GET /v1/models', models('vllm', { id: 'qwen', max_model_len: 32_768, root: 'Qwen/Qwen2.5' }))
      .on('GET /version', json({ version }))
      .on('POST /tokenize', ({ body }, response) => {
        const ids = tokens(body?.['messages'] ? rendered(body) : String(body?.['prompt']));
        reply(response, { count: ids.length, max_model_len: 32_768, tokens: ids });
      })
      .on(
        'POST /v1/chat/completions',
        stream(delta('Paris'), finish(), usage(tokens(rendered({ messages: question })).length), end),
      );
  }

  it('counts conversations exactly, and is held to a pattern in the words of its version', async (t) => {
    for (const [version, field] of [
      ['0.13.0', 'structured_outputs'],
      ['0.9.2', 'guided_regex'],
    ] as const) {
      const server = await start(t, version);
      const decoder = await openRemote(t, server.address);
      assert.deepEqual([decoder.info.contextLength, decoder.info.tokenCounts], [32_768, 'exact']);
      assert.equal((await ask(decoder, { sampling: sampled })).told, 'Paris');
      const body = bodyOf(server, '/v1/chat/completions');
      assert.deepEqual([body['top_k'], body['min_p'], body['repetition_penalty']], [20, 0.1, 1.1]);
      await ask(decoder, { constraint: quote });
      assert.match(JSON.stringify(bodyOf(server, '/v1/chat/completions')[field]), /return this\\\\\.routes/);
      await ask(decoder, { constraint: schema });
    }
  });

  it('goes on with an answer that was begun, and is found out when it drops a part', async (t) => {
    const server = await start(t, '0.13.0');
    const decoder = await openRemote(t, server.address);
    await ask(decoder, { assistantPrefix: 'It is' });
    const body = bodyOf(server, '/v1/chat/completions');
    assert.deepEqual((body['messages'] as unknown[]).at(-1), { role: 'assistant', content: 'It is' });
    assert.deepEqual([body['continue_final_message'], body['add_generation_prompt']], [true, false]);
    server.on('POST /v1/chat/completions', stream(delta('Paris'), finish(), usage(3), end));
    await assert.rejects(ask(decoder), /LS3211/);
  });

  it('says how likely a text is, and which tokens were nearly taken', async (t) => {
    const server = await start(t, '0.13.0');
    const logprobs = { token_logprobs: [null, -1, -3, -0.5], top_logprobs: [null] };
    server.on('POST /v1/completions', json({ choices: [{ text: '', logprobs, finish_reason: 'length' }] }));
    const decoder = await openRemote(t, server.address);
    const report = await decoder.perplexity({ tokenIds: [1, 2, 3], bucket: 8 }, () => undefined, never);
    assert.deepEqual([report.tokens, report.meanNll], [3, 2]);
    assert.deepEqual(bodyOf(server, '/v1/completions')['prompt'], [1, 2, 3]);
    const chosen = {
      content: [{ token: 'token_id:5', logprob: -0.1, top_logprobs: [{ token: 'token_id:5', logprob: -0.1 }] }],
    };
    server.on(
      'POST /v1/chat/completions',
      stream(event({ choices: [{ delta: { content: 'a' }, logprobs: chosen }] }), finish(), end),
    );
    assert.deepEqual((await ask(decoder, { topLogits: 1 })).result.topLogits, [[{ id: 5, logit: -0.1 }]]);
  });
});

describe('SGLang', () => {
  it('counts texts, is held to a pattern, and is asked without counts where it has no endpoint for them', async (t) => {
    const server = await modelServer(t);
    server
      .on('GET /v1/models', models('sglang', { id: 'qwen', max_model_len: 8192 }))
      .on('POST /v1/chat/completions', stream(delta('Paris'), finish(), usage(40), end));
    assert.equal((await openRemote(t, server.address)).info.tokenCounts, 'estimated');
    server.on('POST /tokenize', ({ body }, response) => {
      const ids = tokens(String(body?.['prompt']));
      reply(response, { count: ids.length, tokens: ids, max_model_len: 8192 });
    });
    const decoder = await openRemote(t, server.address);
    assert.equal(decoder.info.contextLength, 8192);
    assert.deepEqual(await decoder.tokenize('a bc'), [1, 1, 2]);
    await ask(decoder, { constraint: quote });
    assert.match(String(bodyOf(server, '/v1/chat/completions')['regex']), /routes/);
  });
});

describe('Ollama', () => {
  const list = models('library', { id: 'qwen2.5-coder:7b' }, { id: 'llama3.2:latest' });
  async function start(t: TestContext, parameters = ''): Promise<ModelServer> {
    const server = await modelServer(t);
    return server
      .on('GET /v1/models', list)
      .on(
        'POST /api/show',
        json({ parameters, model_info: { 'qwen2.context_length': 32_768 }, capabilities: ['completion', 'thinking'] }),
      )
      .on(
        'POST /api/chat',
        lines(
          { model: 'm', message: { role: 'assistant', content: 'Pa' }, done: false },
          { model: 'm', message: { role: 'assistant', content: 'ris' }, done: false },
          {
            model: 'm',
            message: { role: 'assistant', content: '' },
            done: true,
            done_reason: 'stop',
            prompt_eval_count: 30,
            eval_count: 3,
          },
        ),
      );
  }

  it('is always asked for the same context, and not to drop anything', async (t) => {
    const server = await start(t);
    const decoder = await openRemote(t, `${server.address}#qwen2.5-coder:7b`);
    assert.deepEqual([decoder.info.contextLength, decoder.info.tokenCounts], [8192, 'estimated']);
    assert.equal((await ask(decoder, { sampling: sampled })).told, 'Paris');
    const body = bodyOf(server, '/api/chat');
    assert.deepEqual([body['truncate'], body['shift'], body['think']], [false, false, false]);
    assert.deepEqual(body['options'], {
      num_ctx: 8192,
      num_predict: 16,
      temperature: 0.7,
      top_k: 20,
      top_p: 0.9,
      min_p: 0.1,
      repeat_penalty: 1.1,
      repeat_last_n: 32,
      seed: 5,
    });
    assert.deepEqual(server.to('/v1/chat/completions'), []);
  });

  it('has the context of its Modelfile, or the one that was asked for, but no more than the model was trained for', async (t) => {
    const configured = await start(t, 'stop "<|im_end|>"\nnum_ctx                        16384\n');
    const address = `${configured.address}#qwen2.5-coder:7b`;
    assert.equal((await openRemote(t, address)).info.contextLength, 16_384);
    assert.equal((await openRemote(t, address, { contextLength: 2048 })).info.contextLength, 2048);
    assert.equal((await openRemote(t, address, { contextLength: 1_000_000 })).info.contextLength, 32_768);
    assert.equal((await openRemote(t, `${configured.address}#llama3.2`)).info.displayName, 'llama3.2:latest');
  });

  it('drops a part in silence, and is found out', async (t) => {
    const server = await start(t);
    const decoder = await openRemote(t, `${server.address}#llama3.2`);
    const long = [{ role: 'user' as const, content: 'The ships are counted every morning. '.repeat(700) }];
    await assert.rejects(ask(decoder, { messages: long }), /LS3211/);
  });

  it('quotes by a schema of all quotes', async (t) => {
    const server = await start(t);
    const answer = JSON.stringify({ quotes: ['return this.routes.find(match);'] });
    server.on(
      'POST /api/chat',
      lines(
        { message: { content: answer }, done: false },
        { message: { content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 30 },
      ),
    );
    const { result, told } = await ask(await openRemote(t, `${server.address}#llama3.2`), {
      constraint: quote,
      assistantPrefix: 'The line:\n',
    });
    assert.deepEqual(result.quotes, [{ textId: 's', startLine: 0, endLine: 0 }]);
    assert.equal(told, '');
    const format = bodyOf(server, '/api/chat')['format'] as { properties: { quotes: { items: { enum: string[] } } } };
    assert.deepEqual(format.properties.quotes.items.enum, ['return this.routes.find(match);']);
    server.on(
      'POST /api/chat',
      lines(
        { message: { content: 'The routes are found by match.' }, done: false },
        { message: { content: '' }, done: true, prompt_eval_count: 30 },
      ),
    );
    assert.deepEqual(
      (await ask(await openRemote(t, `${server.address}#llama3.2`), { constraint: quote })).result.quotes,
      [],
    );
  });

  it('on this machine is sent rendered prompts, counted by the tokenizer of its own file', async (t) => {
    const folder = temporary(t);
    const digest = `sha256-${'a'.repeat(64)}`;
    mkdirSync(path.join(folder, 'manifests/registry.ollama.ai/library/llama3.2'), { recursive: true });
    mkdirSync(path.join(folder, 'blobs'));
    copyFileSync(tinyModel, path.join(folder, 'blobs', digest));
    const layers = [{ mediaType: 'application/vnd.ollama.image.model', digest: digest.replace('-', ':') }];
    writeFileSync(
      path.join(folder, 'manifests/registry.ollama.ai/library/llama3.2/latest'),
      JSON.stringify({ layers }),
    );
    const server = await start(t);
    const decoder = await openRemote(t, `${server.address}#llama3.2`, { ollama: [folder] });
    assert.equal(decoder.info.tokenCounts, 'exact');
    const promptTokens = decoder.countChatTokens(question);
    server.on(
      'POST /api/generate',
      lines(
        { response: 'Paris', done: false },
        { response: '', done: true, done_reason: 'stop', prompt_eval_count: promptTokens },
      ),
    );
    assert.equal((await ask(decoder)).told, 'Paris');
    assert.equal(bodyOf(server, '/api/generate')['raw'], true);
    server.on(
      'POST /api/generate',
      lines(
        { response: 'Paris', done: false },
        { response: '', done: true, done_reason: 'stop', prompt_eval_count: promptTokens - 9 },
      ),
    );
    await assert.rejects(ask(decoder), /LS3211/);
  });

  it('is recognised by its version where the owner of a model is somebody else', async (t) => {
    const server = await start(t);
    server
      .on('GET /v1/models', models('bartowski', { id: 'hf.co/bartowski/x:Q4' }))
      .on('GET /api/version', json({ version: '0.12.6' }));
    assert.match((await openRemote(t, server.address)).info.provider, /^Ollama at/);
  });
});

describe('another server with the interface of OpenAI', () => {
  it('is sent nothing that OpenAI does not document, and never quotes', async (t) => {
    const server = await modelServer(t);
    server
      .on('GET /v1/models', models('openai', { id: 'gpt' }))
      .on('POST /v1/chat/completions', stream(delta('Paris'), finish(), usage(25), end));
    const decoder = await openRemote(t, server.address, { key: 'k' });
    assert.deepEqual([decoder.info.contextLength, decoder.info.tokenCounts], [4096, 'estimated']);
    await ask(decoder, { sampling: sampled, stop: ['\n'] });
    assert.deepEqual(Object.keys(bodyOf(server, '/v1/chat/completions')).sort(), [
      'max_tokens',
      'messages',
      'model',
      'seed',
      'stop',
      'stream',
      'stream_options',
      'temperature',
      'top_p',
    ]);
    const before = server.requests.length;
    for (const constraint of [quote, schema, regex]) await assert.rejects(ask(decoder, { constraint }), /LS3213/);
    await assert.rejects(async () => decoder.tokenize('a'), /LS3213/);
    assert.equal(server.requests.length, before, 'no free prose was asked for in place of a quote');
  });

  it('is asked under the path that was given', async (t) => {
    const server = await modelServer(t);
    server
      .on('GET /openai/models', models('x', { id: 'm' }))
      .on('POST /openai/chat/completions', stream(delta('Paris'), finish(), end));
    assert.equal((await ask(await openRemote(t, `${server.origin}/openai`))).told, 'Paris');
  });
});
