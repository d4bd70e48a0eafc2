/**
 * Whether this processor multiplies many rows faster in whole numbers (digit-products.ts) than MatMulNBits does in float32, found out by
 * a small product of both, a tenth of a second on a machine's first day.
 *
 * On x86 without VNNI, ONNX Runtime adds pairs of byte products in 16 bits and cuts them off; the trial's numbers are the largest there
 * are, so that such a processor is recognised and never asked for them.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { z } from 'zod';
import { DigitProducts } from '../models/architectures/digit-products.ts';
import { verdictsFolder } from '../models/home.ts';
import { writeAtomically } from '../models/onnx/external-data.ts';
import { GraphBuilder } from '../models/onnx/graph-builder.ts';
import { storageFault } from '../models/store/storage-faults.ts';
import { sessionOptions } from './session-options.ts';

const [rows, k, n, block] = [256, 512, 2048, 32];
const runs = 20;
/** They are taken where they need at most this part of the time. */
const worthwhile = 0.9;
/** Of a sum of `k`. */
const tolerance = 1e-3;

/** Rows of one number each: it becomes the largest digit. */
const single = new Tensor(
  'float32',
  Float32Array.from({ length: rows * k }, (_, i) => (i % (k + 1) === 0 ? k : 0)),
  [rows, k],
);

const fileSchema = z.object({ processor: z.string(), digits: z.boolean() });

/**
 * @param home LONGSIGHT_HOME, where the answer is kept: the same machine is to give the same text tomorrow
 * @throws LS2005, LS2006 when it cannot be written; ONNX Runtime's error when not even small graphs can be run
 */
export async function digitsPay(home: string, threads: number): Promise<boolean> {
  const processor = `${cpus()[0]?.model ?? arch()}, ${String(threads)} threads, ONNX Runtime ${env.versions.node ?? ''}`;
  const file = path.join(verdictsFolder(home), 'processor.json');
  try {
    const kept = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    if (kept.processor === processor) return kept.digits;
  } catch {
    // Not there, or from another version: found out anew.
  }
  const digits = await tryDigits(threads);
  try {
    await mkdir(verdictsFolder(home), { recursive: true });
    await writeAtomically(file, `${JSON.stringify({ processor, digits }, null, 2)}\n`);
  } catch (error) {
    throw storageFault(error, verdictsFolder(home)) ?? error;
  }
  return digits;
}

async function tryDigits(threads: number): Promise<boolean> {
  const digits = await open(threads, (g, x) =>
    new DigitProducts(g).product(
      x,
      g.initializer('bytes', 'int8', [k, n], new Int8Array(k * n).fill(127)),
      g.initializer('scales', 'float32', [n], new Float32Array(n).fill(1 / 127)),
      { n, k },
    ),
  );
  const blocks = await open(threads, (g, x) =>
    g.node(
      'MatMulNBits',
      [
        x,
        g.initializer('q', 'uint8', [n, k / block, block / 2], new Uint8Array((n * k) / 2).fill(0x99)),
        g.initializer('scales', 'float32', [n, k / block], new Float32Array((n * k) / block).fill(1)),
      ],
      { K: k, N: n, bits: 4, block_size: block, accuracy_level: 0 },
      { domain: 'com.microsoft' },
    ),
  );
  try {
    const least = { digits: Number.POSITIVE_INFINITY, blocks: Number.POSITIVE_INFINITY };
    // In turn, for whatever else the machine does at the time.
    for (let i = 0; i < runs; i++) {
      least.blocks = Math.min(least.blocks, (await run(blocks)).ms);
      const { ms, sums } = await run(digits);
      if (!sums.every((sum) => Math.abs(sum - k) <= tolerance * k)) return false;
      least.digits = Math.min(least.digits, ms);
    }
    return least.digits <= worthwhile * least.blocks;
  } finally {
    await digits.release();
    await blocks.release();
  }
}

/** A product of rows with weights of one. */
function open(threads: number, product: (g: GraphBuilder, x: string) => string): Promise<InferenceSession> {
  const g = new GraphBuilder('trial');
  const y = product(g, g.input('x', 'float32', [rows, k]));
  g.output(g.node('Identity', [y], {}, { output: 'y' }), 'float32', [rows, n]);
  return InferenceSession.create(g.encode(), sessionOptions('cpu', threads));
}

/** Rows through it whose sums are `k`, and what the processor took for it: unlike a clock, it does not count what others took. */
async function run(session: InferenceSession): Promise<{ readonly ms: number; readonly sums: Float32Array }> {
  const before = process.cpuUsage();
  const sums: unknown = (await session.run({ x: single }))['y']?.data;
  const { user, system } = process.cpuUsage(before);
  if (!(sums instanceof Float32Array)) throw new Error('it gave no numbers');
  return { ms: (user + system) / 1000, sums };
}
