/** The alphabet of byte-level BPE (GPT-2, Radford et al. 2019): every byte has a printable character of its own. */

/** Bytes that are printable in Latin-1 stand for themselves; the others get the characters from U+0100 on, in order. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

const byteOfCharacter = new Map<string, number>();
for (let byte = 0, next = 0x100; byte < 256; byte += 1)
  byteOfCharacter.set(String.fromCodePoint(isPrintable(byte) ? byte : next++), byte);

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

/** The bytes a SentencePiece token stands for: `▁` is a space, `<0x0A>` one byte. */
export function sentencePieceBytes(token: string): Uint8Array {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  return utf8Bytes(token.replaceAll('▁', ' '));
}

export function utf8Bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
