/**
 * Model files from a hub that speaks Hugging Face's resolve protocol, resumed after a break and held against the hash the
 * hub states: `GET {endpoint}/{repository}/resolve/{revision}/{file}` answers with a redirect whose headers X-Linked-Etag
 * (SHA-256 of a large file) and X-Linked-Size describe the file; a small one has its Git blob hash as ETag.
 * Source: huggingface_hub, "get_hf_file_metadata". HF_ENDPOINT names another hub.
 */
import { type Sentence, joined, say } from '../../base/sentences.ts';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, isCancelled, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError } from '../../base/errors.ts';
import type { CatalogueFile, CatalogueSource } from '../catalogue.ts';
import { openOutbound } from '../network.ts';
import { requireSpace, storageFault } from '../store/storage-faults.ts';
import { openResumed } from '../store/resumed-file.ts';
import type { Expected, ExpectedHash, VerifiedFile } from '../store/verified-file.ts';
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
      if (location === null) throw new SourceError(say('{0} redirects to nowhere', current));
      current = new URL(location, current).href;
      continue;
    }
    if (!response.ok) throw new SourceError(statusWords(url, response.status));
    const stated = statedHash(etag ?? response.headers.get('etag'));
    return {
      url: current,
      expected: expectation(file, stated, Number(size ?? response.headers.get('content-length') ?? NaN), url),
    };
  }
  throw new SourceError(say('{0} redirects in a circle', url));
}

function expectation(file: CatalogueFile, stated: ExpectedHash | null, statedSize: number, url: string): Expected {
  const size = Number.isSafeInteger(statedSize) && statedSize > 0 ? statedSize : null;
  if (file.sha256 !== null) {
    if (stated?.kind === 'sha256' && stated.hex !== file.sha256)
      throw new SourceError(say('{0} is not the file in the catalogue', url));
    return { size: file.sizeIsApproximate ? size : file.size, hash: { kind: 'sha256', hex: file.sha256 } };
  }
  if (!stated) throw new SourceError(say('{0} comes without a hash to check it against', url));
  return { size, hash: stated };
}

/** 64 hexadecimal digits are the SHA-256 of a large file, 40 the Git blob hash of a small one. */
function statedHash(etag: string | null): ExpectedHash | null {
  const hex = etag?.replace(/^W\//, '').replaceAll('"', '').toLowerCase() ?? '';
  if (/^[0-9a-f]{64}$/.test(hex)) return { kind: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { kind: 'gitBlob', hex } : null;
}

function statusWords(url: string, status: number): Sentence {
  if (status === 401 || status === 403)
    return say('{0} answered {1} (the hub asks for an account)', url, String(status));
  if (status === 404) return say('{0} answered {1} (no such file)', url, String(status));
  return say('{0} answered {1}', url, String(status));
}

async function download(
  described: Described,
  file: CatalogueFile,
  context: SourceContext,
  onBytes: (done: number) => void,
): Promise<DeliveredFile> {
  const { expected } = described;
  const { out, close } = await openResumed(context.scratch, file.name, expected, context.signal);
  try {
    await requireSpace(context.scratch, (expected.size ?? file.size) - out.size);
    await receive(described, out, context, onBytes);
    const { size } = out;
    context.onProgress('verify', size, size);
    const sha256 = await out.commit(path.join(context.target, file.name), expected);
    return { name: file.name, size, sha256 };
  } finally {
    await close();
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
      throw new SourceError(say('the connection ended after {0} of {1} bytes', out.size, expected.size));
    } catch (error) {
      if (isCancelled(error) || error instanceof LongsightError || error instanceof Refused) throw error;
      const full = storageFault(error, context.scratch);
      if (full) throw full;
      breaks = out.size > before ? 1 : breaks + 1;
      if (breaks >= maxBreaks) throw new SourceError(joined([url, reason(error)], ': '), { cause: error });
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
        throw new SourceError(say('the server sent another part than was asked for'));
    } else if (response.status === 416) {
      await out.restart();
      throw new SourceError(say('the server does not know this part'));
    } else if (!response.ok) {
      const message = statusWords(url, response.status);
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
      throw new SourceError(say('nothing came for {0} seconds', stallMs / 1000), { cause: error });
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
    throw new SourceError(joined([url, reason(error)], ': '), { cause: error });
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
