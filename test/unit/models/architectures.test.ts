/** What a model's own description leads to: names, sizes and refusals, without a graph. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { toByteBlocks } from '../../../src/models/graphs/byte-blocks.ts';
import { type ModelDescription, describeModel } from '../../../src/models/description/model-description.ts';
import { interleavedHeads, pairedRows } from '../../../src/models/description/row-order.ts';
import { architectures } from '../../../src/models/architectures/table.ts';
import { type ModelFile, openModelFile, openTensors } from '../../../src/models/model-file.ts';

const own = path.join(import.meta.dirname, '../../fixtures/decoder/own');

type Change = (config: Record<string, unknown>) => Partial<Record<string, unknown>>;

/** The fixture's folder with some of its config.json changed; null takes a setting away. */
async function configured(name: string, change: Change, tensors?: ModelFile['tensors']): Promise<ModelDescription> {
  const file = await openModelFile(path.join(own, name));
  const config = { ...(file.config ?? {}) };
  const source = openTensors(file);
  try {
    return await describeModel(
      { ...file, config: { ...config, ...change(config) }, tensors: tensors ?? file.tensors },
      source,
    );
  } finally {
    await source.close();
  }
}

/** A GGUF fixture with some metadata changed. */
async function annotated(name: string, changes: Readonly<Record<string, string | number>>): Promise<ModelDescription> {
  const file = await openModelFile(path.join(own, name, 'model.gguf'));
  const metadata = new Map(file.metadata);
  for (const [key, value] of Object.entries(changes)) metadata.set(key, value);
  const source = openTensors(file);
  try {
    return await describeModel({ ...file, metadata }, source);
  } finally {
    await source.close();
  }
}

describe('architectures', () => {
  it('an unknown one names itself and what is supported, in both formats', async () => {
    const supported = architectures.map(({ name }) => name).join(', ');
    await assert.rejects(
      configured('bloom', () => ({ model_type: 'falcon' })),
      (error: Error) => {
        assert.match(error.message, /LS2304.*"falcon"/);
        return error.message.includes(supported);
      },
    );
    await assert.rejects(annotated('bloom', { 'general.architecture': 'rwkv7' }), /LS2304.*"rwkv7".*llama, mistral/);
  });

  it('every one has a fixture of its own', () => {
    const models = JSON.parse(readFileSync(path.join(own, 'manifest.json'), 'utf8')) as {
      models: Record<string, object>;
    };
    const names = Object.keys(models.models);
    for (const { name } of architectures)
      assert.ok(
        names.some((one) => one.startsWith(name) || name === 'qwen2'),
        name,
      );
  });

  it('a model that also sees has its decoder inside, under two sets of names', async () => {
    const plain = await openModelFile(path.join(own, 'gemma3'));
    for (const prefix of ['language_model.model.', 'model.language_model.']) {
      const tensors = new Map(
        [...plain.tensors].map(([name, tensor]) => [name.replace(/^model\./, prefix), tensor] as const),
      );
      const { hyperparameters, tensors: view } = await configured(
        'gemma3',
        (config) => ({ model_type: 'gemma3', text_config: config }),
        tensors,
      );
      assert.equal(hyperparameters.hidden, 32);
      assert.ok(view.has('blk.0.attn_q'));
    }
  });

  it('gemma3: every sixth layer sees everything, with its own base and scaling', async () => {
    for (const { hyperparameters: h } of [await configured('gemma3', () => ({})), await annotated('gemma3', {})]) {
      assert.deepEqual(h.groupOfLayer, [1, 1, 1, 1, 1, 0, 1]);
      const [full, local] = h.attentionGroups;
      assert.deepEqual([full?.window, full?.rope?.base, full?.rope?.scaling.startsWith('linear:8')], [null, 1e6, true]);
      assert.deepEqual([local?.window, local?.rope?.base, local?.rope?.scaling], [6, 1e4, 'default']);
    }
  });

  it('a tied model ignores an output matrix in its file, another one uses it', async () => {
    assert.equal((await configured('mistral', () => ({}))).tied, false);
    assert.equal((await configured('mistral', () => ({ tie_word_embeddings: true }))).tied, true);
    assert.equal((await configured('llama-relu', () => ({ tie_word_embeddings: false }))).tied, true, 'it has none');
    assert.equal((await annotated('bloom', {})).tied, true);
  });

  it('a RoPE scaling of either style is the same', async () => {
    const of = async (change: Change): Promise<unknown> =>
      (await configured('mistral', change)).hyperparameters.attentionGroups[0]?.rope;
    const scaling = { factor: 4, original_max_position_embeddings: 32, truncate: false };
    assert.deepEqual(
      await of(() => ({ rope_parameters: { rope_type: 'yarn', rope_theta: 5000, ...scaling } })),
      await of(() => ({ rope_parameters: null, rope_theta: 5000, rope_scaling: { type: 'yarn', ...scaling } })),
    );
  });

  for (const [what, change] of Object.entries({
    'no layers': { num_hidden_layers: 0 },
    'a number of layers that is none': { num_hidden_layers: '2' },
    'more heads than any model': { num_attention_heads: 1e9 },
    'key heads that do not divide': { num_key_value_heads: 3 },
    'heads that cannot be rotated': { head_dim: 15 },
    'another width than its tensors': { head_dim: 64 },
    'a norm that divides by nothing': { rms_norm_eps: -1 },
    'an unknown activation': { hidden_act: 'softplus' },
    'an unknown scaling': { rope_parameters: { rope_type: 'cubic', rope_theta: 1e4 } },
    'a scaling by nothing': { rope_parameters: { rope_type: 'linear', rope_theta: 1e4, factor: 0 } },
    'divisors for other heads': {
      rope_parameters: { rope_type: 'longrope', rope_theta: 1e4, short_factor: [1], long_factor: [1] },
    },
    'divisors that are no numbers': {
      rope_parameters: { rope_type: 'longrope', rope_theta: 1e4, short_factor: ['1'], long_factor: [1] },
    },
    'an endless window': { sliding_window: 1e12 },
  } satisfies Record<string, Record<string, unknown>>)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(async () => {
        const { hyperparameters: h, tensors } = await configured('mistral', () => change);
        tensors.matrix('blk.0.attn_q', h.heads * h.headSize, h.hidden);
      }, /LS2304/);
    });
  }

  it('refuses experts of which more are used than there are', async () => {
    await assert.rejects(
      configured('qwen3moe', () => ({ num_experts_per_tok: 7 })),
      /LS2304/,
    );
    await assert.rejects(annotated('llama-biased', { 'llama.expert_count': 8 }), /LS2304.*qwen3moe/);
  });

  it('refuses weights that another tool has packed, and says by which', async () => {
    const change = { quantization_config: { quant_method: 'gptq', bits: 4 } };
    await assert.rejects(
      configured('mistral', () => change),
      /LS2304.*"gptq"/,
    );
  });

  it('YaRN of a GGUF file is that of a configuration', async () => {
    const scaling = { rope_type: 'yarn', rope_theta: 10000, factor: 4, original_max_position_embeddings: 16 };
    const ofConfig = await configured('llama-biased', () => ({ rope_parameters: scaling, rope_theta: null }));
    const ofGguf = await annotated('llama-biased', {
      'llama.rope.scaling.type': 'yarn',
      'llama.rope.scaling.factor': 4,
      'llama.rope.scaling.original_context_length': 16,
    });
    assert.deepEqual(ofGguf.hyperparameters.attentionGroups, ofConfig.hyperparameters.attentionGroups);
    assert.match(ofGguf.hyperparameters.attentionGroups[0]?.rope?.scaling ?? '', /^yarn:4/);
  });

  it('refuses a file without config.json', async () => {
    const file = await openModelFile(path.join(own, 'mistral'));
    await assert.rejects(describeModel({ ...file, config: null }, openTensors(file)), /LS2304.*config\.json/);
  });
});

describe('row orders', () => {
  for (const [name, order, rows] of [
    ['pairs', pairedRows(6), 18],
    ['heads', interleavedHeads(3, 4), 36],
  ] as const) {
    it(`${name}: every row once, a run together`, () => {
      const stored = Array.from({ length: rows }, (_, r) => order.stored(r));
      assert.deepEqual(
        stored.toSorted((a, b) => a - b),
        Array.from({ length: rows }, (_, r) => r),
      );
      for (let r = 0; r < rows; r += order.run) {
        const run = stored.slice(r, r + order.run);
        assert.equal(Math.max(...run) - Math.min(...run), order.run - 1);
      }
    });
  }
});

describe('8-bit blocks of 16-bit weights', () => {
  it('no weight moves by more than half a step of its block', () => {
    const values = Float32Array.from({ length: 96 }, (_, i) => (i < 64 ? Math.sin(i * 3.7) * 10 ** (i >> 5) : 0));
    const { q, scales, zeroPoint } = toByteBlocks(values);
    for (const [i, value] of values.entries()) {
      const scale = scales[i >> 5] ?? Number.NaN;
      assert.ok(Math.abs(((q[i] ?? 0) - zeroPoint) * scale - value) <= scale * 0.5001, String(i));
    }
    assert.deepEqual(
      [...scales].map((scale) => scale > 0),
      [true, true, false],
    );
  });
});
