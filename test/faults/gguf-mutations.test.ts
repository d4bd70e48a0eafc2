/** Hundreds of damaged GGUF files, made from whole ones by a seed: each is refused with an error of the catalogue or runs, and none takes memory by its word. */
import { english } from '../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LongsightError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { readGguf } from '../../src/models/gguf/reader.ts';
import { inspectModel } from '../../src/models/inspect-report.ts';
import { importModel } from '../../src/models/store.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { decoderFixtures } from '../support/decoder.ts';

const seed = 20260711;
const variantsEach = 120;
const fixtures = ['llama-tied', 'llama-untied', 'qwen2'];
/** The fixtures are under 1 MB: whoever believes a false count asks for far more than this. */
const mostGrowth = 400_000_000;

/** A generator of numbers in [0, 1) (mulberry32): the same seed, the same files. */
function numbersFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Variant {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** One damage: a cut at any length, flipped bits, a number overwritten with an extreme one, a stretch moved or emptied. */
function damage(whole: Uint8Array, headerEnd: number, random: () => number): Variant {
  const below = (most: number): number => Math.floor(random() * most);
  const kind = below(6);
  if (kind === 0) {
    const length = below(random() < 0.5 ? headerEnd : whole.length);
    return { what: `cut to ${String(length)} bytes`, bytes: whole.slice(0, length) };
  }
  const bytes = Uint8Array.from(whole);
  // What matters most stands in the header, which is a small part of the file.
  const at = below(random() < 0.8 ? headerEnd : bytes.length - 8);
  const view = new DataView(bytes.buffer);
  if (kind === 1 || kind === 2) {
    const count = 1 + below(kind === 1 ? 1 : 24);
    for (let i = 0; i < count; i++) {
      const place = (at + 7 * i) % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << below(8));
    }
    return { what: `${String(count)} bits flipped from byte ${String(at)}`, bytes };
  }
  if (kind === 3) {
    const extremes = [0n, 1n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
    const value = extremes[below(extremes.length)] ?? 0n;
    view.setBigUint64(at, value, true);
    return { what: `${String(value)} over byte ${String(at)}`, bytes };
  }
  if (kind === 4) {
    const value = [0, 1, 3, 255, 65_536, 0x7fffffff, 0xffffffff][below(7)] ?? 0;
    view.setUint32(at, value, true);
    return { what: `${String(value)} over the four bytes from ${String(at)}`, bytes };
  }
  const length = 1 + below(200);
  const from = below(headerEnd);
  bytes.copyWithin(at, from, from + length);
  return { what: `${String(length)} bytes from ${String(from)} copied to ${String(at)}`, bytes };
}

/** Everything that is done with a model file, down to a step of the decoder. */
async function useAll(file: string, home: string): Promise<void> {
  const gguf = await readGguf(file);
  for (const name of [...gguf.tensors.keys()].slice(0, 3)) await inspectModel(file, name);
  await importModel(file, { home, logger: silentLogger });
  const tokenizer = createTokenizer(tokenizerFromGguf((key) => gguf.metadata.get(key)));
  tokenizer.encode('one "two" three\n', { addSpecial: true });
  const prepared = await prepareModel({ file, home, logger: silentLogger });
  const { folder, hyperparameters } = prepared;
  const sessions = new GraphSessions(prepared, 1);
  try {
    const inference = Inference.create(sessions, hyperparameters, { exact: true });
    const ids = [1, 2, 3].filter((id) => id < hyperparameters.vocabulary);
    inference.begin(ids, { rope: null, window: null, length: 4 });
    const logits = await inference.step(ids, 'last');
    assert.equal(logits.length, hyperparameters.vocabulary);
  } finally {
    await sessions.release();
    await rm(folder, { recursive: true, force: true });
  }
}

describe('damaged GGUF files', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'longsight-mutations-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  for (const fixture of fixtures) {
    it(`${fixture}: ${String(variantsEach)} of them`, async () => {
      const whole = new Uint8Array(await readFile(path.join(decoderFixtures, 'tiny', fixture, 'model.gguf')));
      const random = numbersFrom(seed + fixtures.indexOf(fixture));
      const file = path.join(home, 'damaged.gguf');
      await writeFile(file, whole);
      await useAll(file, home);
      const { tensors } = await readGguf(file);
      const headerEnd = Math.min(...[...tensors.values()].map(({ offset }) => offset));
      const before = process.memoryUsage().rss;
      const outcomes = new Map<string, number>();
      for (let i = 0; i < variantsEach; i++) {
        const { what, bytes } = damage(whole, headerEnd, random);
        await writeFile(file, bytes);
        let outcome = 'runs';
        try {
          await useAll(file, home);
        } catch (error) {
          if (!(error instanceof LongsightError))
            throw new Error(`${fixture}, ${what}: ${String(error)}`, { cause: error });
          outcome = error.userError.code;
          assert.doesNotMatch(outcome, /^LS1/, what);
          assert.doesNotMatch(english.error(error.userError).message, /undefined|NaN|\[object/, what);
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      assert.ok(process.memoryUsage().rss - before < mostGrowth, 'memory was taken by the word of a damaged file');
      // A test whose files are all fine, or all refused by the first check, would show nothing.
      assert.ok((outcomes.get('LS2301') ?? 0) > variantsEach / 5, JSON.stringify([...outcomes]));
      assert.ok((outcomes.get('runs') ?? 0) > 0, JSON.stringify([...outcomes]));
    });
  }
});
