/** Where `reuse` is taken, and what it hands the decoder to join. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proseFrame, quoteFrame } from '../../../src/answers/writing/prompts.ts';
import { english } from '../../../src/base/speaker.ts';
import type { ReadableSource, ReadingLimits, ReadingPlan } from '../../../src/reading/plan.ts';
import { reuse } from '../../../src/reading/strategies/reuse.ts';
import { chooseStrategy } from '../../../src/reading/strategies/table.ts';
import type { Decoder, DecoderInfo } from '../../../src/runtime/decoder.ts';
import { reuseVerdict } from '../../support/reuse-verdicts.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const source = (number: number): ReadableSource => ({
  id: `chunk:${number}`,
  path: `src/file${number}.py`,
  startLine: 1,
  endLine: 3,
  language: 'python',
  text: `def f${number}():\n    pass\n    return ${number}`,
  anchorLine: 1,
  quotableFrom: 1,
  number,
  worth: 1 / number,
  forms: [
    { kind: 'whole', text: `def f${number}():\n    pass\n    return ${number}`, lines: [{ startLine: 1, endLine: 3 }] },
    { kind: 'lines', text: `…\n    return ${number}`, lines: [{ startLine: 3, endLine: 3 }] },
    { kind: 'signature', text: `def f${number}():`, lines: [{ startLine: 1, endLine: 1 }] },
  ],
});
const limits: ReadingLimits = { window: 8192, reserve: 256, sources: 6000 };
const frame = proseFrame({ question: 'How?', map: '', history: [], keeps: {} });

function decoderWith(info: Partial<DecoderInfo>): Decoder {
  const decoder = scriptedDecoder({ says: 'It does.' });
  return { ...decoder, info: { ...decoder.info, provider: 'cpu', ...info } };
}

async function planBy(sources: readonly ReadableSource[], within = limits): Promise<ReadingPlan> {
  const decoder = decoderWith({ reuse: reuseVerdict(0.97) });
  const reading = { frame, sources, decoder, limits: within, onProgress: () => undefined };
  for await (const event of reuse.read({ ...reading, signal: new AbortController().signal }))
    if (event.type === 'answer') return event.plan;
  throw new Error('no answer');
}

describe('reuse', () => {
  it('is run only where the trial showed that it reads as well, and says why it is not', () => {
    const hindrance = (info: Partial<DecoderInfo>, of = frame): string => {
      const because = reuse.hindered({ frame: of, sources: [source(1)], decoder: decoderWith(info), limits });
      return because ? english.words(because) : '';
    };
    assert.equal(hindrance({ reuse: reuseVerdict(0.95) }), '');
    assert.match(hindrance({}), /not tried yet/);
    assert.match(hindrance({ reuse: reuseVerdict(0.949) }), /agrees .* in 94 %/);
    assert.match(hindrance({ reuse: reuseVerdict(1), provider: 'webgpu' }), /on the processor only/);
    assert.match(hindrance({ reuse: reuseVerdict(1) }, quoteFrame({ question: 'How?' })), /only quotes/);
    const asked = { question: 'How?', map: '', history: [{ question: 'Before?', answer: 'Yes.' }], keeps: {} };
    assert.match(hindrance({ reuse: reuseVerdict(1) }, proseFrame(asked)), /conversation/);
  });

  it('auto takes it before stuff where the verdict holds, and else says that it does not', () => {
    const taken = (info: Partial<DecoderInfo>): readonly [string, string] => {
      const task = { frame, sources: [source(1)], decoder: decoderWith(info), limits };
      const { strategy, because } = chooseStrategy('reuse')(task);
      return [strategy.name, because ? english.words(because) : ''];
    };
    assert.deepEqual(taken({ reuse: reuseVerdict(1) }), ['reuse', '']);
    assert.equal(taken({ reuse: reuseVerdict(0.5) })[0], 'stuff');
    assert.match(taken({ reuse: reuseVerdict(0.5) })[1], /^not reuse: .*50 %/);
  });

  it('gives sources that are the same for every question: under numbers of their own, and without lines that were picked for it', async () => {
    const [a, b] = [await planBy([source(1), source(2)]), await planBy([source(3), { ...source(1), number: 7 }])];
    const first = a.joins?.sources.find((text) => text.includes('file1'));
    assert.ok(first);
    assert.ok(b.joins?.sources.includes(first), 'whatever its number and its place');
    const parts = [...(a.joins?.sources ?? []), a.joins?.question ?? ''].join('');
    assert.equal(a.messages.at(-1)?.content, parts, 'joined they are the message');
    for (const { source: one } of a.read)
      assert.ok(
        [...(a.labels ?? [])].some(
          ([label, number]) => number === one.number && parts.includes(`[${label}] ${one.path}`),
        ),
      );
    const narrow = await planBy([source(1), source(2)], { ...limits, sources: 22 });
    for (const { source: one } of narrow.read) assert.doesNotMatch(one.text, /…/);
  });
});
