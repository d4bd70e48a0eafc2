/** What ONNX Runtime's kernels do on this processor, asked of them directly: tests of what rests on it expect no more. */
import { InferenceSession, Tensor } from '../../src/runtime/onnxruntime.ts';
import { GraphBuilder } from '../../src/models/onnx/graph-builder.ts';

/** Whether a row through MatMulNBits at level 4 has the same bits beside others as alone; some kernels for one row add in another order. */
export async function severalRowsHaveOneBits({
  bits,
  block,
}: {
  readonly bits: 4 | 8;
  readonly block: number;
}): Promise<boolean> {
  const [rows, k, n] = [3, 256, 64];
  const g = new GraphBuilder('rows');
  const q = Uint8Array.from({ length: (n * k * bits) / 8 }, (_, i) => (i * 89) % 251);
  const scales = Float32Array.from({ length: (n * k) / block }, (_, i) => 0.1 + ((i * 37) % 101) / 997);
  const y = g.node(
    'MatMulNBits',
    [
      g.input('x', 'float32', ['rows', k]),
      g.initializer('q', 'uint8', [n, k / block, (block * bits) / 8], q),
      g.initializer('scales', 'float32', [n, k / block], scales),
    ],
    { K: k, N: n, bits, block_size: block, accuracy_level: 4 },
    { domain: 'com.microsoft' },
  );
  g.output(g.node('Identity', [y], {}, { output: 'y' }), 'float32', ['rows', n]);
  const session = await InferenceSession.create(g.encode());
  const x = Float32Array.from({ length: rows * k }, (_, i) => Math.sin(i * 1.7));
  const through = async (count: number): Promise<Float32Array> =>
    (await session.run({ x: new Tensor('float32', x.slice(0, count * k), [count, k]) }))['y']?.data as Float32Array;
  const [one, several] = [await through(1), await through(rows)];
  await session.release();
  return one.every((value, i) => Object.is(value, several[i]));
}
