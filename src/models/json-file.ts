/** Reads a JSON file that may come from anywhere: its size and its nesting are held to a bound before it is parsed. */
import { readFile, stat } from 'node:fs/promises';

/** No configuration, index or tokenizer comes near these. */
const maxBytes = 256 * 1024 * 1024;
const maxDepth = 100;

/** Why a text is not taken; its message ends a sentence that begins with the file's name. */
export class UnusableJson extends Error {}

/** @throws UnusableJson, or the file system's error when the file cannot be read */
export async function readJsonFile(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > maxBytes) throw new UnusableJson(`it has ${String(size)} bytes`);
  return parseJson(await readFile(file));
}

/** @param bytes UTF-8, a byte order mark allowed @throws UnusableJson */
export function parseJson(bytes: Uint8Array): unknown {
  requireShallow(bytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new UnusableJson('it is no JSON', { cause: error });
  }
}

/** Whoever walks a parsed text by recursion would run out of stack. */
function requireShallow(bytes: Uint8Array): void {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inText) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) throw new UnusableJson(`it is nested deeper than ${String(maxDepth)} levels`);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}
