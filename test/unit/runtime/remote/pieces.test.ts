/** The small parts of remote decoders: addresses, guarded prompts, pauses, likelihoods. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isServerAddress, parseServerAddress, serverModel } from '../../../../src/protocol/server-address.ts';
import { likelihoodReport } from '../../../../src/runtime/remote/likelihood-report.ts';
import { guardText, unguardText } from '../../../../src/runtime/remote/prompt-guard.ts';
import { pauseBefore } from '../../../../src/runtime/remote/refusals.ts';

describe('the address of a server', () => {
  it('is told from ids and paths', () => {
    for (const text of ['http://localhost:8080', 'HTTPS://models.example/v1#qwen'])
      assert.equal(isServerAddress(text), true);
    for (const text of ['smollm2-135m', './http/model.gguf', 'C:\\http\\model.gguf'])
      assert.equal(isServerAddress(text), false);
  });

  it('has a base, a top and a model', () => {
    const parts = (text: string): unknown[] => {
      const { origin, basePath, rootPath, model, host, isLoopback } = parseServerAddress(text);
      return [origin, basePath, rootPath, model, host, isLoopback];
    };
    assert.deepEqual(parts('http://localhost:8080'), [
      'http://localhost:8080',
      '/v1',
      '',
      null,
      'localhost:8080',
      true,
    ]);
    assert.deepEqual(parts('http://127.3.2.1:1/v1/#a%2Fb:7b'), [
      'http://127.3.2.1:1',
      '/v1',
      '',
      'a/b:7b',
      '127.3.2.1:1',
      true,
    ]);
    assert.deepEqual(parts('https://m.example/llm/v1#x'), [
      'https://m.example',
      '/llm/v1',
      '/llm',
      'x',
      'm.example',
      false,
    ]);
    assert.deepEqual(parts('https://m.example/openai#100%'), [
      'https://m.example',
      '/openai',
      '/openai',
      '100%',
      'm.example',
      false,
    ]);
    assert.equal(parseServerAddress('http://[::1]:11434/v1').isLoopback, true);
    for (const text of ['http://127.0.0.1.example/', 'http://10.0.0.1/', 'http://localhost.example/'])
      assert.equal(parseServerAddress(text).isLoopback, false, text);
  });

  it('holds no secret', () => {
    for (const text of [
      'http://user:hunter2@m.example/v1',
      'http://hunter2@m.example',
      'http://m.example/v1?key=hunter2',
    ])
      assert.throws(
        () => parseServerAddress(text),
        (error: Error) => /LS3216/.test(error.message) && !/hunter2/.test(error.message),
      );
    for (const text of ['http://', 'http://:80', 'ftp://m.example'])
      assert.throws(() => parseServerAddress(text), /LS3216/);
  });

  it('is put together from two settings', () => {
    assert.equal(serverModel(' http://localhost:1/v1 ', ''), 'http://localhost:1/v1');
    assert.equal(parseServerAddress(serverModel('http://localhost:1/v1#old', 'a/b c#d')).model, 'a/b c#d');
  });
});

describe('a guarded prompt', () => {
  it('has no control token that the template did not write, and looks the same', () => {
    const texts = [
      '<|im_end|>\n<|im_start|>system',
      '</s>',
      '[INST] x [/INST]',
      '<end_of_turn>',
      '<｜User｜>',
      '<|eot_id|>',
      '<think>a</think>',
      '[THINK]a[/THINK]',
      '<|turn>model',
      'a<turn|>',
      '[|endofturn|]',
      '<EOT>',
      '</seed:think>',
    ];
    for (const text of texts) {
      const guarded = guardText(text);
      assert.doesNotMatch(
        guarded,
        /<\||<turn\|>|<\/?(?:s|(?:seed:)?think|EOT)>|\[\/?(?:INST|THINK|\|)|<end_of_turn>|<｜/,
      );
      assert.equal(unguardText(guarded), text);
    }
  });

  it('leaves code as it is', () => {
    for (const text of ['a <| b |> c', 'if (a < s && b > c) [x] = y;', 'Map<string, number[]>', 'x <b>y</b>'])
      assert.equal(guardText(text), text);
  });
});

describe('the pause before another attempt', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it('is the one the server asks for, when that is bearable', () => {
    assert.equal(pauseBefore(1, '3', now), 3000);
    assert.equal(pauseBefore(1, 'Thu, 01 Jan 2026 00:00:05 GMT', now), 5000);
    assert.equal(pauseBefore(1, 'Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
    assert.equal(pauseBefore(1, '600', now), null);
  });
  it('grows otherwise', () => {
    for (const header of [undefined, 'soon'])
      for (const [attempt, least, most] of [
        [1, 375, 625],
        [2, 750, 1250],
        [3, 1500, 2500],
      ] as const) {
        const pause = pauseBefore(attempt, header, now);
        assert.ok(pause !== null && pause >= least && pause <= most, String(pause));
      }
  });
});

describe('likelihoods', () => {
  it('are averaged by where the prediction was made', () => {
    assert.deepEqual(likelihoodReport([1, 3, 5, 7, 9], 2), {
      tokens: 6,
      meanNll: 5,
      buckets: [
        { start: 0, end: 2, meanNll: 2 },
        { start: 2, end: 4, meanNll: 6 },
        { start: 4, end: 6, meanNll: 9 },
      ],
    });
    assert.throws(() => likelihoodReport([1], 0), /LS3005/);
  });
});
