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
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnusableJson('it is no JSON', { cause: error });
  }
  return parseJsonText(text);
}

/** @throws UnusableJson */
export function parseJsonText(text: string): unknown {
  requireShallow(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnusableJson('it is no JSON', { cause: error });
  }
}

const [quote, backslash, openList, closeList, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Whoever walks a parsed text by recursion would run out of stack. */
function requireShallow(text: string): void {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === backslash) i++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === openList || code === openObject) {
      if (++depth > maxDepth) throw new UnusableJson(`it is nested deeper than ${String(maxDepth)} levels`);
    } else if (code === closeList || code === closeObject) depth--;
  }
}
