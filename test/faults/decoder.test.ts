/** The decoder in its worker: cancelled, asked twice at once, given nonsense, a damaged file, ended in the middle. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, after, describe, it } from 'node:test';
import { silentLogger } from '../../src/base/logging.ts';
import { longsightHome } from '../../src/models/home.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult, Decoder, Sampling } from '../../src/runtime/decoder.ts';
import { openDecoder } from '../../src/runtime/open-decoder.ts';
import type { WorkerDecoder } from '../../src/runtime/worker/worker-decoder.ts';
import { defaultDecoder, requireModel } from '../support/models.ts';

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
const never = new AbortController().signal;

/** A decoder of its own, for the caller to let go. */
async function openOwn(t: TestContext): Promise<WorkerDecoder | undefined> {
  const model = await requireModel(defaultDecoder, t);
  if (!model) return undefined;
  const { id, displayName, weights: file } = model;
  const options = { file, id, displayName, home: longsightHome(), threads: 2, logger: silentLogger };
  return openDecoder(options, () => undefined, never);
}

let shared: Promise<WorkerDecoder | undefined> | undefined;
/** The decoder that all tests share which leave it whole. */
function open(t: TestContext): Promise<WorkerDecoder | undefined> {
  shared ??= openOwn(t);
  return shared.then((decoder) => {
    if (!decoder) t.skip('needs the default decoder');
    return decoder;
  });
}

async function run(
  decoder: Decoder,
  request: Omit<DecodeRequest, 'sampling'> & { sampling?: Sampling },
  signal = never,
): Promise<{ result: DecodeResult; events: DecodeEvent[] }> {
  const events: DecodeEvent[] = [];
  const result = await decoder.decode({ sampling: greedy, ...request }, (event) => events.push(event), signal);
  return { result, events };
}
const shown = (events: readonly DecodeEvent[]): string =>
  events.map((event) => (event.type === 'token' ? event.text : '')).join('');
const question = (content: string): DecodeRequest['messages'] => [{ role: 'user', content }];
const code = 'def area(width, height):\n    return width * height\n\n'.repeat(60);

describe('the decoder in its worker', () => {
  after(async () => (await shared)?.dispose());

  it('streams what it returns, ends at the end token, and reuses the prompt before', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const messages = question('What is the capital of France? Say it with an emoji.');
    const { result, events } = await run(decoder, { messages: messages ?? [], maxTokens: 40 });
    assert.equal(result.finish, 'end-token');
    assert.match(result.text, /Paris/);
    assert.equal(shown(events), result.text);
    assert.equal(result.promptTokenIds.length, decoder.countChatTokens(messages ?? []));
    const again = await run(decoder, { messages: messages ?? [], maxTokens: 40 });
    assert.equal(again.result.reusedTokens, result.promptTokenIds.length - 1);
    assert.equal(again.result.text, result.text);
  });

  it('never shows half a character', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const tokenIds = decoder.tokenize('🦊🐻🐼 🦊🐻🐼 🦊🐻🐼 🦊🐻🐼 🦊🐻🐼 🦊🐻');
    const { result, events } = await run(decoder, { tokenIds, maxTokens: 24 });
    const pieces = events.flatMap((event) => (event.type === 'token' ? [event.text] : []));
    assert.ok(
      pieces.some((piece) => piece === ''),
      'some token is only a part of a character',
    );
    assert.match(result.text, /\p{Extended_Pictographic}/u);
    for (const piece of pieces.slice(0, -1)) assert.ok(!piece.includes('\ufffd'));
    assert.equal(pieces.join(''), result.text);
  });

  it('stops at a stop string, which is not shown, and after the last token allowed', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const tokenIds = decoder.tokenize(`${code}def area(`);
    const { result, events } = await run(decoder, { tokenIds, maxTokens: 40, stop: ['return'] });
    assert.equal(result.finish, 'stop-string');
    assert.match(result.text, /width, height\):\n\s+$/);
    assert.equal(shown(events), result.text);
    const cut = await run(decoder, { tokenIds, maxTokens: 3, topLogits: 5 });
    assert.deepEqual(
      [cut.result.finish, cut.result.tokenIds.length, cut.result.topLogits.length, cut.result.topLogits[0]?.length],
      ['length', 3, 3, 5],
    );
    assert.equal(cut.result.topLogits[0]?.[0]?.id, cut.result.tokenIds[0]);
  });

  it('is cancelled within a slice or a token, and is as good as before', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const tokenIds = decoder.tokenize(code);
    assert.ok(tokenIds.length > 800);
    const fresh = await run(decoder, { tokenIds, maxTokens: 8 });
    const whileReading = new AbortController();
    let slices = 0;
    const reading = decoder.decode(
      { tokenIds: [...tokenIds].reverse(), maxTokens: 8, sampling: greedy },
      (event) => {
        if (event.type === 'prefill' && ++slices === 1) whileReading.abort();
      },
      whileReading.signal,
    );
    await assert.rejects(reading, /cancelled/);
    assert.ok(slices <= 2, `${String(slices)} slices were computed`);
    const whileWriting = new AbortController();
    let tokens = 0;
    const writing = decoder.decode(
      { tokenIds, maxTokens: 200, sampling: greedy },
      (event) => {
        if (event.type === 'token' && ++tokens === 3) whileWriting.abort();
      },
      whileWriting.signal,
    );
    await assert.rejects(writing, /cancelled/);
    assert.ok(tokens <= 5, `${String(tokens)} tokens came`);
    const again = await run(decoder, { tokenIds, maxTokens: 8 });
    assert.equal(again.result.text, fresh.result.text);
    const early = new AbortController();
    early.abort();
    await assert.rejects(run(decoder, { tokenIds, maxTokens: 8 }, early.signal), /cancelled/);
  });

  it('takes requests one after another, and counts tokens meanwhile', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const prompts = ['1 2 3 4 5', 'a b c d e', 'one two three four'].map((text) => decoder.tokenize(text));
    const alone: string[] = [];
    for (const tokenIds of prompts) alone.push((await run(decoder, { tokenIds, maxTokens: 6 })).result.text);
    const together = prompts.map((tokenIds) => run(decoder, { tokenIds, maxTokens: 6 }));
    assert.ok(decoder.countTokens(code) > 800);
    assert.deepEqual(
      (await Promise.all(together)).map(({ result }) => result.text),
      alone,
    );
  });

  it('slides its window over a prompt longer than it', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const tokenIds = decoder.tokenize(`${code}def area(`);
    const { result } = await run(decoder, { tokenIds, maxTokens: 12, window: { sinks: 4, recent: 200 } });
    assert.match(result.text, /^width, height\):\n\s+return width/);
  });

  it('says what is wrong with a request', async (t) => {
    const decoder = await open(t);
    if (!decoder) return;
    const tokenIds = decoder.tokenize('text');
    const wrong: readonly (readonly [Omit<DecodeRequest, 'sampling'>, RegExp])[] = [
      [{ tokenIds: [], maxTokens: 1 }, /LS3005/],
      [{ tokenIds: [decoder.info.contextLength * 100], maxTokens: 1 }, /LS3005/],
      [{ maxTokens: 1 }, /LS3005/],
      [{ tokenIds, maxTokens: 1, rope: 'spiral:2' }, /LS3003/],
      [{ tokenIds, maxTokens: 1, window: { sinks: 4, recent: 0 } }, /LS3005/],
      [{ tokenIds: Array.from({ length: decoder.info.contextLength + 1 }, () => 5), maxTokens: 1 }, /LS3004/],
    ];
    for (const [request, code_] of wrong) await assert.rejects(run(decoder, request), code_);
    await assert.rejects(
      decoder.perplexity({ tokenIds: [5], bucket: 10 }, () => undefined, never),
      /LS3005/,
    );
    assert.equal((await run(decoder, { tokenIds, maxTokens: 2 })).result.tokenIds.length, 2);
  });

  it('tells who waits that it has ended', async (t) => {
    const decoder = await openOwn(t);
    if (!decoder) return;
    const running = run(decoder, { tokenIds: decoder.tokenize(code), maxTokens: 100 });
    const rejected = assert.rejects(running, /LS3001/);
    await decoder.dispose();
    await rejected;
    await assert.rejects(run(decoder, { tokenIds: [5], maxTokens: 1 }), /LS3001/);
  });

  it('refuses a damaged file before it starts', async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'longsight-damaged-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const whole = await readFile(path.join(import.meta.dirname, '../fixtures/decoder/tiny/llama-tied/model.gguf'));
    const file = path.join(folder, 'model.gguf');
    const options = { file, id: 'x', displayName: 'X', home: folder, threads: 1, logger: silentLogger };
    for (const length of [0, 100, 5000, whole.byteLength - 1]) {
      await writeFile(file, whole.subarray(0, length));
      await assert.rejects(
        openDecoder(options, () => undefined, never),
        /LS2301/,
        String(length),
      );
    }
    await assert.rejects(
      openDecoder({ ...options, file: path.join(folder, 'none.gguf') }, () => undefined, never),
      /LS2302/,
    );
  });
});

describe('weights that are no numbers', () => {
  it('are LS3002 and not an empty answer', async (t) => {
    const home = await mkdtemp(path.join(tmpdir(), 'longsight-nan-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const fixture = path.join(import.meta.dirname, '../fixtures/decoder/tiny/llama-tied/model.gguf');
    const bytes = await readFile(fixture);
    // The last tensor's last numbers, as float32 NaN.
    for (let at = bytes.byteLength - 64; at < bytes.byteLength; at += 4) bytes.writeUInt32LE(0x7fc00000, at);
    const file = path.join(home, 'model.gguf');
    await writeFile(file, bytes);
    const options = { file, id: 'nan', displayName: 'NaN', home, threads: 1, logger: silentLogger };
    const decoder = await openDecoder(options, () => undefined, never);
    t.after(() => decoder.dispose());
    await assert.rejects(run(decoder, { tokenIds: [1, 2, 3], maxTokens: 4 }), /LS3002.*not a number/);
  });
});
