/**
 * Every block type through the graph: a product with the repacked tensor equals one with its dequantised values, exactly at accuracy
 * level 0, within the rounding of activations to int8 at level 4, and in whole numbers on processors that compute them.
 *
 * Fixtures: test/fixtures/gguf-quants, a tensor `w` of 2 x 256 a file.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, type OnnxValueMap, Tensor } from '../../src/runtime/onnxruntime.ts';
import type { AccuracyLevel } from '../../src/models/graphs/graph-spec.ts';
import { columnBytes } from '../../src/models/graphs/column-bytes.ts';
import { LayerBuilder } from '../../src/models/graphs/layers.ts';
import { type QuantisedMatrix, WeightWriter } from '../../src/models/weights/weights.ts';
import { readFloat32 } from '../../src/models/gguf/floats.ts';
import { openModelFile, openTensors } from '../../src/models/model-file.ts';
import { ExternalDataFile, writeAtomically } from '../../src/models/onnx/external-data.ts';
import { GraphBuilder } from '../../src/models/onnx/graph-builder.ts';
import { digitsAreExact } from '../../src/runtime/probing/digit-trial.ts';

const quants = path.join(import.meta.dirname, '../fixtures/gguf-quants');
const names = (await readdir(quants))
  .filter((name) => name.endsWith('.gguf'))
  .map((name) => path.basename(name, '.gguf'));
const [rows, n, k] = [3, 2, 256];
const hasDigits = await digitsAreExact(2);

describe('repacked weights', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-repack-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const name of names) {
    it(name, async () => {
      const model = await openModelFile(path.join(quants, `${name}.gguf`));
      const data = openTensors(model);
      const place = path.join(folder, name);
      await mkdir(place);
      const out = await ExternalDataFile.create(path.join(place, 'weights.bin'));
      const tensor = model.tensors.get('w');
      assert.ok(tensor);
      const writer = new WeightWriter(data, out, () => undefined);
      const matrix = { name: 'w', tensor, from: 0, n, k, order: null, bias: null };
      const linear = await writer.linear([{ matrix }]);
      const table = await writer.embedding(matrix, null);
      await out.commit();
      await data.close();

      const columns = await columnBytes(
        place,
        linear.matrices.filter((one) => one.kind === 'quantised'),
      );

      const w = readFloat32(await readFile(path.join(quants, `${name}.f32`)));
      const x = Float32Array.from({ length: rows * k }, (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * 0.31));
      const compute = async (accuracy: AccuracyLevel): Promise<OnnxValueMap> => {
        const g = new GraphBuilder(name);
        const b = new LayerBuilder(g, accuracy, 1e-5, 'rms', columns);
        const [product = ''] = b.linear(g.input('x', 'float32', ['rows', k]), linear);
        g.output(g.node('Identity', [product], {}, { output: 'y' }), 'float32', ['rows', n]);
        const row = b.embed(g.input('ids', 'int64', ['ids']), table, [n, k]);
        g.output(g.node('Identity', [row], {}, { output: 'e' }), 'float32', ['ids', k]);
        const file = path.join(place, `${String(accuracy)}.onnx`);
        await writeAtomically(file, g.encode());
        const session = await InferenceSession.create(file);
        const result = await session.run({
          x: new Tensor('float32', x, [rows, k]),
          ids: new Tensor('int64', BigInt64Array.of(1n, 0n), [2]),
        });
        await session.release();
        return result;
      };

      const atZero = await compute(0);
      const computed: [OnnxValueMap, number][] = [
        [atZero, 1e-5],
        [await compute('float'), 1e-5],
        [await compute(4), 0.05],
      ];
      // No graph of a processor that loses some of their products has them.
      if (hasDigits) computed.push([await compute('digits'), 0.03]);
      for (const [result, tolerance] of computed) {
        const y = result['y']?.data as Float32Array;
        for (let r = 0; r < rows; r++) {
          for (let j = 0; j < n; j++) {
            let exact = 0;
            let size = 0;
            for (let i = 0; i < k; i++) {
              const term = (x[r * k + i] ?? 0) * (w[j * k + i] ?? 0);
              exact += term;
              size += term * term;
            }
            const error = Math.abs((y[r * n + j] ?? Number.NaN) - exact) / Math.sqrt(size);
            assert.ok(error < tolerance, `row ${String(r)}, output ${String(j)}: ${String(error)}`);
          }
        }
      }
      // Embedding rows come out as they are dequantised, whatever the type.
      const e = atZero['e']?.data as Float32Array;
      const largest = Math.max(...w.map(Math.abs));
      for (let i = 0; i < n * k; i++)
        assert.ok(Math.abs((e[i] ?? Number.NaN) - (w[(i + k) % (n * k)] ?? 0)) <= 2e-7 * largest);
    });
  }

  it('large matrices of 8 bits: rounded wherever rounding is right, in float32 where it is not', async () => {
    const [outputs, block] = [512, 32];
    const place = path.join(folder, 'bytes');
    await mkdir(place);
    const out = await ExternalDataFile.create(path.join(place, 'weights.bin'));
    const q = Uint8Array.from({ length: outputs * k }, (_, i) => (i * 89) % 256);
    const scales = Float32Array.from({ length: (outputs * k) / block }, (_, i) => 0.01 + (i % 7) / 1000);
    const matrix: QuantisedMatrix = {
      ...{ kind: 'quantised', name: 'w', bits: 8, block, n: outputs, k },
      ...{ q: await out.append(q), scales: await out.append(scales), corrections: null },
    };
    await out.commit();
    const x = Float32Array.from({ length: k }, (_, i) => Math.sin(i * 1.7));
    const errorAt = async (accuracy: AccuracyLevel): Promise<number> => {
      const g = new GraphBuilder('bytes');
      const linear = { matrices: [matrix], outputs: [outputs], biases: [null] };
      const [product = ''] = new LayerBuilder(g, accuracy, 1e-5).linear(g.input('x', 'float32', [1, k]), linear);
      g.output(g.node('Identity', [product], {}, { output: 'y' }), 'float32', [1, outputs]);
      const file = path.join(place, `${String(accuracy)}.onnx`);
      await writeAtomically(file, g.encode());
      const session = await InferenceSession.create(file);
      const y = (await session.run({ x: new Tensor('float32', x, [1, k]) }))['y']?.data as Float32Array;
      await session.release();
      return y.reduce((worst, sum, j) => {
        const exact = x.reduce(
          (total, value, i) =>
            total + value * ((q[j * k + i] ?? 0) - 128) * (scales[Math.floor((j * k + i) / block)] ?? 0),
          0,
        );
        return Math.max(worst, Math.abs(sum - exact));
      }, 0);
    };
    const [rounded, inFloat] = [await errorAt(0), await errorAt('float')];
    assert.ok(inFloat < 1e-4 && rounded < 0.5, `${String(inFloat)}, ${String(rounded)}`);
    assert.ok(rounded > inFloat * 10, 'it is rounded where that is right');
  });
});
