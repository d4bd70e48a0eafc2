/** Model servers that are slow, silent, cut off, broken, truncating, refusing or elsewhere: each ends in the catalogue's sentence. */
import { english } from '../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { CancelledError } from '../../src/base/cancellation.ts';
import type { ErrorCode } from '../../src/base/error-catalogue/catalogue.ts';
import { LongsightError } from '../../src/base/errors.ts';
import { outboundRequests } from '../../src/base/outbound-requests.ts';
import {
  ModelServer,
  type Handler,
  delta,
  end,
  event,
  finish,
  json,
  models,
  stream,
  usage,
} from '../support/model-server.ts';
import { ask, modelServer, openRemote } from '../support/remote-decoder.ts';

const chat = 'POST /v1/chat/completions';
const secret = 'sk-this-must-not-be-seen';
/** Within it even a busy machine lists its models. */
const busyMs = 3000;

/** A server with one model, of no kind that is known, and this answer to every question. */
async function serverSaying(t: TestContext, answer: Handler): Promise<ModelServer> {
  const server = await modelServer(t);
  return server.on('GET /v1/models', models('somebody', { id: 'm' })).on(chat, answer);
}

async function failsWith(code: ErrorCode, work: Promise<unknown>, says?: RegExp): Promise<LongsightError> {
  let thrown: unknown;
  try {
    await work;
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof LongsightError, `expected ${code}, got ${String(thrown)}`);
  assert.equal(thrown.userError.code, code, thrown.message);
  if (says) assert.match(english.error(thrown.userError).message, says);
  assert.doesNotMatch(english.words(thrown.userError), /\bat .*\.ts|Error:/, 'no stack for a user');
  return thrown;
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('a model server that is late', () => {
  it('accepts and never speaks', async (t) => {
    const server = await serverSaying(t, () => undefined);
    const decoder = await openRemote(t, server.address, { timeouts: { firstTokenMs: busyMs } });
    await failsWith('LS3206', ask(decoder), /nothing from .* within 3 s/);
  });

  it('only keeps the connection alive', async (t) => {
    const comments = Array.from({ length: 1000 }, () => [': still here\n\n', 20]).flat();
    const server = await serverSaying(t, stream(...comments));
    const decoder = await openRemote(t, server.address, { timeouts: { firstTokenMs: busyMs } });
    await failsWith('LS3206', ask(decoder), /nothing from/);
  });

  it('stops in the middle', async (t) => {
    const server = await serverSaying(t, stream(delta('Par'), 60_000));
    const decoder = await openRemote(t, server.address, { timeouts: { stallMs: 300 } });
    await failsWith('LS3206', ask(decoder), /stopped in the middle/);
  });

  it('never finishes the handshake', async (t) => {
    const port = await listening(t, createServer());
    await failsWith(
      'LS3206',
      openRemote(t, `https://127.0.0.1:${String(port)}/v1`, { timeouts: { connectMs: 300 } }),
      /no connection/,
    );
  });

  it('is left at once when it is cancelled, and hears of it', async (t) => {
    const server = await serverSaying(t, stream(delta('Par'), 60_000));
    const decoder = await openRemote(t, server.address);
    const abort = new AbortController();
    const answer = decoder.decode(
      {
        messages: [{ role: 'user', content: 'Go on for ever.' }],
        maxTokens: 16,
        sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
      },
      (told) => {
        if (told.type === 'token') abort.abort();
      },
      abort.signal,
    );
    await assert.rejects(answer, CancelledError);
    for (let waited = 0; server.abandoned === 0 && waited < 5000; waited += 20)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(server.abandoned, 1);
  });
});

describe('a model server that breaks off', () => {
  it('in the middle of a chunk', async (t) => {
    const server = await serverSaying(t, stream(delta('Par'), 'data: {"choices":[{"delta":{"con', null));
    await failsWith('LS3209', ask(await openRemote(t, server.address)));
  });

  it('in the middle of a character', async (t) => {
    const bytes = Buffer.from(delta('é'));
    const server = await serverSaying(t, stream(delta('Caf'), bytes.subarray(0, bytes.indexOf(0xc3) + 1), null));
    await failsWith('LS3209', ask(await openRemote(t, server.address)));
  });

  it('in good order but before it is done', async (t) => {
    const server = await serverSaying(t, stream(delta('Par')));
    await failsWith('LS3209', ask(await openRemote(t, server.address)), /without saying that it was done/);
  });

  it('with nothing said', async (t) => {
    const server = await serverSaying(t, stream(end));
    await failsWith('LS3210', ask(await openRemote(t, server.address)));
  });

  it('with an error in the stream', async (t) => {
    const server = await serverSaying(t, stream(delta('Par'), event({ error: { message: 'CUDA out of memory.' } })));
    await failsWith('LS3207', ask(await openRemote(t, server.address)), /CUDA out of memory/);
  });
});

describe('a model server that says what cannot be understood', () => {
  const broken: readonly (readonly [string, Handler])[] = [
    ['half of a JSON document', stream('data: {"choices":[\n\n')],
    ['JSON of another form', stream('data: {"choices":"none"}\n\n')],
    [
      'a page of HTML',
      (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['a reply of no type', (_request, response) => void response.writeHead(200).end('hello')],
    ['a line without an end', stream('data: ', ...Array.from({ length: 5 }, () => 'x'.repeat(1_000_000)), 60_000)],
  ];
  for (const [what, answer] of broken)
    it(what, async (t) => {
      const server = await serverSaying(t, answer);
      await failsWith('LS3208', ask(await openRemote(t, server.address)));
    });

  it('something other than HTTP', async (t) => {
    const port = await listening(
      t,
      createServer((socket) => {
        socket.end('SSH-2.0-OpenSSH_9.2p1\r\n');
      }),
    );
    await failsWith('LS3208', openRemote(t, `http://127.0.0.1:${String(port)}/v1`), /does not use HTTP/);
  });

  it('a list of models that is none', async (t) => {
    const server = await modelServer(t);
    server.on('GET /v1/models', json(['m']));
    await failsWith('LS3208', openRemote(t, server.address));
  });
});

describe('a model server that is odd but right', () => {
  const parts = [': ping\n\n', delta('Grüße '), ': ping\n\n', delta('aus 東京 🦊'), finish(), usage(30, 7), end];
  const whole = 'Grüße aus 東京 🦊';

  it('sends frames in pieces of one byte, split in the middle of characters', async (t) => {
    const bytes = Buffer.from(parts.join(''));
    const server = await serverSaying(t, stream(...Array.from(bytes, (byte) => Buffer.from([byte]))));
    const { told, result } = await ask(await openRemote(t, server.address));
    assert.equal(told, whole);
    assert.equal(result.text, whole);
    assert.equal(result.decodeTokens, 7);
  });

  it('sends everything in one chunk, with Windows line ends', async (t) => {
    const server = await serverSaying(t, stream(parts.join('').replaceAll('\n', '\r\n')));
    assert.equal((await ask(await openRemote(t, server.address))).told, whole);
  });

  it('leaves out [DONE] and the counts', async (t) => {
    const server = await serverSaying(t, stream(delta('Paris'), finish('length')));
    const { result } = await ask(await openRemote(t, server.address));
    assert.equal(result.text, 'Paris');
    assert.equal(result.finish, 'length');
  });

  it('does not stream', async (t) => {
    const answer = { choices: [{ message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }] };
    const server = await serverSaying(t, json(answer));
    assert.equal((await ask(await openRemote(t, server.address))).told, 'Paris');
  });

  it('closes a connection that was kept', async (t) => {
    const server = await serverSaying(t, async (request, response) => {
      await stream(delta('Paris'), finish(), end)(request, response);
      response.socket?.destroySoon();
    });
    const decoder = await openRemote(t, server.address);
    for (let i = 0; i < 5; i += 1) assert.equal((await ask(decoder)).told, 'Paris');
  });

  it('thinks aloud first', async (t) => {
    const server = await serverSaying(
      t,
      stream(delta('<thi'), delta('nk>France, '), delta('so</think>\n\nPa'), delta('ris'), finish(), end),
    );
    assert.equal((await ask(await openRemote(t, server.address))).told, 'Paris');
  });
});

describe('a model server that refuses', () => {
  it('the key, which is not repeated', async (t) => {
    const server = await serverSaying(t, json({ error: { message: `Incorrect API key provided: ${secret}.` } }, 401));
    const decoder = await openRemote(t, server.address, { key: secret });
    const error = await failsWith('LS3202', ask(decoder), /Incorrect API key/);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Bearer ${secret}`);
    assert.ok(!JSON.stringify(error.userError).includes(secret));
  });

  it('a model that it does not have', async (t) => {
    const server = await serverSaying(t, json({}));
    await failsWith('LS3203', openRemote(t, `${server.address}#other`), /other; .* has these models: m/);
    server.on(chat, json({ error: 'model "m" not found, try pulling it first' }, 404));
    await failsWith('LS3203', ask(await openRemote(t, server.address)), /try pulling/);
  });

  it('to choose between several models', async (t) => {
    const server = await modelServer(t);
    server.on('GET /v1/models', models('somebody', { id: 'one' }, { id: 'two' }));
    await failsWith('LS3204', openRemote(t, server.address), /one, two/);
    assert.equal((await openRemote(t, `${server.address}#two`)).info.displayName, 'two');
  });

  it('a few times, until it has time', async (t) => {
    let times = 0;
    const server = await serverSaying(t, (request, response) => {
      times += 1;
      if (times < 3)
        json({ error: { message: 'Loading model' } }, times === 1 ? 503 : 429, { 'retry-after': '0' })(
          request,
          response,
        );
      else return stream(delta('Paris'), finish(), end)(request, response);
      return undefined;
    });
    assert.equal((await ask(await openRemote(t, server.address))).told, 'Paris');
    assert.equal(times, 3);
  });

  it('for ever', async (t) => {
    const server = await serverSaying(t, json({ error: { message: 'queue full' } }, 429, { 'retry-after': '0' }));
    await failsWith('LS3205', ask(await openRemote(t, server.address)), /queue full/);
    assert.equal(server.to('/v1/chat/completions').length, 4);
  });

  it('and asks for more patience than anybody has', async (t) => {
    const server = await serverSaying(t, json({}, 429, { 'retry-after': '3600' }));
    await failsWith('LS3205', ask(await openRemote(t, server.address)), /wait 3600 s/);
    assert.equal(server.to('/v1/chat/completions').length, 1);
  });

  it('because it broke', async (t) => {
    const server = await serverSaying(t, json({ detail: 'Internal Server Error' }, 500));
    await failsWith('LS3207', ask(await openRemote(t, server.address)), /status 500\): Internal Server Error/);
  });

  it('a request that it does not understand', async (t) => {
    const server = await serverSaying(t, json({ detail: [{ msg: 'field required' }] }, 422));
    await failsWith('LS3219', ask(await openRemote(t, server.address)), /field required/);
  });

  it('a prompt for its length', async (t) => {
    const message = 'the request exceeds the available context size, try increasing it';
    const server = await serverSaying(
      t,
      json({ error: { code: 400, message, type: 'exceed_context_size_error' } }, 400),
    );
    await failsWith('LS3214', ask(await openRemote(t, server.address)));
  });
});

describe('a model server that is elsewhere', () => {
  it('redirects: neither key nor prompt goes there', async (t) => {
    const other = await modelServer(t);
    for (const status of [301, 302, 307, 308]) {
      const server = await serverSaying(t, json({}, status, { location: `${other.address}/chat/completions` }));
      const decoder = await openRemote(t, server.address, { key: secret });
      await failsWith('LS3215', ask(decoder), new RegExp(other.host));
    }
    assert.deepEqual(other.requests, []);
  });

  it('has a certificate that nobody vouches for', async (t) => {
    const folder = path.join(import.meta.dirname, '../fixtures/tls');
    const [key, cert] = ['self-signed.key', 'self-signed.crt'].map((name) =>
      readFileSync(path.join(folder, name), 'utf8'),
    );
    const server = await ModelServer.start({ key: key ?? '', cert: cert ?? '' });
    t.after(() => server.stop());
    await failsWith('LS3212', openRemote(t, server.address, { key: secret }), /self-signed/);
    assert.deepEqual(server.requests, []);
  });

  it('speaks plain HTTP where TLS was expected', async (t) => {
    const server = await serverSaying(t, json({}));
    await failsWith('LS3212', openRemote(t, server.address.replace('http:', 'https:')));
  });

  it('is not there', async (t) => {
    const port = await listening(t, createServer());
    const gone = await modelServer(t);
    const { address } = gone;
    await gone.stop();
    assert.ok(port > 0);
    await failsWith('LS3201', openRemote(t, address), /nothing is listening there/);
  });

  it('is not asked when the user wants no network, nor counted', async (t) => {
    const server = await serverSaying(t, json({}));
    const before = outboundRequests();
    await failsWith('LS3218', openRemote(t, server.address, { offline: true }));
    assert.deepEqual(server.requests, []);
    assert.equal(outboundRequests(), before);
    await openRemote(t, server.address);
    assert.equal(outboundRequests() - before, server.requests.length);
  });
});

describe('a model server that drops a part of the prompt', () => {
  const long = [{ role: 'user' as const, content: 'The harbour master counts the ships. '.repeat(300) }];

  it('and reports fewer tokens than can have been sent', async (t) => {
    const server = await serverSaying(t, stream(delta('Yes'), finish(), usage(512), end));
    const decoder = await openRemote(t, server.address, { contextLength: 8192 });
    assert.equal(decoder.info.tokenCounts, 'estimated');
    await failsWith('LS3211', ask(decoder, { messages: long }), /read 512 of about 2\d\d\d tokens/);
  });

  it('is not suspected when it reports about as many as were guessed', async (t) => {
    const server = await serverSaying(t, stream(delta('Yes'), finish(), usage(2112), end));
    const decoder = await openRemote(t, server.address, { contextLength: 8192 });
    assert.equal((await ask(decoder, { messages: long })).told, 'Yes');
  });

  it('and fills its context with what is left', async (t) => {
    const server = await serverSaying(t, stream(delta('Yes'), finish(), usage(4096), end));
    const decoder = await openRemote(t, server.address, { contextLength: 4096 });
    await failsWith('LS3211', ask(decoder, { messages: long }), /read 4096 of/);
  });

  it('is told beforehand when the prompt cannot fit', async (t) => {
    const server = await serverSaying(t, stream(delta('Yes'), finish(), usage(512), end));
    const decoder = await openRemote(t, server.address, { contextLength: 1024 });
    await failsWith('LS3214', ask(decoder, { messages: long }), /holds 1024/);
    assert.deepEqual(server.to('/v1/chat/completions'), []);
  });
});
