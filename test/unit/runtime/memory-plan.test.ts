/** The memory plan: what fits, what is made smaller and in which order, and a clear refusal; and what is free, by the system's own files. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { LongsightError } from '../../../src/base/errors.ts';
import type { Hyperparameters } from '../../../src/models/description/hyperparameters.ts';
import { generationScheme } from '../../../src/runtime/positions/scheme.ts';
import { type FreeMemory, type MemorySources, freeMemory } from '../../../src/runtime/memory/free-memory.ts';
import { type MemoryPlan, type PlannedModel, planMemory } from '../../../src/runtime/memory/memory-plan.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
/** Llama 3.1 8B. */
const eight: PlannedModel = {
  layers: 32,
  hidden: 4096,
  feedForward: 14336,
  heads: 32,
  kvHeads: 8,
  headSize: 128,
  vocabulary: 128_256,
  contextLength: 131_072,
};
const smol: PlannedModel = {
  layers: 30,
  hidden: 576,
  feedForward: 1536,
  heads: 9,
  kvHeads: 3,
  headSize: 64,
  vocabulary: 49_152,
  contextLength: 8192,
};
const free = (bytes: number): FreeMemory => ({ available: bytes, total: bytes * 2, limit: 'machine' });
const plan = (model: PlannedModel, weights: number, bytes: number) =>
  planMemory(model, weights, { provider: 'cpu', free: free(bytes) });

describe('memory plan', () => {
  it('takes all of the context and exact rows where there is room', () => {
    const { cache, window, reduced, total } = plan(smol, 106 * mebibyte, 16 * gibibyte);
    assert.deepEqual({ cache, window, reduced }, { cache: 'f32', window: 8192, reduced: null });
    assert.ok(total > 500 * mebibyte && total < 1.2 * gibibyte, String(total / mebibyte));
  });

  it('stores rows in 16 bits before it gives up a part of the context', () => {
    const found = new Set<string>();
    let last = Number.POSITIVE_INFINITY;
    for (let bytes = 3 * gibibyte; bytes > 0.7 * gibibyte; bytes -= 16 * mebibyte) {
      const { cache, window, total, reduced } = plan(smol, 106 * mebibyte, bytes);
      assert.ok(total <= bytes * 0.9, 'it stays below what is free');
      assert.ok(window <= last, 'less memory is never a larger window');
      assert.equal(reduced === null, cache === 'f32' && window === 8192);
      last = window;
      found.add(`${cache} ${window === 8192 ? 'whole' : 'part'}`);
    }
    assert.deepEqual([...found], ['f32 whole', 'f16 whole', 'int8 whole', 'int8 part']);
  });

  it('keeps exact rows for a comfortable window of a very long context', () => {
    const long = plan(eight, 4.7 * gibibyte, 24 * gibibyte);
    assert.equal(long.cache, 'f32');
    assert.ok(long.window >= 16_384 && long.window < 131_072, String(long.window));
    assert.match(
      english.words(long.reduced ?? ''),
      /a window of [\d,]+ of 131,072 tokens, because 24\.0 GiB are free on this machine/,
    );
    const tight = plan(eight, 4.7 * gibibyte, 17 * gibibyte);
    assert.equal(tight.cache, 'f16');
    assert.ok(tight.window >= 16_384);
  });

  it('holds matrices in bytes where there is room beside everything else', () => {
    const wanted = (bytes: number): MemoryPlan =>
      planMemory(smol, 106 * mebibyte, { provider: 'cpu', free: free(bytes), digits: true });
    const roomy = wanted(8 * gibibyte);
    const without = plan(smol, 106 * mebibyte, 8 * gibibyte);
    assert.ok(roomy.digits && !without.digits);
    assert.ok(roomy.total > without.total && roomy.window === without.window);
    const tight = wanted(without.total + 256 * mebibyte + 10 * mebibyte);
    assert.ok(!tight.digits);
  });

  it('refuses what cannot fit, with the numbers and what to do', () => {
    assert.throws(
      () => plan(eight, 4.7 * gibibyte, 8 * gibibyte),
      (error: unknown) =>
        error instanceof LongsightError &&
        error.userError.code === 'LS3009' &&
        /it takes 1\d\.\d GiB, and 8\.0 GiB are free on this machine/.test(english.error(error.userError).message) &&
        english.error(error.userError).hint.includes('smaller model'),
    );
    assert.throws(() => plan(smol, 106 * mebibyte, 64 * mebibyte), /LS3009/);
  });

  it('counts rows twice on the graphics processor, where none have 8 bits', () => {
    const device = { provider: 'webgpu', free: { ...free(2 * gibibyte), limit: 'adapter' } } as const;
    const there = planMemory(smol, 106 * mebibyte, device);
    assert.equal(there.keysAndValues, 2 * (there.cache === 'f32' ? 4 : 2) * 2 * 30 * 192 * there.window);
    for (let bytes = 2 * gibibyte; bytes > 0.7 * gibibyte; bytes -= 64 * mebibyte)
      assert.notEqual(planMemory(smol, 106 * mebibyte, { ...device, free: free(bytes) }).cache, 'int8');
  });

  it('holds to a type that was asked for', () => {
    const options = { provider: 'cpu', free: free(16 * gibibyte), cache: 'int8' } as const;
    assert.equal(planMemory(smol, 106 * mebibyte, options).cache, 'int8');
  });
});

describe('the plan beside what is taken', () => {
  for (const tokens of [512, 2048])
    it(`${String(tokens)} tokens: never more than planned, and not far less`, async (t) => {
      if (process.platform !== 'linux') {
        t.skip('only Linux tells anonymous memory apart from mapped files');
        return;
      }
      const folder = await mkdtemp(path.join(tmpdir(), 'longsight-memory-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const script = path.join(import.meta.dirname, '../../support/memory-use.ts');
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, folder, String(tokens)]);
      const { plan: planned, took } = JSON.parse(stdout) as { plan: { total: number }; took: number };
      t.diagnostic(`planned ${String(planned.total / mebibyte)} MiB, took ${String(took / mebibyte)} MiB`);
      assert.ok(took <= planned.total, `${String(took)} of ${String(planned.total)} bytes`);
      assert.ok(took >= 0.3 * planned.total, `${String(took)} of ${String(planned.total)} bytes`);
    });

  it('limits what a request may hold', () => {
    const h = {
      contextLength: 8192,
      alibi: false,
      attentionGroups: [{ window: null, rope: null }],
    } as unknown as Hyperparameters;
    assert.equal(generationScheme(h, {}, 100, 50, 1024).window, null);
    assert.deepEqual(generationScheme(h, {}, 1000, 50, 1024).window, { sinks: 4, recent: 1019 });
    assert.throws(() => generationScheme(h, {}, 2000, 50, 1024), /LS3004/);
    assert.throws(() => generationScheme(h, { window: { sinks: 4, recent: 2000 } }, 5000, 50, 1024), /LS3009/);
  });
});

describe('free memory', () => {
  const sources = (files: Readonly<Record<string, string>>, others: Partial<MemorySources> = {}): MemorySources => ({
    platform: 'linux',
    read: (file) => Promise.resolve(files[file] ?? null),
    run: () => Promise.resolve(null),
    nodeAvailable: () => 5 * gibibyte,
    nodeTotal: () => 16 * gibibyte,
    ...others,
  });
  const meminfo = { '/proc/meminfo': 'MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n' };

  it('is what the kernel would give', async () => {
    assert.deepEqual(await freeMemory(sources(meminfo)), {
      available: 8 * gibibyte,
      total: 16 * gibibyte,
      limit: 'machine',
    });
    assert.equal((await freeMemory(sources({}))).available, 5 * gibibyte, 'where it does not say, what Node says');
  });

  it('is less in a container, whose idle pages of files count as free, at any level', async () => {
    const root = '/sys/fs/cgroup';
    const files = {
      ...meminfo,
      '/proc/self/cgroup': '0::/pod/box\n',
      [`${root}/pod/box/memory.max`]: 'max\n',
      [`${root}/pod/box/memory.current`]: '1\n',
      [`${root}/pod/memory.max`]: String(2 * gibibyte),
      [`${root}/pod/memory.current`]: String(1.5 * gibibyte),
      [`${root}/pod/memory.stat`]: `anon 5\ninactive_file ${String(gibibyte / 4)}\n`,
    };
    assert.deepEqual(await freeMemory(sources(files)), {
      available: 0.75 * gibibyte,
      total: 2 * gibibyte,
      limit: 'container',
    });
  });

  it('knows control groups of the first version', async () => {
    const root = '/sys/fs/cgroup/memory/docker/a1';
    const files = {
      ...meminfo,
      '/proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/docker/a1\n0::/\n',
      [`${root}/memory.limit_in_bytes`]: String(gibibyte),
      [`${root}/memory.usage_in_bytes`]: String(gibibyte),
      [`${root}/memory.stat`]: `total_inactive_file ${String(gibibyte / 8)}\n`,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '100',
    };
    const { available, limit } = await freeMemory(sources(files));
    assert.deepEqual({ available, limit }, { available: gibibyte / 8, limit: 'container' });
  });

  it('is less under a limit on the address space', async () => {
    const files = {
      ...meminfo,
      '/proc/self/limits': `Max address space          ${String(3 * gibibyte)}           unlimited            bytes\n`,
      '/proc/self/status': 'VmSize:\t 1048576 kB\n',
    };
    const { available, limit } = await freeMemory(sources(files));
    assert.deepEqual({ available, limit }, { available: 2 * gibibyte, limit: 'process' });
  });

  it('counts on macOS what the system gives up at once', async () => {
    const output = [
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)',
      'Pages free:                               10000.',
      'Pages active:                            300000.',
      'Pages inactive:                          200000.',
      'Pages speculative:                         5000.',
      'Pages throttled:                              0.',
      'Pages purgeable:                           1000.',
    ].join('\n');
    const mac = sources({}, { platform: 'darwin', run: () => Promise.resolve(output) });
    assert.equal((await freeMemory(mac)).available, 216_000 * 16384);
    assert.equal((await freeMemory(sources({}, { platform: 'darwin' }))).available, 5 * gibibyte);
  });

  it('is a number on this machine', async () => {
    const { available, total } = await freeMemory();
    assert.ok(available > 0 && available <= total * 1.01, `${String(available)} of ${String(total)}`);
  });
});
