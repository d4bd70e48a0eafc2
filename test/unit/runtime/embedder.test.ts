import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { bertInput, bertOutput, buildBert } from '../../../src/models/embedders/bert.ts';
import { prepareEmbedder } from '../../../src/models/embedders/prepared-embedder.ts';
import { openModelFile, openTensors } from '../../../src/models/model-file.ts';
import type { ResolvedModel } from '../../../src/models/store.ts';
import { tokenizerFromJson } from '../../../src/models/tokenizer/from-json.ts';
import { createTokenizer } from '../../../src/models/tokenizer/tokenizer.ts';
import { digitsAreExact } from '../../../src/runtime/probing/digit-trial.ts';
import { EmbedderSession } from '../../../src/runtime/embedding/embedder-session.ts';
import { WorkerEmbedder } from '../../../src/runtime/embedding/worker-embedder.ts';
import { defaultEmbedder, requireModel } from '../../support/models.ts';

/** The weights that this processor multiplies right, as the product chooses them. */
const whole = (await digitsAreExact(1)) ? 'int8' : 'uint8';

let home: string;
before(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-embedder-'));
});
after(() => rm(home, { recursive: true, force: true }));

const layers = 2;
const hidden = 8;
const wide = 16;
const vocabulary = 20;

/** Weights of a BERT of two layers, small pseudo-random numbers; every tensor by its name in the file. */
function tinyWeights(): Map<string, { shape: number[]; values: Float32Array }> {
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  let seed = 1;
  const add = (name: string, ...shape: number[]): void => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
      seed = (seed * 48271) % 2147483647;
      return (seed / 2147483647 - 0.5) * 0.8 + (name.endsWith('LayerNorm.weight') ? 1 : 0);
    });
    tensors.set(name, { shape, values });
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, hidden);
    add(`${name}.bias`, hidden);
  };
  const dense = (name: string, out: number, inputs: number): void => {
    add(`${name}.weight`, out, inputs);
    add(`${name}.bias`, out);
  };
  add('embeddings.word_embeddings.weight', vocabulary, hidden);
  add('embeddings.position_embeddings.weight', 12, hidden);
  add('embeddings.token_type_embeddings.weight', 2, hidden);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < layers; layer += 1) {
    const at = `encoder.layer.${String(layer)}`;
    for (const part of ['query', 'key', 'value']) dense(`${at}.attention.self.${part}`, hidden, hidden);
    dense(`${at}.attention.output.dense`, hidden, hidden);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, wide, hidden);
    dense(`${at}.output.dense`, hidden, wide);
    norm(`${at}.output.LayerNorm`);
  }
  return tensors;
}

async function writeTiny(file: string): Promise<ReturnType<typeof tinyWeights>> {
  const tensors = tinyWeights();
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(
    file,
    Buffer.concat([length, text, ...[...tensors.values()].map(({ values }) => Buffer.from(values.buffer))]),
  );
  return tensors;
}

/** BERT with mean pooling in plain arithmetic, in float64: what the graph must compute. */
function reference(tensors: ReturnType<typeof tinyWeights>, ids: readonly number[]): number[] {
  const get = (name: string): Float32Array => tensors.get(name)?.values ?? new Float32Array(0);
  const norm = (row: number[], name: string): number[] => {
    const mean = row.reduce((a, b) => a + b, 0) / hidden;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / hidden;
    return row.map(
      (v, i) =>
        ((v - mean) / Math.sqrt(variance + 1e-12)) * (get(`${name}.weight`)[i] ?? 0) + (get(`${name}.bias`)[i] ?? 0),
    );
  };
  const dense = (row: number[], name: string): number[] =>
    Array.from(get(`${name}.bias`), (bias, o) =>
      row.reduce((sum, v, i) => sum + v * (get(`${name}.weight`)[o * row.length + i] ?? 0), bias),
    );
  let x = ids.map((id, position) =>
    norm(
      Array.from({ length: hidden }, (_, i) =>
        ['word', 'position', 'token_type'].reduce(
          (sum, table, t) =>
            sum + (get(`embeddings.${table}_embeddings.weight`)[([id, position, 0][t] ?? 0) * hidden + i] ?? 0),
          0,
        ),
      ),
      'embeddings.LayerNorm',
    ),
  );
  for (let layer = 0; layer < layers; layer += 1) {
    const at = `encoder.layer.${String(layer)}`;
    const [q = [], k = [], v = []] = ['query', 'key', 'value'].map((part) =>
      x.map((row) => dense(row, `${at}.attention.self.${part}`)),
    );
    const mixed = q.map((row) => {
      const out = new Array<number>(hidden).fill(0);
      for (let head = 0; head < 2; head += 1) {
        const dims = Array.from({ length: hidden / 2 }, (_, i) => head * (hidden / 2) + i);
        const scores = k.map((other) =>
          Math.exp(dims.reduce((s, d) => s + (row[d] ?? 0) * (other[d] ?? 0), 0) / Math.sqrt(hidden / 2)),
        );
        const total = scores.reduce((a, b) => a + b, 0);
        for (const d of dims) out[d] = v.reduce((s, other, j) => s + ((scores[j] ?? 0) / total) * (other[d] ?? 0), 0);
      }
      return out;
    });
    x = x.map((row, t) =>
      norm(
        dense(mixed[t] ?? [], `${at}.attention.output.dense`).map((y, i) => y + (row[i] ?? 0)),
        `${at}.attention.output.LayerNorm`,
      ),
    );
    x = x.map((row) => {
      const inner = dense(row, `${at}.intermediate.dense`).map((y) => 0.5 * y * (1 + erf(y / Math.SQRT2)));
      return norm(
        dense(inner, `${at}.output.dense`).map((y, i) => y + (row[i] ?? 0)),
        `${at}.output.LayerNorm`,
      );
    });
  }
  const mean = Array.from({ length: hidden }, (_, i) => x.reduce((s, row) => s + (row[i] ?? 0), 0) / x.length);
  const length = Math.hypot(...mean);
  return mean.map((value) => value / length);
}

/** The error function by its Maclaurin series, which is exact enough for small arguments. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n += 1) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

const configuration = { layers, heads: 2, hidden, intermediate: wide, positions: 12, epsilon: 1e-12 };

describe('BERT graph', () => {
  it('computes what BERT with mean pooling is, and nearly so in bytes', async () => {
    const file = path.join(home, 'tiny.safetensors');
    const tensors = await writeTiny(file);
    const model = await openModelFile(file);
    const weights = { file: model, source: openTensors(model) };
    for (const [precision, least] of [
      ['float32', 0.999999],
      [whole, 0.99],
      ['uint8', 0.99],
    ] as const) {
      const graph = path.join(home, `tiny-${precision}.onnx`);
      await writeFile(graph, await buildBert(weights, configuration, precision));
      const session = await EmbedderSession.open(graph, 'unit-vector');
      for (const ids of [[3], [1, 5, 9, 19, 0], [7, 7, 2, 2, 11, 13, 4, 6, 8, 10, 12, 14]]) {
        const vector = await session.embed(ids);
        assert.ok(cosine(vector, reference(tensors, ids)) > least, `${precision} ${String(ids.length)} tokens`);
        assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
      }
    }
    await assert.rejects(buildBert(weights, { ...configuration, hidden: 16 }, 'int8'), /LS2031/);
    await assert.rejects(buildBert(weights, { ...configuration, layers: 3 }, 'int8'), /LS2031/);
    await weights.source.close();
    assert.ok(bertInput.length > 0 && bertOutput.length > 0);
  });

  it('gives the same bits with unsigned bytes as with signed ones, where those are whole', async (t) => {
    if (whole !== 'int8') {
      t.skip('this processor loses products of bytes');
      return;
    }
    const file = path.join(home, 'both.safetensors');
    await writeTiny(file);
    const model = await openModelFile(file);
    const weights = { file: model, source: openTensors(model) };
    const vectors: Float32Array[] = [];
    for (const bytes of ['int8', 'uint8'] as const) {
      const graph = path.join(home, `both-${bytes}.onnx`);
      await writeFile(graph, await buildBert(weights, configuration, bytes));
      vectors.push(await (await EmbedderSession.open(graph, 'unit-vector')).embed([1, 5, 9, 19, 0]));
    }
    await weights.source.close();
    assert.deepEqual(vectors[1], vectors[0]);
  });
});

/** A model of the tiny weights with a vocabulary of single letters, as the store would hand it over. */
async function tinyModel(): Promise<ResolvedModel> {
  const weights = path.join(home, 'model.safetensors');
  await writeTiny(weights);
  const vocab = Object.fromEntries(
    ['[UNK]', '[CLS]', '[SEP]', ...Array.from('abcdefghijklmnopq')].map((token, id) => [token, id]),
  );
  const tokenizer = path.join(home, 'tokenizer.json');
  const single = [{ SpecialToken: { id: '[CLS]' } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: '[SEP]' } }];
  const special = { '[CLS]': { ids: [1] }, '[SEP]': { ids: [2] } };
  await writeFile(
    tokenizer,
    JSON.stringify({
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'TemplateProcessing', single, special_tokens: special },
      model: { type: 'WordPiece', vocab, unk_token: '[UNK]', continuing_subword_prefix: '##' },
    }),
  );
  const config = path.join(home, 'config.json');
  const numbers = { num_hidden_layers: layers, num_attention_heads: 2, hidden_size: hidden, intermediate_size: wide };
  await writeFile(config, JSON.stringify({ ...numbers, max_position_embeddings: 12, layer_norm_eps: 1e-12 }));
  return {
    id: 'tiny',
    displayName: 'Tiny',
    kind: 'embedder',
    origin: 'catalogue',
    architecture: 'bert',
    contextLength: 8,
    chatTemplate: null,
    files: { 'model.safetensors': weights, 'tokenizer.json': tokenizer, 'config.json': config },
    weights,
    format: 'safetensors',
    size: 1,
    sha256: null,
  };
}

async function openTiny(threads: number, script?: URL): Promise<WorkerEmbedder> {
  const prepared = await prepareEmbedder(await tinyModel(), home, whole);
  const tokenizer = createTokenizer(tokenizerFromJson(await readFile(prepared.tokenizer, 'utf8')));
  return WorkerEmbedder.open({ prepared, tokenizer, threads, logger: silentLogger, ...(script && { script }) });
}

describe('embedder', () => {
  it('keeps the order of the texts over several threads, and says what fits', async () => {
    const embedder = await openTiny(2);
    try {
      assert.equal(embedder.dimensions, hidden);
      assert.ok(embedder.fits('a b c d e f') && !embedder.fits('a b c d e f g'));
      const texts = Array.from('abcdefghij');
      const together = await embedder.embed(texts, { urgent: false });
      for (const [i, text] of texts.entries()) {
        const [alone] = await embedder.embed([text], { urgent: true });
        assert.deepEqual(together[i], alone);
      }
      await assert.rejects(embedder.embed(['a b c d e f g'], { urgent: false }), /LS3102/);
    } finally {
      await embedder.dispose();
    }
  });

  it('lets an urgent text overtake, and drops what was cancelled', async () => {
    const embedder = await openTiny(1);
    try {
      const order: string[] = [];
      const many = Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + (i % 17)));
      const background = embedder.embed(many, { urgent: false }).then(() => order.push('background'));
      const urgent = embedder.embed(['a b'], { urgent: true }).then(() => order.push('urgent'));
      await Promise.all([background, urgent]);
      assert.deepEqual(order, ['urgent', 'background']);
      const abort = new AbortController();
      const cancelled = embedder.embed(many, { urgent: false }, abort.signal);
      abort.abort();
      await assert.rejects(cancelled, CancelledError);
      assert.equal((await embedder.embed(['c'], { urgent: false })).length, 1);
    } finally {
      await embedder.dispose();
    }
  });

  it('replaces a thread that died, and gives up on a text that kills twice', async () => {
    const embedder = await openTiny(1, new URL('../../support/fragile-embedder-worker.ts', import.meta.url));
    try {
      // The worker of this test dies of the letter q (id 19) whenever it stands alone.
      await assert.rejects(embedder.embed(['q'], { urgent: false }), /LS3101/);
      assert.equal((await embedder.embed(['a'], { urgent: false })).length, 1);
    } finally {
      await embedder.dispose();
    }
  });
});

describe('the default embedder', () => {
  it('stays within a cosine of .99 of float32 in bytes', async (t) => {
    const model = await requireModel(defaultEmbedder, t);
    if (!model || model.format !== 'safetensors') return;
    const opened = await openModelFile(model.weights);
    const tensors = openTensors(opened);
    const exact = path.join(home, 'exact.onnx');
    const real = { layers: 6, heads: 12, hidden: 384, intermediate: 1536, positions: 512, epsilon: 1e-12 };
    await writeFile(exact, await buildBert({ file: opened, source: tensors }, real, 'float32'));
    await tensors.close();
    const { graph, tokenizer: file } = await prepareEmbedder(model, home, whole);
    const [ours, reference32] = [
      await EmbedderSession.open(graph, 'unit-vector'),
      await EmbedderSession.open(exact, 'unit-vector'),
    ];
    const tokenizer = createTokenizer(tokenizerFromJson(await readFile(file, 'utf8')));
    const source = await readFile(new URL(import.meta.url), 'utf8');
    const texts = [
      'How does the parser recover?',
      'x',
      ...Array.from({ length: 12 }, (_, i) => source.slice(i * 500, i * 500 + 100 + i * 40)),
    ];
    for (const text of texts) {
      const ids = tokenizer.encode(text, { addSpecial: true }).slice(0, 256);
      const similarity = cosine(await ours.embed(ids), await reference32.embed(ids));
      assert.ok(similarity > 0.99, `${String(similarity)} for ${text}`);
    }
  });
});
