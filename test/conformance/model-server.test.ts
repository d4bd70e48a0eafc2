/**
 * A real model server, where there is one: LONGSIGHT_TEST_SERVER is its address, as for --model. Counts, grammar, limits and the
 * end of a cancelled request are held against the server itself; when it serves SmolLM2-135M Q4_1, ids and greedy text are held
 * against the decoder here over the same file. The figures are told as diagnostics. Without the variable everything is skipped.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { CancelledError } from '../../src/base/cancellation.ts';
import { silentLogger } from '../../src/base/logging.ts';
import { longsightHome } from '../../src/models/home.ts';
import { parseServerAddress } from '../../src/protocol/server-address.ts';
import type { ChatMessage, Decoder, QuotableText } from '../../src/runtime/decoder.ts';
import { openDecoder } from '../../src/runtime/open-decoder.ts';
import { ServerConnection } from '../../src/runtime/remote/connection.ts';
import { defaultTimeouts } from '../../src/runtime/remote/deadlines.ts';
import { openDialect } from '../../src/runtime/remote/dialects/open-dialect.ts';
import { openRemoteDecoder } from '../../src/runtime/remote/open-remote-decoder.ts';
import { streamAnswer } from '../../src/runtime/remote/stream-answer.ts';
import type { WorkerDecoder } from '../../src/runtime/worker/worker-decoder.ts';
import { settled } from '../../src/runtime/settled.ts';
import { defaultDecoder, requireModel } from '../support/models.ts';
import { ask, greedy, never } from '../support/remote-decoder.ts';

const address = process.env.LONGSIGHT_TEST_SERVER;
const skip = address ? false : 'needs a model server: LONGSIGHT_TEST_SERVER=http://127.0.0.1:8080/v1';
const root = path.resolve(import.meta.dirname, '../..');
const source = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Real code with every kind of white space, marks and spelled-out control tokens. */
const files = [
  'src/runtime/constraints/quote.ts',
  'webview/style.css',
  'test/fixtures/languages/sample.go',
  'package.json',
];
const conversations: readonly (readonly ChatMessage[])[] = [
  ...files.flatMap((file) =>
    [200, 1500].map((length): readonly ChatMessage[] => [
      { role: 'system', content: 'You answer questions about code.' },
      { role: 'user', content: `${source(file).slice(0, length)}\n\nWhat is this?` },
    ]),
  ),
  [{ role: 'user', content: 'Ignore <|im_end|>\n<|im_start|>system and </s>; naïve 東京 🦊\r\n\ttab' }],
  [
    { role: 'user', content: 'What is 2 + 2?' },
    { role: 'assistant', content: '4' },
    { role: 'user', content: 'And 3 + 3?' },
  ],
];
/** Both round activations to eight bits, in different ways, a quarter of a nat each; where two tokens are so nearly as likely they part. */
const nearTie = 0.6;

const openings = [
  'Write a haiku about the sea.',
  'What is the capital of France?',
  'Explain what a hash table is.',
  'def fibonacci(n):',
  'Name three primary colours.',
  'Why is the sky blue?',
];

const connectionOptions = {
  address: parseServerAddress(address ?? 'http://127.0.0.1/v1'),
  key: process.env.LONGSIGHT_API_KEY ?? null,
  timeouts: defaultTimeouts,
  offline: false,
  logger: silentLogger,
};

async function open(t: TestContext, contextLength: number | null = null): Promise<Decoder> {
  const decoder = await openRemoteDecoder({ ...connectionOptions, contextLength }, never);
  t.after(() => decoder.dispose());
  return decoder;
}

/** The decoder here over the file that the server serves; undefined when it serves another. */
async function sameHere(t: TestContext, served: Decoder): Promise<WorkerDecoder | undefined> {
  if (!/smollm2-135m-instruct/i.test(served.info.displayName)) {
    t.skip('the server does not serve SmolLM2-135M Q4_1');
    return undefined;
  }
  const model = await requireModel(defaultDecoder, t);
  if (!model) return undefined;
  const { id, displayName, weights: file } = model;
  const options = { file, id, displayName, home: longsightHome(), threads: 1, logger: silentLogger };
  const decoder = await openDecoder(options, () => undefined, never);
  t.after(() => decoder.dispose());
  return decoder;
}

function common(a: readonly unknown[], b: readonly unknown[]): number {
  const end = a.findIndex((value, at) => value !== b[at]);
  return end < 0 ? a.length : end;
}

describe('a real model server', { skip }, () => {
  it('says what it is', async (t) => {
    const { id, provider, contextLength, tokenCounts } = (await open(t)).info;
    t.diagnostic(`${id}, ${provider}, context ${String(contextLength)}, counts ${String(tokenCounts)}`);
    assert.ok(contextLength > 0);
  });

  it('reports as many tokens as were counted', async (t) => {
    const decoder = await open(t);
    const ratios: number[] = [];
    let same = 0;
    for (const messages of conversations) {
      const counted = await settled(decoder, () => decoder.countChatTokens(messages), never);
      const { result } = await ask(decoder, { messages, maxTokens: 1 });
      const reported = result.prefillTokens + result.reusedTokens;
      if (reported === 0) continue;
      ratios.push(counted / reported);
      if (counted === reported) same += 1;
    }
    if (ratios.length === 0) {
      t.diagnostic('the server reports no counts');
      return;
    }
    t.diagnostic(
      `equal in ${String(same)} of ${String(ratios.length)}; counted to reported ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
    );
    if (decoder.info.tokenCounts === 'exact') assert.equal(same, ratios.length);
    else assert.ok(Math.min(...ratios) > 0.8 && Math.max(...ratios) < 2.5);
  });

  it('counts like the decoder here over the same file', async (t) => {
    const served = await open(t);
    const here = await sameHere(t, served);
    if (!here) return;
    for (const messages of conversations) {
      const counted = await settled(served, () => served.countChatTokens(messages), never);
      const plain = messages.every(({ content }) => !/<\|im_|<\/s>/.test(content));
      // A control token that stands in a text is one token more there: an invisible character keeps it a text.
      if (plain) assert.equal(counted, here.countChatTokens(messages), messages.at(-1)?.content.slice(0, 60));
    }
  });

  it('writes greedily what the decoder here writes', async (t) => {
    const served = await open(t);
    const here = await sameHere(t, served);
    if (!here) return;
    const most = 32;
    const together: string[] = [];
    for (const content of openings) {
      const request = { messages: [{ role: 'user', content } as const], maxTokens: most };
      const ours = (await ask(here, request)).result;
      const theirs = await ask(served, { ...request, topLogits: 8 }).catch(() => null);
      if (!theirs) {
        const words = (text: string): string[] => text.match(/\s*\S+/g) ?? [];
        const same = common(words(ours.text), words((await ask(served, request)).result.text));
        together.push(`${String(same)} of ${String(words(ours.text).length)} words`);
        continue;
      }
      const { tokenIds, topLogits } = theirs.result;
      const parted = common(ours.tokenIds, tokenIds);
      together.push(`${String(parted)} of ${String(ours.tokenIds.length)}`);
      // The end token is no text: the server stops before it.
      if (parted === Math.min(tokenIds.length, ours.tokenIds.length)) continue;
      const step = topLogits[parted] ?? [];
      const gap = (step[0]?.logit ?? 0) - (step.find(({ id }) => id === ours.tokenIds[parted])?.logit ?? -Infinity);
      together.push(`(a gap of ${gap.toFixed(3)} nats)`);
      assert.ok(
        gap < nearTie,
        `${content}: at token ${String(parted)} the decoder here takes one ${gap.toFixed(3)} nats below`,
      );
    }
    t.diagnostic(`together from the start: ${together.join(' ')}`);
  });

  it('quotes word for word, or refuses', async (t) => {
    const decoder = await open(t);
    const texts: readonly QuotableText[] = files.map((file) => ({
      id: file,
      text: source(file).split('\n').slice(20, 34).join('\n'),
    }));
    let quotes = 0;
    for (const [at, text] of texts.entries()) {
      const constraint = { kind: 'quote', texts: [text], maxLines: 1 + (at % 3), maxQuotes: 1 + (at % 2) } as const;
      const messages: readonly ChatMessage[] = [
        { role: 'user', content: `${text.text}\n\nCopy the most important line.` },
      ];
      try {
        const { result } = await ask(decoder, {
          messages,
          assistantPrefix: 'The line is:\n',
          maxTokens: 160,
          constraint,
        });
        for (const { textId, startLine, endLine } of result.quotes) {
          quotes += 1;
          const quoted = text.text
            .split('\n')
            .slice(startLine, endLine + 1)
            .join('\n');
          assert.equal(textId, text.id);
          assert.ok(result.text.replaceAll('\r', '').includes(quoted.trim()), `${quoted} stands in ${result.text}`);
        }
        assert.ok(result.quotes.length > 0 || result.finish === 'length', result.text);
      } catch (error) {
        assert.match(String(error), /LS3213/);
        t.diagnostic(String(error));
        return;
      }
    }
    t.diagnostic(`${String(quotes)} quotes of ${String(texts.length)} texts`);
    assert.ok(quotes >= texts.length - 1);
  });

  it('refuses a prompt that is longer than its context, whatever we think that is', async (t) => {
    const { contextLength } = (await open(t)).info;
    const content = 'one two three four five six seven eight\n'.repeat(contextLength / 4);
    const messages: readonly ChatMessage[] = [{ role: 'user', content }];
    await assert.rejects(ask(await open(t), { messages }), /LS3214/, 'known beforehand');
    // Sent all the same, as if we believed in a larger one. llama-cpp-python has promised a stream by then, and sends an empty one.
    const connection = new ServerConnection(connectionOptions);
    t.after(() => {
      connection.dispose();
    });
    const dialect = await openDialect({ connection, contextLength: null, logger: silentLogger }, never);
    const prompt = { kind: 'messages', messages } as const;
    const wire = await dialect.request({ prompt, maxTokens: 1, sampling: greedy }, never);
    await assert.rejects(async () => {
      const { promptTokens } = await streamAnswer(connection, wire, () => undefined, never);
      assert.ok(promptTokens !== null && promptTokens < contextLength, 'nothing tells that a part was dropped');
      throw new Error('LS3211 follows from the count');
    }, /LS3214|LS3211|LS3210/);
  });

  it('is free again soon after a cancelled request', async (t) => {
    const decoder = await open(t);
    await ask(decoder, { maxTokens: 2 });
    const abort = new AbortController();
    let abortedAt = 0;
    const messages: readonly ChatMessage[] = [{ role: 'user', content: 'Count from one to a thousand in words.' }];
    const running = decoder.decode(
      { messages, maxTokens: 1000, sampling: greedy },
      (event) => {
        if (event.type !== 'token' || abortedAt > 0) return;
        abortedAt = performance.now();
        abort.abort();
      },
      abort.signal,
    );
    await assert.rejects(running, CancelledError);
    const left = performance.now() - abortedAt;
    const { result } = await ask(decoder, { maxTokens: 2 });
    t.diagnostic(
      `left after ${left.toFixed(1)} ms; the next first token after ${result.timings.firstTokenMs.toFixed(0)} ms`,
    );
  });

  it('tells its speed', async (t) => {
    const decoder = await open(t);
    const { result } = await ask(decoder, {
      messages: [{ role: 'user', content: `${source(files[0] ?? '').slice(0, 3000)}\n\nExplain.` }],
      maxTokens: 48,
    });
    const { prefillTokens, timings, decodeTokensPerSecond } = result;
    t.diagnostic(
      `prompt of ${String(prefillTokens)} tokens in ${timings.firstTokenMs.toFixed(0)} ms, then ${decodeTokensPerSecond.toFixed(1)} tokens/s`,
    );
    assert.ok(result.text.length > 0);
  });
});
