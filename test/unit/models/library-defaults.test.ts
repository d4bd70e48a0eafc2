/** What a config.json leaves out is what the transformers library takes for it, for every architecture, nested or not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type ModelDescription, describeModel } from '../../../src/models/description/model-description.ts';
import { architectures } from '../../../src/models/architectures/table.ts';
import { type ModelFile, type ModelTensor, openModelFile, openTensors } from '../../../src/models/model-file.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/decoder');

interface Golden {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly contextLength: number | null;
  readonly epsilon: number;
  readonly window: number | null;
  readonly tied: boolean;
  readonly bases: readonly number[];
}
const golden = JSON.parse(readFileSync(path.join(fixtures, 'library-defaults.json'), 'utf8')) as Record<string, Golden>;

/** A model of which nothing but the embedding and the output matrix is there: the description looks at no more. */
async function described(
  config: Readonly<Record<string, unknown>>,
  embeddings: readonly string[],
): Promise<ModelDescription> {
  const tensor = { type: { name: 'F32' }, shape: [16, 8], offset: 0, length: 512, part: 0 } as unknown as ModelTensor;
  const names = [...embeddings, 'lm_head.weight'];
  const tensors = new Map(names.map((name) => [name, { ...tensor, name }]));
  const file: ModelFile = {
    ...{ format: 'safetensors', path: '', folder: '', parts: [], size: 0, metadata: new Map(), remarks: {} },
    config,
    tensors,
  };
  return describeModel(file, openTensors(file));
}

const embeddings = ['model.embed_tokens.weight', 'word_embeddings.weight', 'wte.weight'];

describe('a configuration that says no more than its model_type', () => {
  for (const [type, expected] of Object.entries(golden))
    it(`has the sizes of the library: ${type}`, async () => {
      const { hyperparameters: h, tied } = await described({ model_type: type }, embeddings);
      const { layers, hidden, heads, kvHeads, headSize, feedForward, contextLength, epsilon } = h;
      const window = Math.max(...h.attentionGroups.map((group) => group.window ?? 0)) || null;
      const bases = h.attentionGroups.flatMap(({ rope }) => (rope ? [rope.base] : []));
      assert.deepEqual(
        { layers, hidden, heads, kvHeads, headSize, feedForward, contextLength, epsilon, window, tied, bases },
        { ...expected, contextLength: expected.contextLength ?? 2048 },
      );
    });

  it('is looked at for every architecture', () => {
    for (const { modelTypes } of architectures)
      assert.ok(
        modelTypes.some((type) => type in golden),
        modelTypes.join(),
      );
  });
});

describe('a setting that is there and null', () => {
  it('has no default: no window, as many key heads as heads', async () => {
    const config = { model_type: 'mistral', sliding_window: null, num_key_value_heads: null };
    const { hyperparameters: h } = await described(config, embeddings);
    assert.equal(h.attentionGroups[0]?.window, null);
    assert.equal(h.kvHeads, 32);
  });

  it('is not hidden by the default of its other name', async () => {
    const { hyperparameters: h } = await described({ model_type: 'bloom', n_embed: 128 }, embeddings);
    assert.equal(h.hidden, 128);
  });
});

describe('a decoder inside a model that also sees', () => {
  const names = {
    'language_model.model.': 'language_model.model.embed_tokens.weight',
    'model.language_model.': 'model.language_model.embed_tokens.weight',
  };
  for (const [prefix, embedding] of Object.entries(names))
    it(`has the library's sizes below ${prefix}`, async () => {
      const text = { hidden_size: 32, intermediate_size: 64, num_hidden_layers: 7, sliding_window: 16 };
      const nested = await described({ model_type: 'gemma3', text_config: text, vision_config: {} }, [embedding]);
      const flat = await described({ model_type: 'gemma3_text', ...text }, ['model.embed_tokens.weight']);
      assert.deepEqual(nested.hyperparameters, flat.hyperparameters);
      assert.deepEqual([nested.hyperparameters.heads, nested.hyperparameters.headSize], [8, 256]);
      assert.equal(nested.tied, true);
    });

  it('is of the library’s type where it does not name its own', async () => {
    for (const [part, type, architecture] of [
      ['text_config', 'llava', 'llama'],
      ['llm_config', 'internvl', 'qwen2'],
      ['text_config', 'mistral3', 'mistral'],
    ] as const) {
      const { hyperparameters } = await described({ model_type: type, [part]: {} }, embeddings);
      assert.equal(hyperparameters.architecture, architecture);
    }
  });
});

describe('a GGUF file', () => {
  it('has none of the defaults of the library', async () => {
    const file = await openModelFile(path.join(fixtures, 'tiny/llama-tied/model.gguf'));
    const metadata = new Map(file.metadata);
    metadata.delete('llama.embedding_length');
    const source = openTensors(file);
    await assert.rejects(describeModel({ ...file, metadata }, source), /LS2304.*embedding_length/);
    await source.close();
  });
});
