/** Reads a JSON file that may come from anywhere: its size and its nesting are held to a bound before it is parsed. */
import { readFile, stat } from 'node:fs/promises';

/** No configuration, index or tokenizer comes near these. */
export const maxJsonBytes = 96 * 1024 * 1024;
const maxDepth = 100;
/**
 * Lists and objects take an order more memory than their brackets, and in a file of some size none has one for so few
 * characters.
 */
const charactersAList = 7;
const freeLists = 10_000;

/** Why a text is not taken; its message ends a sentence that begins with the file's name. */
export class UnusableJson extends Error {}

/** @throws UnusableJson, or the file system's error when the file cannot be read */
export async function readJsonFile(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > maxJsonBytes) throw new UnusableJson(`it has ${String(size)} bytes`);
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
  requireBounded(text);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnusableJson('it is no JSON', { cause: error });
  }
}

const [quote, backslash, openList, closeList, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Whoever walks a parsed text by recursion would run out of stack. */
function requireBounded(text: string): void {
  let depth = 0;
  let lists = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === backslash) i++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === openList || code === openObject) {
      lists++;
      if (++depth > maxDepth) throw new UnusableJson(`it is nested deeper than ${String(maxDepth)} levels`);
    } else if (code === closeList || code === closeObject) depth--;
  }
  if (lists > freeLists + text.length / charactersAList)
    throw new UnusableJson('it consists of little but empty lists');
}
