/**
 * Matrices of blocks once more as a byte an element and a scale an output, for products of whole numbers (digit-products.ts): made from the
 * weights file when a graph first needs them, a matrix at a time, and kept beside it.
 *
 * An output's largest weight becomes 127; beside the blocks' own rounding to 4 bits this adds a few hundredths of its noise.
 */
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isSealed, seal } from '../graph-cache/seals.ts';
import { ExternalDataFile, writeAtomically } from '../onnx/external-data.ts';
import type { ExternalSlice } from '../onnx/graph-builder.ts';
import type { QuantisedMatrix } from '../weights/weights.ts';

const slice = z.object({ location: z.string(), offset: z.int(), length: z.int() });
/** By the matrix' name: int8 [k, n], and float32 [n] by which whole numbers become weights. */
const schema = z.record(z.string(), z.object({ bytes: slice, scales: slice }));

export type ColumnBytes = Readonly<z.infer<typeof schema>>;

const bytesFile = 'columns.bin';
const descriptorFile = 'columns.json';
const largest = 127;
/** Outputs that are made at a time. */
const rowsAtOnce = 128;

/** Told how many elements are done, of how many; may throw to stop. */
type OnElements = (done: number, total: number) => void;

/**
 * The matrices of blocks among a model's, or some of them, in its folder of graphs; written first when they are not there.
 * @throws the file system's error when they cannot be written; what `onElements` throws
 */
export async function columnBytes(
  folder: string,
  matrices: readonly QuantisedMatrix[],
  onElements: OnElements = () => undefined,
): Promise<ColumnBytes> {
  return (await writtenColumns(folder, matrices)) ?? writeColumns(folder, matrices, onElements);
}

/** What was written before; null where something of it is missing. */
async function writtenColumns(folder: string, matrices: readonly QuantisedMatrix[]): Promise<ColumnBytes | null> {
  try {
    const found = schema.parse(JSON.parse(await readFile(path.join(folder, descriptorFile), 'utf8')));
    if (!(await isSealed(path.join(folder, bytesFile)))) return null;
    const { size } = await stat(path.join(folder, bytesFile));
    const isThere = ({ location, offset, length }: ExternalSlice): boolean =>
      location === bytesFile && offset + length <= size;
    const isWhole = matrices.every(({ name }) => {
      const { bytes, scales } = found[name] ?? {};
      return bytes && scales && isThere(bytes) && isThere(scales);
    });
    return isWhole ? found : null;
  } catch {
    return null;
  }
}

async function writeColumns(
  folder: string,
  matrices: readonly QuantisedMatrix[],
  onElements: OnElements,
): Promise<ColumnBytes> {
  const total = matrices.reduce((sum, { n, k }) => sum + n * k, 0);
  let done = 0;
  const out = await ExternalDataFile.create(path.join(folder, bytesFile));
  try {
    const made: Record<string, ColumnBytes[string]> = {};
    for (const matrix of matrices) {
      onElements(done, total);
      const { location } = matrix.q;
      const source = await open(path.join(folder, location), 'r');
      try {
        const { bytes, scales } = await columnsOf(source, matrix);
        made[matrix.name] = { bytes: await out.append(bytes), scales: await out.append(scales) };
      } finally {
        await source.close();
      }
      done += matrix.n * matrix.k;
    }
    await out.commit();
    await seal(path.join(folder, bytesFile));
    await writeAtomically(path.join(folder, descriptorFile), JSON.stringify(made));
    return made;
  } finally {
    await out.dispose();
  }
}

async function columnsOf(
  source: FileHandle,
  matrix: QuantisedMatrix,
): Promise<{ bytes: Int8Array; scales: Float32Array }> {
  const { n, k, bits, block } = matrix;
  const perRow = k / block;
  const corrections = matrix.corrections ? floats(await read(source, matrix.corrections)) : null;
  const bytes = new Int8Array(k * n);
  const scales = new Float32Array(n);
  const row = new Float32Array(k);
  for (let from = 0; from < n; from += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, n - from);
    const q = await read(source, matrix.q, (from * k * bits) / 8, (count * k * bits) / 8);
    const blockScales = floats(await read(source, matrix.scales, from * perRow * 4, count * perRow * 4));
    for (let r = 0; r < count; r++) {
      let most = 0;
      for (let b = 0, i = 0; b < perRow; b++) {
        const scale = blockScales[r * perRow + b] ?? 0;
        const least = corrections?.[b * n + from + r] ?? 0;
        for (const end = i + block; i < end; i++) {
          const at = r * k + i;
          const whole = bits === 8 ? (q[at] ?? 0) - 128 : (((q[at >> 1] ?? 0) >> ((at & 1) * 4)) & 15) - 8;
          const weight = whole * scale + least;
          row[i] = weight;
          if (Math.abs(weight) > most) most = Math.abs(weight);
        }
      }
      const column = from + r;
      scales[column] = most / largest;
      const per = most > 0 ? largest / most : 0;
      for (let i = 0, to = column; i < k; i++, to += n) bytes[to] = Math.round((row[i] ?? 0) * per);
    }
  }
  return { bytes, scales };
}

async function read(source: FileHandle, { offset, length }: ExternalSlice, from = 0, count = length): Promise<Buffer> {
  const buffer = Buffer.alloc(count);
  for (let done = 0; done < count;) {
    const { bytesRead } = await source.read(buffer, done, count - done, offset + from + done);
    if (bytesRead === 0) throw new Error('the weights file is shorter than its descriptor says');
    done += bytesRead;
  }
  return buffer;
}

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
