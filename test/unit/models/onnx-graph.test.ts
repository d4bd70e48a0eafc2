/** The graphs that GraphBuilder writes load and run in ONNX Runtime, with tensors inside the file and beside it. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from '../../../src/runtime/onnxruntime.ts';
import { ExternalDataFile, writeAtomically } from '../../../src/models/onnx/external-data.ts';
import { GraphBuilder, float } from '../../../src/models/onnx/graph-builder.ts';

describe('ONNX graphs', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longsight-onnx-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('runs a graph whose weights lie in the file beside it', async () => {
    const weights = await ExternalDataFile.create(path.join(folder, 'weights.bin'));
    await weights.append(new Uint8Array(3));
    const slice = await weights.append([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
    assert.equal(slice.offset % 64, 0);
    await weights.commit();
    await weights.dispose();

    const g = new GraphBuilder('test');
    const x = g.input('x', 'float32', ['rows', 2]);
    const w = g.external('w', 'float32', [2, 2], slice);
    const y = g.node('MatMul', [x, w]);
    const [left = '', right = ''] = g.nodes('Split', [y], 2, { axis: -1, num_outputs: 2 });
    g.node(
      'LeakyRelu',
      [g.node('Add', [left, g.node('Mul', [right, g.float32(10)])])],
      { alpha: float(1) },
      { output: 'z' },
    );
    g.output('z', 'float32', ['rows', 1]);
    const file = path.join(folder, 'graph.onnx');
    await writeAtomically(file, g.encode({ made: 'here' }));

    const session = await InferenceSession.create(file);
    const result = await session.run({ x: new Tensor('float32', [1, 1, 1, 0], [2, 2]) });
    assert.deepEqual([...(result['z']?.data as Float32Array)], [4 + 60, 1 + 20]);
    await session.release();
    assert.deepEqual((await readdir(folder)).sort(), ['graph.onnx', 'weights.bin']);
  });

  it('leaves nothing behind when it is given up', async () => {
    const weights = await ExternalDataFile.create(path.join(folder, 'never.bin'));
    await weights.append(new Uint8Array(10));
    await weights.dispose();
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('never')));
  });

  it('refuses unknown values, doubled names and tensors of the wrong length', () => {
    const g = new GraphBuilder('test');
    assert.throws(() => g.node('Identity', ['nothing']), RangeError);
    g.input('x', 'float32', [1]);
    assert.throws(() => g.input('x', 'float32', [1]), RangeError);
    assert.throws(() => g.initializer('w', 'float32', [3], new Float32Array(2)), RangeError);
  });
});
