/**
 * Seals of built files: `<file>.seal` beside each holds its size, its CRC-32 and the state of the file when that was computed. As
 * long as the state is the same the content is; a file that was touched, copied or overwritten is read once and compared.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { writeAtomically } from '../onnx/external-data.ts';
import { storageFault } from '../store/storage-faults.ts';

const schema = z.object({ bytes: z.int(), sum: z.int(), state: z.string() });

type Seal = z.infer<typeof schema>;

const pieceBytes = 4 * 1024 * 1024;

/** Writes a whole small file and seals it. @throws the file system's error */
export async function writeSealed(file: string, data: Uint8Array | string): Promise<void> {
  await writeAtomically(file, data);
  await seal(file);
}

/** Seals a file that was just written whole. @throws the file system's error */
export async function seal(file: string): Promise<void> {
  await write(file, await sealOf(file));
}

/** Whether the file is there and is the one that was sealed; false for one without a seal. */
export async function isSealed(file: string): Promise<boolean> {
  try {
    const known = schema.parse(JSON.parse(await readFile(sealFile(file), 'utf8')));
    if (known.state === (await stateOf(file))) return true;
    const found = await sealOf(file);
    if (found.bytes !== known.bytes || found.sum !== known.sum) return false;
    await write(file, found).catch((error: unknown) => {
      // A cache that may only be read is compared each time.
      if (!storageFault(error, file)) throw error;
    });
    return true;
  } catch {
    return false;
  }
}

async function sealOf(file: string): Promise<Seal> {
  const state = await stateOf(file);
  const handle = await open(file, 'r');
  try {
    const buffer = new Uint8Array(pieceBytes);
    let bytes = 0;
    let sum = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes, bytes);
      if (bytesRead === 0) return { bytes, sum, state };
      sum = crc32(buffer.subarray(0, bytesRead), sum);
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function stateOf(file: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}`;
}

async function write(file: string, content: Seal): Promise<void> {
  await writeAtomically(sealFile(file), JSON.stringify(content));
}

function sealFile(file: string): string {
  return `${file}.seal`;
}
