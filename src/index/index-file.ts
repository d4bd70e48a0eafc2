/** One file on its way into the index: read, told from what is known by its hash, analysed when its content is new, kept. */
import { sentenceToKeep } from '../protocol/sentence-schema.ts';
import type { Sentence } from '../base/sentences.ts';
import { createHash } from 'node:crypto';
import { throwIfCancelled } from '../base/cancellation.ts';
import type { SkipReason } from '../protocol/status.ts';
import { decodeText, readContent } from '../repository/content.ts';
import { skippedByContent } from '../repository/generated.ts';
import type { Globs } from '../repository/globs.ts';
import { languageOf } from '../repository/languages.ts';
import type { ScannedFile } from '../repository/scan.ts';
import { isRacy } from '../repository/stat.ts';
import type { ParserClient } from './parse/parser-client.ts';
import type { FileState, Store } from './store/store.ts';

/** Counts of a run that grow with each file. */
export interface Tally {
  /** Files whose content is new to the index or came to another path. */
  indexed: number;
  /** Files read, and their bytes. */
  read: number;
  bytes: number;
  /** Texts that were analysed; others had been seen before. */
  parsed: number;
}

export interface FileWork {
  readonly root: string;
  readonly store: Store;
  readonly parser: ParserClient;
  readonly include: Globs;
  readonly maxFileSize: number;
  readonly tally: Tally;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CancelledError, and faults of the store; anything wrong with the file itself is kept as its state */
export async function indexFile(file: ScannedFile, work: FileWork): Promise<void> {
  const { store, tally } = work;
  const { path } = file;
  const readAt = BigInt(Date.now()) * 1_000_000n;
  const content = readContent(work.root, path, work.maxFileSize);
  if (content.kind === 'gone') {
    store.removeFiles([path]);
    return;
  }
  if (content.kind === 'skipped') {
    // What could not be read may be readable next time without a sign of it.
    store.skipFile(
      { path, signature: file.signature, racy: true },
      content.reason,
      sentenceToKeep(content.explanation),
    );
    return;
  }
  const { bytes, stat } = content;
  const state: FileState = { path, signature: stat.signature, racy: isRacy(stat.mtimeNs, readAt) };
  tally.read += 1;
  tally.bytes += bytes.length;
  const told = tell(path, bytes, work.include);
  if (told.kind === 'skipped') {
    store.skipFile(state, told.reason, sentenceToKeep(told.explanation));
    return;
  }
  const { text, language } = told;
  const hash = createHash('sha256').update(bytes).digest('hex');
  const known = store.blobOf(hash, language);
  const attempts = known === undefined ? 0 : store.attemptsToRepeat(known);
  if (known !== undefined && attempts === 0) {
    if (store.hasContent(path, known)) store.confirmFile(state);
    else {
      store.linkFile(state, known);
      tally.indexed += 1;
    }
    return;
  }
  const { file: parsed, failure, mayPass } = await work.parser.parse({ text, language });
  throwIfCancelled(work.signal);
  tally.parsed += 1;
  const analysed = {
    ...{ hash, language, bytes: bytes.length, text, parsed },
    failure: failure && sentenceToKeep(failure),
    attempts: mayPass ? attempts + 1 : 0,
  };
  if (known === undefined) store.putFile(state, analysed);
  else store.replaceContent(known, state, analysed);
  tally.indexed += 1;
}

type Told =
  | { readonly kind: 'text'; readonly text: string; readonly language: string }
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly explanation: Sentence };

/** What the bytes are: text in a language, or nothing that is indexed. */
function tell(path: string, bytes: Uint8Array, include: Globs): Told {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'skipped') return decoded;
  const { text } = decoded;
  const language = languageOf(path, text.slice(0, 500));
  const written = include.match(path) === undefined ? skippedByContent(text, language) : undefined;
  return written ? { kind: 'skipped', ...written } : { kind: 'text', text, language };
}
