/**
 * SentencePiece's precompiled normalisation rules: the longest rule that matches a place is applied there. The rules are a
 * double array (Yata et al., Darts-clone): units of 32 bits, then the replacements, each ended by a zero byte.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { utf8Bytes } from './byte-level.ts';

export class CharacterMap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;

  /** @param bytes `precompiled_charsmap` of a model @throws LS2021 when its lengths do not add up */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = bytes.byteLength < 4 ? 0 : view.getUint32(0, true);
    if (length % 4 !== 0 || 4 + length > bytes.byteLength) throw fault('LS2021', say('damaged character map'));
    this.#units = Uint32Array.from({ length: length / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + length);
  }

  normalize(text: string): string {
    const bytes = utf8Bytes(text);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let normalized = '';
    let kept = 0;
    for (let at = 0; at < bytes.length;) {
      const rule = this.#longestAt(bytes, at);
      if (!rule) {
        at += characterLength(bytes[at] ?? 0);
        continue;
      }
      normalized += decoder.decode(bytes.subarray(kept, at)) + decoder.decode(this.#replacement(rule.value));
      at += rule.length;
      kept = at;
    }
    return normalized + decoder.decode(bytes.subarray(kept));
  }

  #longestAt(bytes: Uint8Array, start: number): { length: number; value: number } | undefined {
    let found: { length: number; value: number } | undefined;
    let node = offset(this.#units[0] ?? 0);
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === 0) break;
      node ^= byte;
      const unit = this.#units[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) break;
      node ^= offset(unit);
      if ((unit >>> 8) & 1) found = { length: at - start + 1, value: (this.#units[node] ?? 0) & 0x7fffffff };
    }
    return found;
  }

  #replacement(start: number): Uint8Array {
    const end = this.#replacements.indexOf(0, start);
    return this.#replacements.subarray(start, end < 0 ? this.#replacements.length : end);
  }
}

function offset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function characterLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
