import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LongsightError } from '../../../src/base/errors.ts';
import { filesOf, readCatalogue } from '../../../src/models/catalogue.ts';
import { getModel, importModel, listModels, removeModel, resolveModel } from '../../../src/models/store.ts';
import type { StoreOptions } from '../../../src/models/survey.ts';
import { entryOf } from '../../support/catalogue-entries.ts';

/** A whole little GGUF file. */
const gguf = fileURLToPath(new URL('../../fixtures/decoder/tiny/llama-tied/model.gguf', import.meta.url));
let home: string;
let options: StoreOptions;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-store-'));
  const bytes = await readFile(gguf);
  const local = { kind: 'file', members: { 'tiny.gguf': gguf } } as const;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  options = {
    home,
    catalogue: [
      entryOf({ size: bytes.length, sizeIsApproximate: false, sha256 }, local),
      { ...entryOf({}, local), id: 'alien', architecture: 'alien' },
    ],
    ollama: [path.join(home, 'ollama')],
    lmStudio: [path.join(home, 'lm-studio')],
  };
});
afterEach(() => rm(home, { recursive: true, force: true }));

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LongsightError, String(error));
    assert.equal(error.userError.code, code);
    return true;
  };
}

const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await listModels(options)).map(({ id, state }) => [id, state]));

describe('model store', () => {
  it('gets, lists, resolves and removes a model of the catalogue', async () => {
    assert.deepEqual(await states(), { tiny: 'available', alien: 'available' });
    assert.equal(await resolveModel(null, options), null);
    await assert.rejects(resolveModel('tiny', options), hasCode('LS2001'));
    const listing = await getModel('tiny', options);
    assert.equal(listing.state, 'installed');
    assert.equal(listing.path, path.join(home, 'models', 'tiny', 'tiny.gguf'));
    const resolved = await resolveModel(null, options);
    assert.equal(resolved?.weights, listing.path);
    assert.equal(resolved.format, 'gguf');
    await writeFile(listing.path, 'cut');
    await assert.rejects(resolveModel('tiny', options), hasCode('LS2013'));
    assert.equal((await states()).tiny, 'available');
    await removeModel('tiny', options);
    await assert.rejects(removeModel('tiny', options), hasCode('LS2001'));
  });

  it('takes the beginning of an id up to a hyphen for the whole where one id alone begins so', async () => {
    const [tiny] = options.catalogue ?? [];
    assert.ok(tiny);
    options = {
      ...options,
      catalogue: [
        { ...tiny, id: 'tiny-1b-q4' },
        { ...tiny, id: 'tiny-2b-q4' },
      ],
    };
    assert.equal((await getModel('tiny-1b', options)).id, 'tiny-1b-q4');
    assert.equal((await resolveModel('tiny-1b', options))?.id, 'tiny-1b-q4');
    for (const name of ['tiny', 'tiny-1', 'tiny-3b']) await assert.rejects(getModel(name, options), hasCode('LS2002'));
  });

  it('says before the download that an architecture is not supported', async () => {
    const alien = (await listModels(options)).find(({ id }) => id === 'alien');
    assert.match(english.words(alien?.unsupported ?? ''), /"alien"/);
    assert.match(english.words(alien?.note ?? ''), /cannot run/);
  });

  it('imports a file in place or as a copy, and removing spares the original', async () => {
    const own = path.join(home, 'My Model.gguf');
    await cp(gguf, own);
    const reference = await importModel(own, options);
    assert.equal(reference.id, 'imported-my-model');
    assert.equal(reference.path, own);
    assert.equal((await resolveModel(reference.id, options))?.weights, own);
    const copy = await importModel(own, { ...options, copy: true });
    assert.equal(copy.path, path.join(home, 'models', 'imported-my-model', 'My Model.gguf'));
    await removeModel(copy.id, options);
    assert.ok((await stat(own)).isFile());
    assert.equal((await states())['imported-my-model'], undefined);
  });

  it('takes a path as a model, and refuses what is none', async () => {
    assert.equal((await resolveModel(gguf, options))?.architecture, 'llama');
    const text = path.join(home, 'notes.gguf');
    await writeFile(text, 'no model at all, but long enough to be read as one');
    await assert.rejects(resolveModel(text, options), hasCode('LS2301'));
    await assert.rejects(importModel(text, options), hasCode('LS2301'));
    const empty = path.join(home, 'empty');
    await mkdir(empty);
    await assert.rejects(importModel(empty, options), hasCode('LS2009'));
    await assert.rejects(resolveModel('no-such-model', options), hasCode('LS2002'));
    await assert.rejects(getModel('no-such-model', options), hasCode('LS2002'));
    await assert.rejects(removeModel('../models', options), hasCode('LS2001'));
  });

  it('takes a folder with config.json and safetensors as a model', async () => {
    const folder = path.join(home, 'whole');
    await mkdir(folder);
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'llama' }));
    // An empty header is a safetensors file without tensors.
    await writeFile(path.join(folder, 'model.safetensors'), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]));
    const listing = await importModel(folder, options);
    assert.equal(listing.unsupported, undefined);
    for (const model of [listing.id, folder, path.join(folder, 'model.safetensors')]) {
      const resolved = await resolveModel(model, options);
      assert.equal(resolved?.format, 'safetensors');
      assert.ok([folder, path.join(folder, 'model.safetensors')].includes(resolved.weights));
    }
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'mamba' }));
    await assert.rejects(resolveModel(folder, options), hasCode('LS2011'));
  });

  it('offers what Ollama and LM Studio keep, without copying, and never removes it', async () => {
    const digest = 'a'.repeat(64);
    const blob = path.join(home, 'ollama', 'blobs', `sha256-${digest}`);
    const manifests = path.join(home, 'ollama', 'manifests', 'registry.ollama.ai', 'library', 'tiny');
    await mkdir(path.dirname(blob), { recursive: true });
    await mkdir(manifests, { recursive: true });
    await cp(gguf, blob);
    const layers = [
      { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'b'.repeat(64)}` },
      { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` },
    ];
    await writeFile(path.join(manifests, '1b'), JSON.stringify({ schemaVersion: 2, layers }));
    await writeFile(path.join(manifests, 'broken'), '{');
    const studio = path.join(home, 'lm-studio', 'someone', 'Tiny-GGUF');
    await mkdir(studio, { recursive: true });
    await cp(gguf, path.join(studio, 'tiny-q8.gguf'));
    await writeFile(path.join(studio, 'mmproj-tiny.gguf'), 'a projector');
    await writeFile(path.join(studio, 'half.gguf'), 'GGUF');
    const found = (await listModels(options)).filter(({ state }) => state === 'found');
    assert.deepEqual(
      found.map(({ id, origin, path: place }) => [id, origin, place]),
      [
        ['ollama:tiny:1b', 'ollama', blob],
        ['lm-studio:someone/Tiny-GGUF/tiny-q8', 'lm-studio', path.join(studio, 'tiny-q8.gguf')],
      ],
    );
    assert.equal((await resolveModel('ollama:tiny:1b', options))?.sha256, digest);
    await assert.rejects(removeModel('ollama:tiny:1b', options), hasCode('LS2012'));
  });
});

describe('model catalogue', () => {
  it('fits its schema, has one default a kind, and never a source without a way to verify', async () => {
    const entries = await readCatalogue();
    assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
    for (const kind of ['decoder', 'embedder'])
      assert.equal(entries.filter((e) => e.kind === kind && e.default).length, 1);
    for (const entry of entries)
      for (const source of entry.sources)
        for (const file of filesOf(entry, source))
          assert.ok(
            file.sha256 !== null || source.kind === 'huggingface',
            `${entry.id}: ${file.name} by ${source.kind}`,
          );
  });

  it('names what is wrong with a damaged entry', async () => {
    await writeFile(path.join(home, 'x.json'), JSON.stringify({ id: '../x' }));
    await assert.rejects(readCatalogue(home), hasCode('LS2010'));
    await assert.rejects(readCatalogue(path.join(home, 'nowhere')), hasCode('LS2010'));
  });
});
