/** The parser worker when it crashes, hangs or grows: only the file in flight suffers, and it is still chunked. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { ParserClient, type ParserOptions } from '../../../src/index/parse/parser-client.ts';
import { chunkFields } from '../../../src/index/parse/parsed-file.ts';

const misbehaving = new URL('../../support/misbehaving-parser-worker.ts', import.meta.url);

function client(t: TestContext, options: Partial<ParserOptions> = {}): ParserClient {
  const parser = new ParserClient({ logger: silentLogger, ...options });
  t.after(() => parser.dispose());
  return parser;
}

test('several texts under way are answered, each with its own', async (t) => {
  const parser = client(t);
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => parser.parse({ text: `export const v${i} = 1;\n`, language: 'typescript' })),
  );
  assert.deepEqual(
    responses.map(({ file }) => file.symbols[0]?.name),
    Array.from({ length: 20 }, (_, i) => `v${i}`),
  );
  assert.equal(parser.started, 1);
});

test('a worker that dies takes only the text in flight, which is chunked by lines', async (t) => {
  const parser = client(t, { workerUrl: misbehaving });
  const texts = ['one', 'crash', 'two', 'leave', 'three'];
  const responses = await Promise.all(texts.map((text) => parser.parse({ text, language: 'typescript' })));
  assert.deepEqual(
    responses.map(({ failure }) => failure === null),
    [true, false, true, false, true],
  );
  assert.match(english.words(responses[1]?.failure ?? ''), /crashed on purpose/);
  for (const { file } of responses) assert.equal(file.chunks.length, chunkFields);
  assert.equal(parser.started, 3);
});

test('a worker that hangs is given up after a while', async (t) => {
  const parser = client(t, { workerUrl: misbehaving, patience: 4000 });
  const [hung, after] = await Promise.all([
    parser.parse({ text: 'hang', language: 'go' }),
    parser.parse({ text: 'fine', language: 'go' }),
  ]);
  assert.match(english.words(hung.failure ?? ''), /no answer/);
  assert.equal(after.failure, null);
});

test('a request that fails leaves the worker alive', async (t) => {
  const parser = client(t, { workerUrl: misbehaving });
  const [failed, after] = await Promise.all([
    parser.parse({ text: 'throw', language: 'go' }),
    parser.parse({ text: 'fine', language: 'go' }),
  ]);
  assert.match(english.words(failed.failure ?? ''), /thrown on purpose/);
  assert.equal(after.failure, null);
  assert.equal(parser.started, 1);
});

test('a worker whose memory has grown is replaced', async (t) => {
  const parser = client(t, { largestMemory: 34 * 2 ** 20 });
  const large = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
  const first = await parser.parse({ text: large, language: 'javascript' });
  assert.ok(first.memory > 34 * 2 ** 20);
  await parser.parse({ text: 'const a = 1;', language: 'typescript' });
  assert.equal(parser.started, 2);
});

test('a text longer than a parser should see is chunked by lines and says so', async (t) => {
  const { file, failure } = await client(t).parse({ text: 'const a = 1;\n'.repeat(90_000), language: 'typescript' });
  assert.match(english.words(failure ?? ''), /longer than 1,000,000 characters/);
  assert.ok(file.chunks.length > 100);
});

test('a disposed client cancels what is under way', async (t) => {
  const parser = client(t, { workerUrl: misbehaving });
  const waiting = parser.parse({ text: 'hang', language: 'go' });
  parser.dispose();
  await assert.rejects(waiting, CancelledError);
  await assert.rejects(parser.parse({ text: 'x', language: 'go' }), CancelledError);
});
