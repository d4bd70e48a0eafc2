/**
 * Whether MatMulNBits at accuracy level 4, which rounds activations to bytes, is right on this processor: small products of the largest
 * numbers there are, in every form that graphs use.
 *
 * ONNX Runtime's kernels for x86 mask every second byte or count on 4 bits where pairs of products could overflow 16 bits; that was
 * found right on AVX2, on AVX-512 with and without VNNI, and is asked of every other processor. Where it does not hold, graphs compute
 * everything in float32.
 */
import { InferenceSession, Tensor } from '../onnxruntime.ts';
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { sessionOptions } from '../providers/session-options.ts';

const [k, n] = [256, 8];
/** One row and several go through different kernels. */
const rowCounts = [1, 3];
/** Of `k`, the largest sum there is. */
const tolerance = 1e-3;

const forms = [
  { bits: 4, block: 16 },
  { bits: 4, block: 32 },
  { bits: 8, block: 16 },
  { bits: 8, block: 32 },
] as const;

/** @throws ONNX Runtime's error when not even small graphs can be run */
export async function roundingHolds(threads: number): Promise<boolean> {
  for (const form of forms) if (!(await holds(form, threads))) return false;
  return true;
}

async function holds({ bits, block }: (typeof forms)[number], threads: number): Promise<boolean> {
  const zero = bits === 4 ? 8 : 128;
  // Outputs of the largest and of the smallest weights in turn: 1 less a step, and -1.
  const top = 2 * zero - 1;
  const q = Uint8Array.from({ length: (n * k * bits) / 8 }, (_, i) =>
    Math.floor((i * 8) / (k * bits)) % 2 === 1 ? 0 : bits === 4 ? (top << 4) | top : top,
  );
  const g = new GraphBuilder('rounding');
  const y = g.node(
    'MatMulNBits',
    [
      g.input('x', 'float32', ['rows', k]),
      g.initializer('q', 'uint8', [n, k / block, (block * bits) / 8], q),
      g.initializer('scales', 'float32', [n, k / block], new Float32Array((n * k) / block).fill(1 / zero)),
    ],
    { K: k, N: n, bits, block_size: block, accuracy_level: 4 },
    { domain: 'com.microsoft' },
  );
  g.output(g.node('Identity', [y], {}, { output: 'y' }), 'float32', ['rows', n]);
  const session = await InferenceSession.create(g.encode(), sessionOptions('cpu', threads));
  try {
    for (const rows of rowCounts)
      for (const sign of [1, -1]) {
        const x = new Tensor('float32', new Float32Array(rows * k).fill(sign), [rows, k]);
        const sums: unknown = (await session.run({ x }))['y']?.data;
        if (!(sums instanceof Float32Array)) throw new Error('it gave no numbers');
        const isRight = sums.every((sum, i) => {
          const weight = (i % n) % 2 === 1 ? -1 : (top - zero) / zero;
          return Math.abs(sum - sign * k * weight) <= tolerance * k;
        });
        if (!isRight) return false;
      }
    return true;
  } finally {
    await session.release();
  }
}
