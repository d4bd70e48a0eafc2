/** Prompts that are kept on disk: what is taken up again, by which other state, and what becomes of files that are not as they should be. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { isCancelled } from '../../../src/base/cancellation.ts';
import { prefixesFolder } from '../../../src/models/home.ts';
import type { DecodeResult } from '../../../src/runtime/decoder.ts';
import { type GenerateContext, generate } from '../../../src/runtime/generate/generate.ts';
import {
  type CompactLayout,
  mostPacked,
  packRows,
  rowsFrom,
  unpackRows,
} from '../../../src/runtime/prefix-cache/compact-rows.ts';
import { PrefixCache } from '../../../src/runtime/prefix-cache/prefix-cache.ts';
import {
  type StoredIdentity,
  decodeSegment,
  encodeSegment,
  keyOf,
} from '../../../src/runtime/prefix-cache/segment-file.ts';
import { sizeOfSegments, trimSegments } from '../../../src/runtime/prefix-cache/segment-folder.ts';
import { seededRandom } from '../../../src/runtime/sampling/random.ts';
import type { Inference } from '../../../src/runtime/step/inference.ts';
import { type OpenedDecoder, decoderFixtures, largestDifference, openForTest } from '../../support/decoder.ts';
import { tinyTokenizer } from '../../support/tiny-tokenizer.ts';

const tiny = path.join(decoderFixtures, 'tiny');
const file = path.join(tiny, 'llama-tied/model.gguf');
const scheme = { rope: null, window: null, length: 1000 };
const text = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 31 + i * 7 + seed * 101) % 256);
const never = new AbortController().signal;
/** What a byte a number costs of the logits of a tiny model at most; their own cache of bytes costs up to 0.4. */
const nearly = 0.2;

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'longsight-prefixes-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** Reads a prompt with what is kept of it, and keeps it. */
async function read(
  state: Inference,
  cache: PrefixCache,
  prompt: readonly number[],
): Promise<{ readonly restored: number; readonly logits: Float32Array }> {
  const held = state.begin(prompt, scheme);
  const kept = await cache.restore(state, prompt, never);
  const from = held + (kept?.restored ?? 0);
  const logits = new Float32Array(await state.step(prompt.slice(from), 'last'));
  await kept?.keep(true);
  await cache.settled();
  return { restored: kept?.restored ?? 0, logits };
}

/** What the prompt comes to when nothing is kept. */
async function readAnew(decoder: OpenedDecoder, prompt: readonly number[]): Promise<Float32Array> {
  const state = decoder.inference();
  state.begin(prompt, scheme);
  return new Float32Array(await state.step(prompt, 'last'));
}

async function files(home: string): Promise<string[]> {
  const names = await readdir(prefixesFolder(home), { recursive: true });
  return names.filter((name) => name.endsWith('.kv')).map((name) => path.join(prefixesFolder(home), name));
}

describe('prompts on disk', () => {
  it('another state goes on where they end, over several segments, and reads only what is new', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const first = text(600, 1);
    assert.equal((await read(decoder.inference(), new PrefixCache(home), first)).restored, 0);
    const follow = [...first, ...text(20, 2)];
    const state = decoder.inference();
    const { restored, logits } = await read(state, new PrefixCache(home), follow);
    assert.equal(restored, 600);
    assert.deepEqual(
      state.positions,
      follow.map((_, i) => i),
    );
    const off = largestDifference(logits, await readAnew(decoder, follow));
    assert.ok(off < nearly, String(off));
    assert.ok(off > 0, 'it really comes from the disk');
    // The follow-up is kept as well, and nothing is kept twice.
    assert.equal((await files(home)).length, 4);
    assert.equal((await read(decoder.inference(), new PrefixCache(home), follow)).restored, 619);
    assert.equal((await files(home)).length, 4);
  });

  it('a prompt that parts from them in the middle takes the beginning, and the next one finds where they part', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const shared = text(100, 3);
    const [a, b, c] = [4, 5, 6].map((seed) => [...shared, ...text(50, seed)]);
    await read(decoder.inference(), new PrefixCache(home), a ?? []);
    for (const other of [b ?? [], c ?? []]) {
      const { restored, logits } = await read(decoder.inference(), new PrefixCache(home), other);
      assert.equal(restored, 100);
      const off = largestDifference(logits, await readAnew(decoder, other));
      assert.ok(off < nearly, String(off));
    }
  });

  it('what a state holds in memory is not read from the disk', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const cache = new PrefixCache(home);
    const state = decoder.inference();
    await read(state, cache, text(300, 7));
    const { restored, logits } = await read(state, cache, [...text(300, 7), ...text(30, 8)]);
    assert.equal(restored, 0);
    assert.ok(largestDifference(logits, await readAnew(decoder, [...text(300, 7), ...text(30, 8)])) < 1e-4);
  });

  it('other models, other rotations, masks and windows that slid find nothing of it', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const prompt = text(200, 9);
    await read(decoder.inference(), new PrefixCache(home), prompt);
    const other = await openForTest(t, path.join(tiny, 'qwen2/model.gguf'));
    assert.equal((await read(other.inference(), new PrefixCache(home), prompt)).restored, 0);
    const turned = decoder.inference({ change: { base: 5000 } });
    assert.equal((await read(turned, new PrefixCache(home), prompt)).restored, 0);
    const slid = decoder.inference();
    slid.begin(prompt, { ...scheme, window: { sinks: 4, recent: 60 } });
    await slid.step(prompt.slice(0, 150), 'last');
    assert.equal(slid.identity, null);
  });

  for (const cache of ['f16', 'int8'] as const)
    it(`are taken up into a cache of ${cache}`, async (t) => {
      const home = await folder(t);
      const decoder = await openForTest(t, file);
      const prompt = text(200, 10);
      await read(decoder.inference(), new PrefixCache(home), prompt);
      const { restored, logits } = await read(decoder.inference({ cache }), new PrefixCache(home), prompt);
      assert.equal(restored, 199);
      assert.ok(largestDifference(logits, await readAnew(decoder, prompt)) < 0.5);
    });
});

describe('files of prompts', () => {
  it('damaged anywhere, cut short or exchanged are read again and written again', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const prompt = text(90, 11);
    const expected = await readAnew(decoder, prompt);
    await read(decoder.inference(), new PrefixCache(home), prompt);
    const [kept = ''] = await files(home);
    const whole = await readFile(kept);
    await read(decoder.inference(), new PrefixCache(home), text(90, 12));
    const other = await readFile((await files(home)).find((name) => name !== kept) ?? '');
    const damaged = [
      other,
      Buffer.alloc(0),
      whole.subarray(0, 11),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
    ];
    for (let at = 0; at < whole.byteLength; at += Math.ceil(whole.byteLength / 61)) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x20;
      damaged.push(bytes);
    }
    for (const [i, bytes] of damaged.entries()) {
      await writeFile(kept, bytes);
      const { restored, logits } = await read(decoder.inference(), new PrefixCache(home), prompt);
      assert.equal(restored, 0, String(i));
      assert.ok(largestDifference(logits, expected) < 1e-4);
      assert.ok((await readFile(kept)).equals(whole), 'it is as it was');
    }
  });

  it('a header that says anything is not believed', () => {
    const shape = { kvHeads: 1, headSize: 4 };
    const identity: StoredIdentity = { model: 'm', rotation: 'r', layers: 1, shape, precision: 'coarse', moved: false };
    const side = Float32Array.from({ length: 8 }, (_, i) => i / 8);
    const good = encodeSegment('', [1, 2], [{ k: side, v: side }], identity);
    assert.ok(decodeSegment(good, identity));
    assert.equal(decodeSegment(good, { ...identity, precision: 'bytes' }), null);
    assert.equal(decodeSegment(good, { ...identity, moved: true }), null);
    assert.equal(decodeSegment(good, { ...identity, layers: 2 }), null);
    assert.equal(decodeSegment(good, { ...identity, model: 'n' }), null);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(good.byteLength), (noise, at) => {
        const bytes = Buffer.concat([good.subarray(0, at), noise, good.subarray(at + noise.length)]);
        if (!bytes.equals(good)) assert.equal(decodeSegment(bytes, identity), null);
      }),
    );
    // A right hash over numbers that are none, and over a code that gives more or fewer numbers than there are tokens.
    const sealed = (bytes: Buffer): Buffer => Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
    const body = good.subarray(0, -32);
    const hostile = Buffer.from(body);
    hostile.writeUInt16LE(0x7c00, 12 + good.readUInt32LE(8));
    assert.equal(decodeSegment(sealed(hostile), identity), null);
    for (const ids of ['[1,3,2]', '[1]'])
      assert.equal(
        decodeSegment(sealed(Buffer.from(body.toString('latin1').replace('[1,2]', ids), 'latin1')), identity),
        null,
      );
    assert.ok(decodeSegment(sealed(body), identity));
  });

  for (const precision of ['coarse', 'bytes'] as const)
    for (const side of ['keys', 'values'] as const)
      it(`${side}, ${precision}: off by half a step, whatever the channels are like, and the first tokens as float16 has them`, () => {
        fc.assert(
          fc.property(
            fc.array(fc.float({ noNaN: true, min: -400, max: 400 }), { minLength: 8, maxLength: 96 }),
            fc.nat(2),
            (numbers, most) => {
              const shape = { kvHeads: 2, headSize: 4 };
              const count = Math.floor(numbers.length / 8);
              const exact = Math.min(most, count);
              const rows = Float32Array.from(numbers.slice(0, count * 8));
              const layout: CompactLayout = { shape, side, precision, count, exact };
              const packed = packRows(rows, layout);
              assert.ok(packed.byteLength <= mostPacked(layout));
              const compact = unpackRows(packed, layout);
              assert.ok(compact);
              const back = rowsFrom(compact, layout, 0, count);
              const perChannel = precision === 'coarse' && side === 'keys';
              for (const [i, value] of rows.entries()) {
                const at = i - exact * 8;
                const step = at < 0 ? 0 : (compact.steps[perChannel ? at % 8 : Math.floor(at / 4)] ?? 0);
                const isClipped = Math.abs(compact.multiples[at] ?? 0) === 127;
                const allowed = isClipped ? 0.6 * step : 0.501 * step;
                // Means and steps are float16: what is too small for it becomes 0.
                assert.ok(
                  Math.abs(value - (back[i] ?? 0)) <= allowed + Math.abs(value) / 2048 + 1e-4,
                  `${value} ${back[i]}`,
                );
              }
              assert.deepEqual(rowsFrom(compact, layout, Math.min(1, count), count), back.subarray(8));
              assert.deepEqual(packRows(rows, layout), packed);
            },
          ),
        );
      });

  it('coarse rows of a common spread take less than a quarter of float16', () => {
    const shape = { kvHeads: 2, headSize: 64 };
    const random = seededRandom(5);
    // A sum of uniform numbers is nearly normal; channels differ in mean and spread as un-rotated keys do.
    const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);
    const rows = Float32Array.from({ length: 256 * 128 }, (_, i) => (i % 128) + (1 + (i % 7)) * normal());
    const bytes = (['keys', 'values'] as const).map(
      (side) => packRows(rows, { shape, side, precision: 'coarse', count: 256, exact: 4 }).byteLength,
    );
    assert.ok(bytes.reduce((a, b) => a + b, 0) < 0.25 * 2 * 2 * rows.length, String(bytes));
  });

  it('files of an older format are removed', async (t) => {
    const home = await folder(t);
    const old = path.join(prefixesFolder(home), 'a'.repeat(32));
    const newer = path.join(prefixesFolder(home), `v9-${'b'.repeat(32)}`);
    for (const place of [old, newer]) {
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, 'x.kv'), 'x');
    }
    await trimSegments(prefixesFolder(home), 1e9);
    await assert.rejects(stat(old));
    assert.ok(await stat(newer));
  });

  it('the longest unused go first, and what a process left half-written', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const cache = new PrefixCache(home);
    for (const seed of [13, 14, 15]) await read(decoder.inference(), cache, text(80, seed));
    const all = await files(home);
    const { size } = await stat(all[0] ?? '');
    const hour = new Date(Date.now() - 3_600_000);
    for (const name of all) await utimes(name, hour, hour);
    const left = `${all[0] ?? ''}.partial-x`;
    await writeFile(left, 'half');
    await utimes(left, hour, hour);
    assert.equal((await read(decoder.inference(), cache, [...text(80, 14), 1])).restored, 80);
    await trimSegments(prefixesFolder(home), 2 * size + 4000);
    assert.equal((await read(decoder.inference(), cache, [...text(80, 14), 1])).restored, 80);
    assert.ok((await sizeOfSegments(prefixesFolder(home))) <= 2 * size + 4000);
    await assert.rejects(stat(left));
  });

  it('a place that cannot be written to: the answer is the same, and it is known why nothing is kept', async (t) => {
    const home = await folder(t);
    await writeFile(prefixesFolder(home), 'no folder');
    const decoder = await openForTest(t, file);
    const cache = new PrefixCache(home);
    const prompt = text(120, 16);
    const { restored, logits } = await read(decoder.inference(), cache, prompt);
    assert.equal(restored, 0);
    assert.deepEqual(logits, await readAnew(decoder, prompt));
    assert.equal(cache.fault?.userError.code, 'LS2006');
  });

  it('two processes that keep the same prompts do not hinder each other', async (t) => {
    const home = await folder(t);
    const decoder = await openForTest(t, file);
    const prompts = [17, 18, 19].map((seed) => [...text(70, 20), ...text(200, seed)]);
    const caches = [new PrefixCache(home), new PrefixCache(home)];
    for (const prompt of prompts)
      for (const cache of caches) await readWithoutWaiting(decoder.inference(), cache, prompt);
    await Promise.all(caches.map((cache) => cache.settled()));
    for (const prompt of prompts)
      assert.equal((await read(decoder.inference(), new PrefixCache(home), prompt)).restored, prompt.length - 1);
  });

  it('a process that is killed while it writes leaves whole files only', async (t) => {
    const home = await folder(t);
    const place = path.join(home, 'segments');
    await mkdir(place);
    const identity: StoredIdentity = {
      model: 'm',
      rotation: 'r',
      layers: 8,
      shape: { kvHeads: 4, headSize: 64 },
      precision: 'coarse',
      moved: false,
    };
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../support/segment-writer.ts'), place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await delay(150);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const names = (await readdir(place)).filter((name) => name.endsWith('.kv'));
    assert.ok(names.length > 0);
    for (const name of names) {
      const segment = decodeSegment(await readFile(path.join(place, name)), identity);
      assert.ok(segment && name.includes(keyOf(segment.parent, segment.ids)), name);
    }
  });
});

async function readWithoutWaiting(state: Inference, cache: PrefixCache, prompt: readonly number[]): Promise<void> {
  const held = state.begin(prompt, scheme);
  const kept = await cache.restore(state, prompt, never);
  await state.step(prompt.slice(held + (kept?.restored ?? 0)), 'last');
  await kept?.keep(true);
}

describe('a generation', () => {
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
  const prefixCache = { limit: 1e9 };

  async function opened(t: TestContext, home: string): Promise<GenerateContext> {
    const { inference, prepared } = await openForTest(t, file);
    const hyperparameters = { ...prepared.hyperparameters, contextLength: 8192 };
    return {
      inference: inference(),
      hyperparameters,
      tokenizer: tinyTokenizer([]),
      loadMs: 0,
      prefixes: new PrefixCache(home),
    };
  }
  async function run(
    context: GenerateContext,
    promptIds: readonly number[],
    more: { readonly movesRuns?: true } = {},
  ): Promise<DecodeResult> {
    const request = { ...more, promptIds, maxTokens: 12, sampling, constraint: null, prefixCache };
    const result = await generate(context, request, () => undefined, never);
    await context.prefixes?.settled();
    return result;
  }

  it('counts what it took from the disk, the answer before it included', async (t) => {
    const home = await folder(t);
    const before = await opened(t, home);
    const prompt = text(500, 21);
    const first = await run(before, prompt);
    assert.equal(first.prefillTokens, 500);
    assert.equal(first.restoredTokens, undefined);
    const after = await opened(t, home);
    const follow = [...prompt, ...first.tokenIds, ...text(15, 22)];
    const second = await run(after, follow);
    // The answer's last token was given, and never read.
    const known = prompt.length + first.tokenIds.length - 1;
    assert.deepEqual([second.restoredTokens, second.reusedTokens, second.prefillTokens], [known, known, 16]);
    const anew = await run({ ...(await opened(t, await folder(t))) }, follow);
    assert.equal(second.tokenIds[0], anew.tokenIds[0]);
  });

  it('with moved runs is kept apart from exact ones, and goes on after a restart where moved runs will do', async (t) => {
    const home = await folder(t);
    const [head, a, b] = [text(80, 31), text(120, 32), text(130, 33)];
    const first = await opened(t, home);
    await run(first, [...head, ...a, ...b, 1, 2]);
    const prompt = [...head, ...b, 3, 4];
    const moved = await run(first, prompt, { movesRuns: true });
    assert.equal(moved.reusedTokens, 80 + 130 - 8);
    const follow = [...prompt, ...moved.tokenIds, ...text(15, 34)];
    const known = prompt.length + moved.tokenIds.length - 1;
    const accepting = await run(await opened(t, home), follow, { movesRuns: true });
    assert.equal(accepting.restoredTokens, known);
    // Of what is exact there is only the common beginning with the first prompt.
    assert.equal((await run(await opened(t, home), follow)).restoredTokens, 80);
    const untried = { ...(await opened(t, home)), reuse: null };
    assert.equal(
      (await run(untried, [...follow, 9], { movesRuns: true })).restoredTokens,
      follow.length,
      'a model that was not tried',
    );
  });

  it('that is cancelled while it reads a long prompt goes on from there', async (t) => {
    const home = await folder(t);
    const context = await opened(t, home);
    const prompt = text(2600, 23);
    const abort = new AbortController();
    await assert.rejects(
      generate(
        context,
        { promptIds: prompt, maxTokens: 4, sampling, constraint: null, prefixCache },
        (event) => {
          if (event.type === 'prefill' && event.done > 1100) abort.abort();
        },
        abort.signal,
      ),
      isCancelled,
    );
    await context.prefixes?.settled();
    const after = await run(await opened(t, home), prompt);
    assert.equal(after.restoredTokens, 1024);
  });

  it('keeps nothing unless it is asked to', async (t) => {
    const home = await folder(t);
    const context = await opened(t, home);
    await generate(
      context,
      { promptIds: text(300, 24), maxTokens: 4, sampling, constraint: null },
      () => undefined,
      never,
    );
    await context.prefixes?.settled();
    await assert.rejects(stat(prefixesFolder(home)));
  });
});
