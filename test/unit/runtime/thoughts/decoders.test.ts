/** Thoughts of decoders here and on servers: out of the answer, told apart, and said where nothing else came. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { silentLogger } from '../../../../src/base/logging.ts';
import { generate } from '../../../../src/engine/decoders/decoder-alone.ts';
import type { DecodeEvent, Decoder } from '../../../../src/runtime/decoder.ts';
import { openDecoder } from '../../../../src/runtime/open-decoder.ts';
import {
  type ModelServer,
  delta,
  end,
  event,
  finish,
  json,
  models,
  reply,
  stream,
} from '../../../support/model-server.ts';
import { ask, greedy, modelServer, never, openRemote, question } from '../../../support/remote-decoder.ts';
import { temporaryFolder } from '../../../support/small-repository.ts';
import { tinyBytesGguf } from '../../../support/tiny-models.ts';

const turns = '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';
const opening = (behind: string): string =>
  `${turns}{% if add_generation_prompt %}<|im_start|>assistant\n${behind}{% endif %}`;

async function local(t: TestContext, behind: string): Promise<Decoder> {
  const home = temporaryFolder(t, 'home');
  const file = path.join(home, 'tiny.gguf');
  writeFileSync(file, tinyBytesGguf(opening(behind)));
  const options = { file, id: 'tiny', displayName: 'Tiny', home, threads: 1, logger: silentLogger };
  const decoder = await openDecoder(options, () => undefined, never);
  t.after(() => decoder.dispose());
  return decoder;
}

/** Holds the decoder to a text, as if it had written that. */
const writes = (text: string): { readonly kind: 'regex'; readonly pattern: string } => ({
  kind: 'regex',
  pattern: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
});

describe('a decoder here', () => {
  it('keeps out of the answer what it thinks, whoever opened the thought', async (t) => {
    for (const [behind, written] of [
      ['<think>\n', 'I think aloud.</think>Answer'],
      ['', '<think>I think aloud.</think>\n\nAnswer'],
      ['', '[THINK]I think aloud.[/THINK]Answer'],
    ] as const) {
      const decoder = await local(t, behind);
      const events: DecodeEvent[] = [];
      const result = await decoder.decode(
        { messages: question, maxTokens: 64, sampling: greedy, constraint: writes(written) },
        (told) => events.push(told),
        never,
      );
      assert.equal(result.text, 'Answer');
      assert.equal(result.thoughts, 'I think aloud.');
      const told = (type: 'token' | 'thought'): string =>
        events.map((one) => (one.type === type ? one.text : '')).join('');
      assert.equal(told('token'), 'Answer');
      assert.match(told('thought'), /^I think aloud\./);
    }
  });

  it('has its stop strings looked for in the answer alone', async (t) => {
    const decoder = await local(t, '');
    const { text } = await decoder.decode(
      {
        messages: question,
        maxTokens: 64,
        sampling: greedy,
        stop: ['.'],
        constraint: writes('<think>One. Two.</think>Three. Four.'),
      },
      () => undefined,
      never,
    );
    assert.equal(text, 'Three');
  });

  it('that thinks until its tokens run out has given no answer, and that is said', async (t) => {
    const decoder = await local(t, '<think>\n');
    const request = { prompt: 'hi', chat: true, greedy: true, maxTokens: 5 };
    const report = await generate(decoder, 0, request, () => undefined, never);
    assert.equal(report.text, '');
    assert.equal(report.notice?.code, 'LS3011');
    const raw = await generate(decoder, 0, { ...request, chat: false }, () => undefined, never);
    assert.equal(raw.notice, undefined, 'a prompt as it is has no turns');
  });
});

describe('a decoder on a server', () => {
  async function plain(
    t: TestContext,
    ...pieces: readonly string[]
  ): Promise<{ server: ModelServer; decoder: Decoder }> {
    const server = await modelServer(t);
    server
      .on('GET /v1/models', models('someone', { id: 'm' }))
      .on('POST /v1/chat/completions', stream(...pieces.map((piece) => delta(piece)), finish(), end));
    return { server, decoder: await openRemote(t, server.address) };
  }

  it('whose template opened the thought shows the answer alone, and streams from then on', async (t) => {
    const { server, decoder } = await plain(t, 'The user wants', ' this.\n', '</think>\n\n', 'Refunds ', 'are made.');
    const { told, result } = await ask(decoder);
    assert.deepEqual(
      [told, result.text, result.thoughts],
      ['Refunds are made.', 'Refunds are made.', 'The user wants this.'],
    );
    server.on('POST /v1/chat/completions', stream(delta('It goes on and on'), finish('length'), end));
    const cut = await ask(decoder);
    assert.deepEqual([cut.told, cut.result.thoughts], ['', 'It goes on and on']);
  });

  it('streams once its first answer showed that it opens none', async (t) => {
    const { decoder } = await plain(t, 'Refunds ', 'are made', ' here.');
    const pieces = async (): Promise<string[]> => {
      const told: string[] = [];
      await decoder.decode(
        { messages: question, maxTokens: 9, sampling: greedy },
        (one) => {
          if (one.type === 'token' && one.text !== '') told.push(one.text);
        },
        never,
      );
      return told;
    };
    assert.deepEqual(await pieces(), ['Refunds are made here.']);
    assert.deepEqual(await pieces(), ['Refunds ', 'are made', ' here.']);
  });

  it('that tells thoughts apart is believed, by each name', async (t) => {
    for (const name of ['reasoning_content', 'reasoning']) {
      const { server, decoder } = await plain(t);
      const thought = event({ choices: [{ index: 0, delta: { [name]: 'Hm.' } }] });
      server.on('POST /v1/chat/completions', stream(thought, delta('Yes, '), delta('`</think>` is.'), finish(), end));
      const { told, result } = await ask(decoder);
      assert.deepEqual([told, result.thoughts], ['Yes, `</think>` is.', 'Hm.']);
    }
  });

  it('tells where its answers begin, where it renders or splits conversations', async (t) => {
    const llama = await modelServer(t);
    llama
      .on('GET /v1/models', models('llamacpp', { id: 'm.gguf' }))
      .on('GET /props', json({ default_generation_settings: { n_ctx: 4096 } }))
      .on('POST /apply-template', ({ body }, response) => {
        const messages = body?.['messages'] as readonly { readonly content: string }[];
        reply(response, { prompt: `${messages.map(({ content }) => content).join('\n')}\n<think>\n` });
      })
      .on('POST /tokenize', json({ tokens: [1, 2, 3] }))
      .on(
        'POST /completion',
        stream(
          event({ content: 'Why</think>', stop: false }),
          event({ content: 'Paris', stop: false }),
          event({ content: '', stop: true, stop_type: 'eos', tokens_evaluated: 3 }),
        ),
      );
    const first = await ask(await openRemote(t, llama.address));
    assert.deepEqual([first.told, first.result.thoughts], ['Paris', 'Why']);

    const vllm = await modelServer(t);
    vllm
      .on('GET /v1/models', models('vllm', { id: 'm', max_model_len: 4096 }))
      .on('GET /version', json({ version: '0.12.0' }))
      .on('POST /tokenize', json({ count: 3, tokens: [1, 2, 3] }))
      .on('POST /detokenize', json({ prompt: '<|user|>Where does the answer begin?<|assistant|><think>' }))
      .on('POST /v1/chat/completions', stream(delta('Why never ends'), finish('length'), end));
    const second = await ask(await openRemote(t, vllm.address));
    assert.deepEqual([second.told, second.result.thoughts], ['', 'Why never ends']);
  });

  it('that is Ollama tells them in a field of its own', async (t) => {
    const server = await modelServer(t);
    server
      .on('GET /v1/models', models('library', { id: 'm:latest' }))
      .on('POST /api/show', json({ capabilities: ['completion', 'thinking'], template: '<think>{{ .Prompt }}' }))
      .on('POST /api/chat', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        for (const message of [{ content: '', thinking: 'Why' }, { content: 'Paris' }])
          response.write(`${JSON.stringify({ message, done: false })}\n`);
        response.end(`${JSON.stringify({ message: { content: '' }, done: true, done_reason: 'stop' })}\n`);
      });
    const { told, result } = await ask(await openRemote(t, server.address));
    assert.deepEqual([told, result.thoughts], ['Paris', 'Why']);
  });
});
