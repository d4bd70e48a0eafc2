/**
 * What computing with each block type costs in exactness, beside the product with the dequantised values in double precision: the
 * root mean square of the error over that of the product, for 64 outputs of 1024 inputs.
 *
 * The table in src/models/weights/repack.ts states these figures. Blocks are pseudo-random, activations like those of a norm.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from '../../src/runtime/onnxruntime.ts';
import type { AccuracyLevel } from '../../src/models/graphs/graph-spec.ts';
import { LayerBuilder } from '../../src/models/graphs/layers.ts';
import { WeightWriter } from '../../src/models/weights/weights.ts';
import { dequantize } from '../../src/models/gguf/dequantize.ts';
import type { ModelTensor, TensorSource } from '../../src/models/model-file.ts';
import { ExternalDataFile, writeAtomically } from '../../src/models/onnx/external-data.ts';
import { GraphBuilder } from '../../src/models/onnx/graph-builder.ts';
import { numbersFrom } from '../support/mutations.ts';
import { everyBlock, pseudoBlocks, typeNamed } from '../support/pseudo-blocks.ts';

const [rows, n, k] = [8, 64, 1024];

/** Of weights that are kept exactly: rounding of sums. */
const exact = 2e-6;
/** Of activations rounded to int8, one scale for as many of them as a block of weights has. */
const rounded = 0.008;

describe('error of products', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-block-errors-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const name of [...Object.keys(everyBlock.sha256), 'Q1_0'])
    it(name, async () => {
      const type = typeNamed(name);
      const bytes = pseudoBlocks(type, (n * k) / type.block);
      if (name === 'Q1_0') for (let i = 1; i < bytes.length; i += type.bytes) bytes[i] = 0x24;
      const tensor: ModelTensor = { part: 0, name: 'w', type, shape: [n, k], offset: 0, length: bytes.length };
      const row = bytes.length / n;
      const source: TensorSource = {
        rows: (_, from = 0, to = n) => Promise.resolve(bytes.slice(from * row, to * row)),
        floats: () => Promise.resolve(dequantize(type, bytes)),
        close: () => Promise.resolve(),
      };
      const out = await ExternalDataFile.create(path.join(folder, `${name}.bin`));
      const matrix = { name: 'w', tensor, from: 0, n, k, order: null, bias: null };
      const linear = await new WeightWriter(source, out, () => undefined).linear([{ matrix }]);
      await out.commit();
      const [stored] = linear.matrices;
      assert.equal(stored?.kind, 'quantised');

      const random = numbersFrom(7);
      const x = Float32Array.from({ length: rows * k }, () => random() + random() + random() - 1.5);
      const w = dequantize(type, bytes);
      const product = new Float64Array(rows * n);
      product.forEach((_, at) => {
        const [r, j] = [Math.floor(at / n), at % n];
        let sum = 0;
        for (let i = 0; i < k; i++) sum += (x[r * k + i] ?? 0) * (w[j * k + i] ?? 0);
        product[at] = sum;
      });
      for (const level of [0, 4] as const) {
        const error = await errorOf(name, level, linear, x, product);
        const bound = stored.bits === 8 || level === 4 ? rounded : exact;
        assert.ok(error < bound, `level ${String(level)}: ${error.toExponential(2)}`);
      }
    });

  async function errorOf(
    name: string,
    level: AccuracyLevel,
    linear: Parameters<LayerBuilder['linear']>[1],
    x: Float32Array,
    product: Float64Array,
  ): Promise<number> {
    const g = new GraphBuilder(name);
    const [y = ''] = new LayerBuilder(g, level, 1e-5).linear(g.input('x', 'float32', ['rows', k]), linear);
    g.output(g.node('Identity', [y], {}, { output: 'y' }), 'float32', ['rows', n]);
    const file = path.join(folder, `${name}-${String(level)}.onnx`);
    await writeAtomically(file, g.encode());
    const session = await InferenceSession.create(file);
    const result = await session.run({ x: new Tensor('float32', x, [rows, k]) });
    await session.release();
    const values = result['y']?.data as Float32Array;
    let [off, size] = [0, 0];
    product.forEach((value, i) => {
      off += (value - (values[i] ?? Number.NaN)) ** 2;
      size += value ** 2;
    });
    return Math.sqrt(off / size);
  }
});
