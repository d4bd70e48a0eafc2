/**
 * Model files from a hub that speaks Hugging Face's resolve protocol, resumed after a break and held against the hash the
 * hub states: `GET {endpoint}/{repository}/resolve/{revision}/{file}` answers with a redirect whose headers X-Linked-Etag
 * (SHA-256 of a large file) and X-Linked-Size describe the file; a small one has its Git blob hash as ETag.
 * Source: huggingface_hub, "get_hf_file_metadata". HF_ENDPOINT names another hub.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CancelledError, isCancelled, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError } from '../../base/errors.ts';
import type { CatalogueFile, CatalogueSource } from '../catalogue.ts';
import { openOutbound } from '../network.ts';
import { writeAtomically } from '../onnx/external-data.ts';
import { hasCode, requireSpace, storageFault } from '../store/storage-faults.ts';
import { type Expected, type ExpectedHash, VerifiedFile } from '../store/verified-file.ts';
import { type DeliveredFile, type SourceContext, SourceError } from './source.ts';

type HubSource = Extract<CatalogueSource, { kind: 'huggingface' }>;

const redirects = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;
/** A connection without a byte for this long counts as broken. */
const stallMs = 60_000;
/** Breaks in a row, without a byte in between, after which the source gives up. */
const maxBreaks = 5;
const firstPauseMs = 250;

/** @throws SourceError with the reason, LS2004, LS2005, LS2007, CancelledError */
export async function fetchFromHub(source: HubSource, context: SourceContext): Promise<DeliveredFile[]> {
  const endpoint = (process.env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, '');
  const delivered: DeliveredFile[] = [];
  const planned = context.files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of context.files) {
    const member = (source.members[file.name] ?? '').split('/').map(encodeURIComponent).join('/');
    const url = `${endpoint}/${source.repository}/resolve/${source.revision}/${member}`;
    const described = await describe(url, file, context);
    const base = before;
    const size = await download(described, file, context, (done) => {
      context.onProgress('download', base + done, Math.max(planned, base + (described.expected.size ?? done)));
    });
    delivered.push(size);
    before += size.size;
  }
  return delivered;
}

interface Described {
  /** Where the bytes are, after all redirects. */
  readonly url: string;
  readonly expected: Expected;
}

/** Asks for the file's headers and follows redirects by hand, because only the hub's own answer carries the hash. */
async function describe(url: string, file: CatalogueFile, context: SourceContext): Promise<Described> {
  let current = url;
  let etag: string | null = null;
  let size: string | null = null;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const response = await request(current, { method: 'HEAD', redirect: 'manual' }, context, context.signal);
    etag ??= response.headers.get('x-linked-etag');
    size ??= response.headers.get('x-linked-size');
    if (redirects.has(response.status)) {
      const location = response.headers.get('location');
      if (location === null) throw new SourceError(`${current} redirects to nowhere`);
      current = new URL(location, current).href;
      continue;
    }
    if (!response.ok) throw new SourceError(`${url} answered ${String(response.status)}${meaning(response.status)}`);
    const stated = statedHash(etag ?? response.headers.get('etag'));
    return {
      url: current,
      expected: expectation(file, stated, Number(size ?? response.headers.get('content-length') ?? NaN), url),
    };
  }
  throw new SourceError(`${url} redirects in a circle`);
}

function expectation(file: CatalogueFile, stated: ExpectedHash | null, statedSize: number, url: string): Expected {
  const size = Number.isSafeInteger(statedSize) && statedSize > 0 ? statedSize : null;
  if (file.sha256 !== null) {
    if (stated?.kind === 'sha256' && stated.hex !== file.sha256)
      throw new SourceError(`${url} is another file than the one in the catalogue`);
    return { size: file.sizeIsApproximate ? size : file.size, hash: { kind: 'sha256', hex: file.sha256 } };
  }
  if (!stated) throw new SourceError(`${url} comes without a hash to hold it against`);
  return { size, hash: stated };
}

/** 64 hexadecimal digits are the SHA-256 of a large file, 40 the Git blob hash of a small one. */
function statedHash(etag: string | null): ExpectedHash | null {
  const hex = etag?.replace(/^W\//, '').replaceAll('"', '').toLowerCase() ?? '';
  if (/^[0-9a-f]{64}$/.test(hex)) return { kind: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { kind: 'gitBlob', hex } : null;
}

function meaning(status: number): string {
  if (status === 401 || status === 403) return ' (the hub wants an account for it)';
  if (status === 404) return ' (no such file)';
  return '';
}

async function download(
  described: Described,
  file: CatalogueFile,
  context: SourceContext,
  onBytes: (done: number) => void,
): Promise<DeliveredFile> {
  const { expected } = described;
  const partial = path.join(context.scratch, `${file.name}.part`);
  const note = `${partial}.json`;
  // A part is taken up again only for the same content: another hash means another file.
  const resume = (await partOf(note)) === expected.hash.hex;
  const out = await VerifiedFile.open(partial, resume, context.signal);
  try {
    await requireSpace(context.scratch, (expected.size ?? file.size) - out.size);
    await writeAtomically(note, JSON.stringify({ hash: expected.hash.hex }));
    await receive(described, out, context, onBytes);
    const { size } = out;
    context.onProgress('verify', size, size);
    const sha256 = await out.commit(path.join(context.target, file.name), expected);
    return { name: file.name, size, sha256 };
  } finally {
    await out.close();
    // Without its part the note has nothing to say.
    if (!(await exists(partial))) await rm(note, { force: true });
  }
}

/** Receives until everything is there, taking the connection up again after breaks. */
async function receive(
  { url, expected }: Described,
  out: VerifiedFile,
  context: SourceContext,
  onBytes: (done: number) => void,
): Promise<void> {
  for (let breaks = 0; ;) {
    if (expected.size !== null && out.size >= expected.size) return;
    const before = out.size;
    try {
      await receiveOnce(url, out, context, onBytes);
      if (expected.size === null || out.size >= expected.size) return;
      throw new SourceError(`the connection ended after ${String(out.size)} of ${String(expected.size)} bytes`);
    } catch (error) {
      if (isCancelled(error) || error instanceof LongsightError || error instanceof Refused) throw error;
      const full = storageFault(error, context.scratch);
      if (full) throw full;
      breaks = out.size > before ? 1 : breaks + 1;
      if (breaks >= maxBreaks) throw new SourceError(`${url}: ${reason(error)}`, { cause: error });
      await pause(firstPauseMs * 2 ** breaks, context.signal);
    }
  }
}

/** The server answered and does not want to: trying again changes nothing. */
class Refused extends SourceError {}

async function receiveOnce(
  url: string,
  out: VerifiedFile,
  context: SourceContext,
  onBytes: (done: number) => void,
): Promise<void> {
  const stall = new AbortController();
  const timer = setTimeout(() => {
    stall.abort();
  }, stallMs);
  const signal = context.signal ? AbortSignal.any([context.signal, stall.signal]) : stall.signal;
  try {
    const headers: Record<string, string> = out.size > 0 ? { range: `bytes=${String(out.size)}-` } : {};
    const response = await request(url, { headers }, context, signal);
    if (response.status === 200 && out.size > 0) await out.restart();
    else if (response.status === 206) {
      const from = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
      if (Number(from) !== out.size) await out.restart();
      if (out.size === 0 && Number(from) !== 0)
        throw new SourceError('the server sent another part than was asked for');
    } else if (response.status === 416) {
      await out.restart();
      throw new SourceError('the server does not know this part');
    } else if (!response.ok) {
      const message = `${url} answered ${String(response.status)}${meaning(response.status)}`;
      throw response.status >= 500 || response.status === 429 ? new SourceError(message) : new Refused(message);
    }
    for await (const bytes of response.body ?? []) {
      throwIfCancelled(context.signal);
      timer.refresh();
      await out.write(bytes);
      onBytes(out.size);
    }
  } catch (error) {
    if (stall.signal.aborted && !context.signal?.aborted)
      throw new SourceError(`nothing came for ${String(stallMs / 1000)} seconds`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function request(
  url: string,
  init: RequestInit,
  context: SourceContext,
  signal: AbortSignal | undefined,
): Promise<Response> {
  openOutbound(url, context.offline);
  try {
    return await fetch(url, { ...init, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (context.signal?.aborted) throw new CancelledError();
    throw new SourceError(`${url}: ${reason(error)}`, { cause: error });
  }
}

/** fetch hides what happened in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.message === 'fetch failed' ? error.cause.message : error.message;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch {
    throw new CancelledError();
  }
}

const noteSchema = z.object({ hash: z.string() });

/** The hash of the content that the part beside this note belongs to; a note that cannot be read belongs to nothing. */
async function partOf(note: string): Promise<string | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(note, 'utf8'))).hash;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
