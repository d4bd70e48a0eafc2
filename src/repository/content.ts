/** Reads a file whole and turns its bytes into text, or says why it is not text. */
import { type Sentence, say } from '../base/sentences.ts';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { SkipReason } from '../protocol/status.ts';
import { absoluteOf } from './paths.ts';
import { type FileStat, fileStatOf } from './stat.ts';

export type ReadResult =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly stat: FileStat }
  | { readonly kind: 'gone' }
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly explanation: Sentence };

// A link or pipe that took the file's place since it was listed is neither followed nor waited for. Windows has neither flag.
const flags =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * The bytes of a file of at most `maxBytes`, and the state they had. The state is taken before the read: a write in between
 * shows as a change next time. Synchronous: for files of this size that costs a tenth of what the promises do.
 */
export function readContent(root: string, path: string, maxBytes: number): ReadResult {
  let handle: number;
  try {
    handle = openSync(absoluteOf(root, path), flags);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone' };
    if (code === 'ELOOP') return { kind: 'skipped', reason: 'not-a-file', explanation: say('It is a symbolic link.') };
    return {
      kind: 'skipped',
      reason: 'unreadable',
      explanation: say('{0}', error instanceof Error ? error.message : String(error)),
    };
  }
  try {
    const stat = fstatSync(handle, { bigint: true });
    if (!stat.isFile())
      return { kind: 'skipped', reason: 'not-a-file', explanation: say('It is not an ordinary file.') };
    const known = fileStatOf(stat);
    if (known.size > maxBytes)
      return {
        kind: 'skipped',
        reason: 'too-large',
        explanation: say('It grew to {0} bytes.', known.size),
      };
    const bytes = new Uint8Array(known.size);
    let filled = 0;
    while (filled < bytes.length) {
      const bytesRead = readSync(handle, bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { kind: 'bytes', bytes: filled === bytes.length ? bytes : bytes.subarray(0, filled), stat: known };
  } catch (error) {
    return {
      kind: 'skipped',
      reason: 'unreadable',
      explanation: say('{0}', error instanceof Error ? error.message : String(error)),
    };
  } finally {
    closeSync(handle);
  }
}

export type DecodeResult =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
    }
  | { readonly kind: 'skipped'; readonly reason: 'binary' | 'unsupported-encoding'; readonly explanation: Sentence };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Text of the bytes: UTF-8, UTF-16 with a byte order mark, and windows-1252 for 8-bit text that is not UTF-8. The mark is
 * taken off. A file whose lines end in bare carriage returns (classic Mac OS) gets line feeds, as editors count its lines.
 */
export function decodeText(bytes: Uint8Array): DecodeResult {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe && !(c === 0 && d === 0))
    return asText(new TextDecoder('utf-16le').decode(bytes), 'utf-16le');
  if (a === 0xfe && b === 0xff) return asText(new TextDecoder('utf-16be').decode(bytes), 'utf-16be');
  if ((a === 0xff && b === 0xfe) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) {
    return {
      kind: 'skipped',
      reason: 'unsupported-encoding',
      explanation: say('It is UTF-32; save it as UTF-8 to have it indexed.'),
    };
  }
  // As in Git a NUL makes a file binary, but wherever it stands: no parser and no editor expects one.
  const head = bytes.subarray(0, 8000);
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    return looksLikeUtf16(head)
      ? {
          kind: 'skipped',
          reason: 'unsupported-encoding',
          explanation: say('It looks like UTF-16 without a byte order mark; save it as UTF-8 to have it indexed.'),
        }
      : { kind: 'skipped', reason: 'binary', explanation: say('It is binary: byte {0} is zero.', nul) };
  }
  try {
    return asText(strictUtf8.decode(bytes), 'utf-8');
  } catch {
    // Not UTF-8: 8-bit text unless control characters say otherwise.
  }
  let controls = 0;
  for (const byte of head)
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) controls += 1;
  if (controls * 100 > head.length)
    return {
      kind: 'skipped',
      reason: 'binary',
      explanation: say('It is binary: it contains control characters.'),
    };
  return asText(new TextDecoder('windows-1252').decode(bytes), 'windows-1252');
}

function asText(text: string, encoding: (DecodeResult & { kind: 'text' })['encoding']): DecodeResult {
  return {
    kind: 'text',
    encoding,
    text: !text.includes('\n') && text.includes('\r') ? text.replaceAll('\r', '\n') : text,
  };
}

/** Text of the Latin script as UTF-16 has a zero in nearly every second byte and none in the others. */
function looksLikeUtf16(head: Uint8Array): boolean {
  const zeros = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i & 1] = (zeros[i & 1] ?? 0) + 1;
  const half = head.length / 2;
  const [even = 0, odd = 0] = zeros;
  return (even === 0 && odd > 0.7 * half) || (odd === 0 && even > 0.7 * half);
}
