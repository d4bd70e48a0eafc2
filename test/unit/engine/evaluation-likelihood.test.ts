/** The likelihood of a true text after what was read, by real weights: that of its tokens alone, each after all before it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { likelihoodAfter } from '../../../src/engine/evaluation/likelihood.ts';
import { longsightHome } from '../../../src/models/home.ts';
import type { DecodeRequest } from '../../../src/runtime/decoder.ts';
import { openDecoder } from '../../../src/runtime/open-decoder.ts';
import { defaultDecoder, requireModel } from '../../support/models.ts';

const never = new AbortController().signal;
const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };

describe('the likelihood of the true text', () => {
  it('is that of its tokens alone, and greater where what was read says it', async (t) => {
    const model = await requireModel(defaultDecoder, t);
    if (!model) return;
    const decoder = await openDecoder(
      {
        file: model.weights,
        id: defaultDecoder,
        displayName: 'SmolLM2',
        home: longsightHome(),
        logger: silentLogger,
        threads: 2,
      },
      () => undefined,
      never,
    );
    t.after(() => decoder.dispose());
    const truth = 'The harbour master keeps the keys of the lighthouse.';
    const asking = (read: string): DecodeRequest => ({
      messages: [{ role: 'user', content: `${read}\n\nWho keeps the keys of the lighthouse, and in which words?` }],
      maxTokens: 8,
      sampling: greedy,
    });
    const after = async (read: string): Promise<number> => {
      const nll = await likelihoodAfter([{ decoder, request: asking(read) }], truth, never);
      assert.ok(nll !== null);
      return nll;
    };
    const told = await after(`From the log: ${truth}`);
    const untold = await after('From the log: all boats were painted green in the spring of that year.');
    assert.ok(told < untold, `${told} nats a token told, ${untold} untold`);

    // By hand: all predictions of prompt and truth, less those of the prompt.
    const { promptTokenIds } = await decoder.decode(asking(`From the log: ${truth}`), () => undefined, never);
    const own = decoder.tokenize(truth);
    const whole = [...promptTokenIds, ...own];
    const sum = async (ids: readonly number[]): Promise<number> => {
      const { meanNll } = await decoder.perplexity({ tokenIds: ids, bucket: ids.length }, () => undefined, never);
      return meanNll * (ids.length - 1);
    };
    const expected = ((await sum(whole)) - (await sum(promptTokenIds))) / own.length;
    assert.ok(Math.abs(told - expected) < 1e-3, `${told} against ${expected}`);

    assert.equal(await likelihoodAfter([], truth, never), null);
  });
});
