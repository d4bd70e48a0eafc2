/**
 * Whether this processor multiplies many rows in whole numbers (digit-products.ts) without losing any, and faster than MatMulNBits does in
 * float32: a small product of both.
 *
 * On x86 without VNNI, ONNX Runtime adds pairs of products of an unsigned and a signed byte in 16 bits and cuts them off (vpmaddubsw). The
 * trial's numbers are the largest there are, so that such a processor is recognised and never asked for them. That is asked whenever a
 * decoder is opened, some milliseconds, and not read from a file: what is right must not hang on which machine a folder was copied from.
 * Speed is measured once for a processor and kept, so that the same machine gives the same text tomorrow.
 */
import { InferenceSession, Tensor } from '../onnxruntime.ts';
import { DigitProducts } from '../../models/graphs/digit-products.ts';
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { processorName, readVerdict, writeVerdict } from './processor-verdicts.ts';
import { sessionOptions } from '../providers/session-options.ts';

interface Size {
  readonly rows: number;
  readonly k: number;
  readonly n: number;
}

const small: Size = { rows: 4, k: 64, n: 32 };
const timed: Size = { rows: 256, k: 512, n: 2048 };
const block = 32;
const runs = 20;
/** They are taken where they need at most this part of the time. */
const worthwhile = 0.9;
/** Of a sum of `k`. */
const tolerance = 1e-3;

/** Whether products of bytes are whole here, in the largest numbers there are. @throws ONNX Runtime's error when it cannot be run */
export async function digitsAreExact(threads: number): Promise<boolean> {
  const digits = await open(threads, small, (g, x) => digitProduct(g, x, small));
  try {
    return areSums((await run(digits, small)).sums, small);
  } finally {
    await digits.release();
  }
}

/**
 * @param home LONGSIGHT_HOME, where the answer is kept
 * @throws LS2005, LS2006 when it cannot be written; ONNX Runtime's error when not even small graphs can be run
 */
export async function digitsPay(home: string, threads: number): Promise<boolean> {
  if (!(await digitsAreExact(threads))) return false;
  const processor = await processorName(threads);
  const kept = await readVerdict(home, processor);
  if (kept) return kept.digits;
  const digits = await digitsAreFaster(threads);
  await writeVerdict(home, processor, { digits });
  return digits;
}

async function digitsAreFaster(threads: number): Promise<boolean> {
  const digits = await open(threads, timed, (g, x) => digitProduct(g, x, timed));
  const blocks = await open(threads, timed, (g, x) => {
    const { n, k } = timed;
    const q = g.initializer('q', 'uint8', [n, k / block, block / 2], new Uint8Array((n * k) / 2).fill(0x99));
    const scales = g.initializer('scales', 'float32', [n, k / block], new Float32Array((n * k) / block).fill(1));
    const attributes = { K: k, N: n, bits: 4, block_size: block, accuracy_level: 0 };
    return g.node('MatMulNBits', [x, q, scales], attributes, { domain: 'com.microsoft' });
  });
  try {
    const least = { digits: Number.POSITIVE_INFINITY, blocks: Number.POSITIVE_INFINITY };
    // In turn, for whatever else the machine does at the time.
    for (let i = 0; i < runs; i++) {
      least.blocks = Math.min(least.blocks, (await run(blocks, timed)).ms);
      const { ms, sums } = await run(digits, timed);
      if (!areSums(sums, timed)) return false;
      least.digits = Math.min(least.digits, ms);
    }
    return least.digits <= worthwhile * least.blocks;
  } finally {
    await digits.release();
    await blocks.release();
  }
}

function digitProduct(g: GraphBuilder, x: string, { k, n }: Size): string {
  const bytes = g.initializer('bytes', 'int8', [k, n], new Int8Array(k * n).fill(127));
  const scales = g.initializer('scales', 'float32', [n], new Float32Array(n).fill(1 / 127));
  return new DigitProducts(g).product(x, bytes, scales, { n, k });
}

/** A product of rows with weights of one. */
function open(
  threads: number,
  { rows, k, n }: Size,
  product: (g: GraphBuilder, x: string) => string,
): Promise<InferenceSession> {
  const g = new GraphBuilder('trial');
  const y = product(g, g.input('x', 'float32', [rows, k]));
  g.output(g.node('Identity', [y], {}, { output: 'y' }), 'float32', [rows, n]);
  return InferenceSession.create(g.encode(), sessionOptions('cpu', threads));
}

function areSums(sums: Float32Array, { k }: Size): boolean {
  return sums.every((sum) => Math.abs(sum - k) <= tolerance * k);
}

/** Rows through it whose sums are `k`, and what the processor took for it: unlike a clock, it does not count what others took. */
async function run(
  session: InferenceSession,
  { rows, k }: Size,
): Promise<{ readonly ms: number; readonly sums: Float32Array }> {
  // Rows of one number each: it becomes the largest digit.
  const x = Float32Array.from({ length: rows * k }, (_, i) => (i % (k + 1) === 0 ? k : 0));
  const feeds = { x: new Tensor('float32', x, [rows, k]) };
  const before = process.cpuUsage();
  const sums: unknown = (await session.run(feeds))['y']?.data;
  const { user, system } = process.cpuUsage(before);
  if (!(sums instanceof Float32Array)) throw new Error('it gave no numbers');
  return { ms: (user + system) / 1000, sums };
}
