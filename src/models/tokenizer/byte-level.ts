/** The alphabet of byte-level BPE (GPT-2, Radford et al. 2019): every byte has a printable character of its own. */

/** Bytes that are printable in Latin-1 stand for themselves; the others get the characters from U+0100 on, in order. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

const byteOfCharacter = new Map<string, number>();
for (let byte = 0, next = 0x100; byte < 256; byte += 1)
  byteOfCharacter.set(String.fromCodePoint(isPrintable(byte) ? byte : next++), byte);

const characterOfByte = [...byteOfCharacter.keys()];

/** The text in the alphabet, as byte-level vocabularies spell it. */
export function byteLevelSpelling(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  let spelled = '';
  for (const byte of utf8Bytes(text)) spelled += characterOfByte[byte] ?? '';
  return spelled;
}

/** The bytes a byte-level token stands for; a character outside the alphabet stands for its own UTF-8. */
export function byteLevelBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) bytes.push(...utf8Bytes(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The byte that a SentencePiece token such as `<0x0A>` stands for. */
export function fallbackByte(token: string): number | undefined {
  const hexadecimal = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return hexadecimal === undefined ? undefined : Number.parseInt(hexadecimal, 16);
}

/** The tokens of a character that is none itself; null when the vocabulary lacks one of its bytes. @param byteIds -1 for those it lacks */
export function fallbackIds(character: string, byteIds: readonly number[]): number[] | null {
  const ids = Array.from(utf8Bytes(character), (byte) => byteIds[byte] ?? -1);
  return ids.includes(-1) ? null : ids;
}

/** The bytes a SentencePiece token stands for: `▁` is a space, `<0x0A>` one byte. */
export function sentencePieceBytes(token: string): Uint8Array {
  const byte = fallbackByte(token);
  if (byte !== undefined) return Uint8Array.of(byte);
  return utf8Bytes(token.replaceAll('▁', ' '));
}

const encoder = new TextEncoder();

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}
