/** Adapters are not applied, and that is said: of Ollama, of PEFT's folders, as GGUF files. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { importModel, listModels, resolveModel } from '../../../src/models/store.ts';
import { ggufBytes } from '../../support/model-files.ts';
import { temporaryFolder } from '../../support/small-repository.ts';
import { type Files, tinyGguf, tinySafetensors } from '../../support/tiny-models.ts';

function written(t: TestContext, files: Files): string {
  const folder = temporaryFolder(t, 'model');
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  return folder;
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const peft = { 'adapter_config.json': text({ peft_type: 'LORA', base_model_name_or_path: 'acme/base' }) };
const weights = tinySafetensors['model.safetensors'] ?? new Uint8Array();

describe('an adapter', () => {
  const resolve = (place: string, t: TestContext): Promise<unknown> =>
    resolveModel(place, { home: temporaryFolder(t, 'home'), ollama: [], lmStudio: [] });

  it('in a folder of its own is no model, whatever its weights are stored as', async (t) => {
    for (const name of ['adapter_model.safetensors', 'adapter_model.bin']) {
      const folder = written(t, { ...peft, [name]: weights });
      await assert.rejects(resolve(folder, t), /LS2014.*adapter alone/);
      await assert.rejects(
        importModel(folder, { home: temporaryFolder(t, 'home'), ollama: [], lmStudio: [] }),
        /LS2014/,
      );
    }
  });

  it('beside a whole model is not passed over, unless the file of the model is named', async (t) => {
    const folder = written(t, { ...tinySafetensors, ...peft, 'adapter_model.safetensors': weights });
    await assert.rejects(resolve(folder, t), /LS2014.*with an adapter/);
    await resolve(path.join(folder, 'model.safetensors'), t);
  });

  it('whose weights are gone leaves a whole model', async (t) => {
    await resolve(written(t, { ...tinySafetensors, ...peft }), t);
  });

  it('in a GGUF file is no model', async (t) => {
    const folder = written(t, {
      'lora.gguf': ggufBytes({ 'general.type': 'adapter', 'general.architecture': 'llama', 'adapter.type': 'lora' }, [
        { name: 'blk.0.attn_q.weight.lora_a', shape: [2, 8], values: new Float32Array(16) },
      ]),
    });
    await assert.rejects(resolve(path.join(folder, 'lora.gguf'), t), /LS2014.*adapter alone/);
  });
});

describe('an Ollama model with an adapter', () => {
  it('is listed with the reason why it is not run, and its base is', async (t) => {
    const folder = temporaryFolder(t, 'ollama models');
    const bytes = tinyGguf('byte-pair');
    const digest = createHash('sha256').update(bytes).digest('hex');
    mkdirSync(path.join(folder, 'blobs'));
    writeFileSync(path.join(folder, 'blobs', `sha256-${digest}`), bytes);
    const manifests = path.join(folder, 'manifests/registry.ollama.ai/library/coder');
    mkdirSync(manifests, { recursive: true });
    const layer = (kind: string): object => ({
      mediaType: `application/vnd.ollama.image.${kind}`,
      digest: `sha256:${digest}`,
    });
    writeFileSync(path.join(manifests, 'base'), JSON.stringify({ layers: [layer('model')] }));
    writeFileSync(path.join(manifests, 'tuned'), JSON.stringify({ layers: [layer('model'), layer('adapter')] }));
    const options = { home: temporaryFolder(t, 'home'), catalogue: [], ollama: [folder], lmStudio: [] };
    const listed = new Map((await listModels(options)).map((model) => [model.id, model]));
    assert.equal(listed.get('ollama:coder:base')?.unsupported, undefined);
    const tuned = listed.get('ollama:coder:tuned');
    assert.match(english.words(tuned?.unsupported ?? ''), /its adapter is not applied/i);
    assert.match(english.words(tuned?.note ?? ''), /its adapter is not applied/i);
    await resolveModel('ollama:coder:base', options);
    await assert.rejects(resolveModel('ollama:coder:tuned', options), /LS2014/);
  });
});
