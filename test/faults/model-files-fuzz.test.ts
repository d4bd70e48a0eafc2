/**
 * Ten thousand damaged model files, made by a seed from whole ones in every form: each is refused with an error of the catalogue
 * or loads, none crashes, hangs or takes memory by its word.
 *
 * LONGSIGHT_FUZZ_SEED and LONGSIGHT_FUZZ_COUNT choose other files and more of them. Every five-hundredth is also built into graphs.
 */
import { english } from '../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LongsightError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logging.ts';
import { describeModel } from '../../src/models/description/model-description.ts';
import { prepareModel } from '../../src/models/weights/prepared-model.ts';
import { ChatTemplate } from '../../src/models/chat-template.ts';
import { inspectModelFile } from '../../src/models/inspect-model.ts';
import { inspectModel } from '../../src/models/inspect-report.ts';
import { openModelFile, openTensors } from '../../src/models/model-file.ts';
import { readModelTexts } from '../../src/models/model-texts.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { type Damaged, type Random, damageBytes, damageJson, numbersFrom, oneOf } from '../support/mutations.ts';
import {
  type Files,
  tinyGguf,
  tinySafetensors,
  tinySharded,
  tinySplitGguf,
  tinyTokenizers,
} from '../support/tiny-models.ts';

const seed = Number(process.env.LONGSIGHT_FUZZ_SEED ?? 20261121);
const count = Number(process.env.LONGSIGHT_FUZZ_COUNT ?? 10_000);
/** All files together are a few kilobytes: this is what ten thousand loads may leave behind. */
const mostGrowth = 600_000_000;

const sample = 'In the beginning <|im_end|> was the wörd. 42\n\t1½ 日本';

/** A whole model and how one of its files is damaged. */
interface Subject {
  readonly files: Files;
  /** What is opened, of the folder. */
  readonly place: string;
  readonly damage: (random: Random) => Damaged & { readonly name: string };
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Damages one of the files: JSON mostly by its values, other files mostly by their headers. */
function damageOne(files: Files, names: readonly string[], random: Random): Damaged & { readonly name: string } {
  const name = oneOf(random, names);
  const whole = files[name] ?? new Uint8Array();
  const isJson = name.endsWith('.json');
  const damaged =
    isJson && random() < 0.8
      ? damageJson(decode(whole), random)
      : damageBytes(whole, random, isJson ? whole.length : headerOf(name, whole));
  return { ...damaged, name };
}

function headerOf(name: string, whole: Uint8Array): number {
  // Of GGUF the header is what comes before 2 kB of weights, roughly; of safetensors its length is written down.
  if (!name.endsWith('.safetensors')) return Math.max(64, whole.length - 4000);
  return 8 + new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
}

/** The header of a safetensors file is JSON too. */
function damageHeader(files: Files, names: readonly string[], random: Random): Damaged & { readonly name: string } {
  const name = oneOf(random, names);
  const whole = files[name] ?? new Uint8Array();
  const length = headerOf(name, whole) - 8;
  const { what, bytes } = damageJson(decode(whole.subarray(8, 8 + length)), random);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  return { name, what, bytes: Buffer.concat([size, bytes, whole.subarray(8 + length)]) };
}

const shardNames = Object.keys(tinySharded).filter((name) => name.endsWith('.safetensors'));
const tokenizers = Object.values(tinyTokenizers);

const subjects: Readonly<Record<string, Subject>> = {
  'GGUF, byte-pair vocabulary': gguf({ 'model.gguf': tinyGguf('byte-pair') }),
  'GGUF version 2, SentencePiece vocabulary': gguf({ 'model.gguf': tinyGguf('sentence-piece', 2) }),
  'split GGUF': gguf(tinySplitGguf()),
  safetensors: {
    files: tinySafetensors,
    place: '',
    damage: (random) =>
      random() < 0.6
        ? damageHeader(tinySafetensors, ['model.safetensors'], random)
        : damageOne(tinySafetensors, ['model.safetensors'], random),
  },
  'sharded safetensors': {
    files: tinySharded,
    place: '',
    damage: (random) =>
      random() < 0.3
        ? damageHeader(tinySharded, shardNames, random)
        : damageOne(
            tinySharded,
            [...shardNames, 'model.safetensors.index.json', 'model.safetensors.index.json'],
            random,
          ),
  },
  'config.json and its like': {
    files: tinySafetensors,
    place: '',
    damage: (random) =>
      damageOne(
        tinySafetensors,
        ['config.json', 'config.json', 'tokenizer_config.json', 'generation_config.json'],
        random,
      ),
  },
  'tokenizer.json': {
    files: tinySafetensors,
    place: '',
    damage: (random) => {
      const text = oneOf(random, tokenizers);
      return damageOne({ 'tokenizer.json': new TextEncoder().encode(text) }, ['tokenizer.json'], random);
    },
  },
};

function gguf(files: Files): Subject {
  const names = Object.keys(files);
  return { files, place: names[0] ?? '', damage: (random) => damageOne(files, names, random) };
}

/** Everything that is done with a model before it is run. @param inspect and list it too @param build its graphs too */
async function useAll(place: string, home: string, inspect: boolean, build: boolean): Promise<void> {
  if (inspect) await inspectModelFile(place);
  const file = await openModelFile(place);
  if (inspect) JSON.stringify(await inspectModel(place, [...file.tensors.keys()].at(-1) ?? null));
  const texts = await readModelTexts(file);
  const tokenizer = createTokenizer(texts.tokenizer);
  const ids = tokenizer.encode(sample, { addSpecial: true });
  tokenizer.decode(ids);
  new ChatTemplate(texts.template, tokenizer).encode([{ role: 'user', content: sample }]);
  const source = openTensors(file);
  try {
    await describeModel(file, source);
    for (const tensor of file.tensors.values()) await source.floats(tensor);
  } finally {
    await source.close();
  }
  if (build) (await prepareModel({ file: place, home, logger: silentLogger })).dispose();
}

/** @returns the code of the error, or `loads` */
async function outcomeOf(what: string, use: Promise<void>): Promise<string> {
  try {
    await use;
    return 'loads';
  } catch (error) {
    if (!(error instanceof LongsightError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    const { code, message } = english.error(error.userError);
    assert.doesNotMatch(code, /^LS1/, what);
    // What a template does wrong is told in the words of the template language.
    assert.doesNotMatch(message, code === 'LS2022' ? /\[object/ : /undefined|NaN|\[object/, what);
    assert.ok(message.length < 2000, `${what}: a message of ${String(message.length)} characters`);
    return code;
  }
}

// Most of the time is spent waiting for the file system, so all forms are damaged side by side.
describe(`damaged model files, seed ${String(seed)}`, { concurrency: true }, () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'longsight-fuzz-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const entries = Object.entries(subjects);
  const each = Math.ceil(count / entries.length);
  for (const [title, { files, place, damage }] of entries) {
    it(`${String(each)} times ${title}`, async () => {
      const folder = path.join(root, title.replace(/\W+/g, '-'));
      await mkdir(folder);
      for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
      const opened = path.join(folder, place);
      await useAll(opened, folder, true, true);
      const random = numbersFrom(seed + entries.findIndex(([other]) => other === title));
      const rss = process.memoryUsage.rss();
      const outcomes = new Map<string, number>();
      for (let i = 0; i < each; i++) {
        const { name, what, bytes } = damage(random);
        // Not by promises: ten thousand of these are most of what the test does.
        writeFileSync(path.join(folder, name), bytes);
        const outcome = await outcomeOf(
          `${title}, ${String(i)}: ${name}, ${what}`,
          useAll(opened, folder, i % 4 === 0, i % 500 === 0),
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        writeFileSync(path.join(folder, name), files[name] ?? '');
      }
      // A test whose files are all fine, or all refused by the first check, would show nothing.
      const loads = outcomes.get('loads') ?? 0;
      assert.ok(loads > 0 && loads < each * 0.95, JSON.stringify([...outcomes]));
      assert.ok(process.memoryUsage.rss() - rss < mostGrowth, 'memory was taken by the word of a damaged file');
    });
  }

  it('links that lead back to themselves', async () => {
    const folder = path.join(root, 'loops');
    await mkdir(folder);
    for (const [name, bytes] of Object.entries(tinySharded))
      if (!name.endsWith('.safetensors')) await writeFile(path.join(folder, name), bytes);
    for (const name of [...shardNames, 'loop.gguf']) await symlink(name, path.join(folder, name));
    assert.equal(await outcomeOf('shards', useAll(folder, folder, true, false)), 'LS2305');
    assert.equal(await outcomeOf('a file', useAll(path.join(folder, 'loop.gguf'), folder, true, false)), 'LS2009');
    await symlink('.', path.join(folder, 'itself'));
    const inner = path.join(folder, ...Array.from({ length: 10 }, () => 'itself'));
    assert.equal(await outcomeOf('a folder in itself', useAll(inner, folder, true, false)), 'LS2305');
  });
});
