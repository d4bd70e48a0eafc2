/**
 * A driver that takes the engine down: the process is killed in the middle of a provider's first step, and the next one computes with
 * the processor, says so once, and works. Memory that does not suffice ends in a refusal before anything is loaded.
 */
import { english } from '../../src/base/speaker.ts';
import { joined, say } from '../../src/base/sentences.ts';
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../src/base/logging.ts';
import { verdictsFolder } from '../../src/models/home.ts';
import { openDecoder } from '../../src/runtime/open-decoder.ts';
import { providerFingerprint } from '../../src/runtime/providers/provider-fingerprint.ts';
import { writeOutcome } from '../../src/runtime/providers/provider-verdicts.ts';
import { decoderFixtures } from '../support/decoder.ts';
import { requireWebGpu } from '../support/webgpu.ts';

const file = path.join(decoderFixtures, 'tiny/llama-tied/model.gguf');
const { signal } = new AbortController();
const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
const works = { usable: true, reason: say('computed right'), decoder: true, flash: false, speed: null };

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-crash-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const opened = (more: object = {}) =>
  openDecoder(
    { file, id: 'x', displayName: 'X', home, threads: 1, logger: silentLogger, ...more },
    () => undefined,
    signal,
  );

/** Waits until the process says by its marker that the provider computes. */
async function marked(): Promise<void> {
  for (;;) {
    const names = await readdir(verdictsFolder(home)).catch(() => []);
    if (names.some((name) => name.startsWith('in-use-'))) return;
    await delay(5);
  }
}

describe('a driver that takes the engine down', () => {
  for (const moment of ['first step', 'later step'])
    it(`in its ${moment}: the next engine computes with the processor and tells it once`, async (t) => {
      if (!(await requireWebGpu(t))) return;
      await writeOutcome(home, providerFingerprint(), 'webgpu', works);
      const child = fork(path.join(import.meta.dirname, '../support/decoder-user.ts'), [home, file], {
        stdio: 'ignore',
      });
      const gone = once(child, 'exit');
      if (moment === 'later step') {
        const [info] = (await once(child, 'message')) as [{ readonly provider: string }];
        assert.equal(info.provider, 'webgpu');
      }
      await marked();
      child.kill('SIGKILL');
      await gone;

      const after = await opened({ provider: 'webgpu' });
      assert.equal(after.info.provider, 'cpu');
      assert.match(english.words(after.info.notice ?? ''), /no longer used.*webgpu.*longsight models probe/);
      const { tokenIds } = await after.decode(
        { tokenIds: [1, 2, 3], maxTokens: 4, sampling: greedy },
        () => undefined,
        signal,
      );
      assert.equal(tokenIds.length, 4);
      await after.dispose();

      const again = await opened({ provider: 'webgpu' });
      assert.deepEqual([again.info.provider, again.info.notice], ['cpu', undefined]);
      assert.match(english.words(joined(again.info.remarks ?? [], ',')), /ended while it computed/);
      await again.dispose();
    });

  it('that fails in order with a model hands over to the processor at once', async (t) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      t.skip('only there ONNX Runtime has a provider whose libraries are not installed');
      return;
    }
    // It passes for usable and is not.
    await writeOutcome(home, providerFingerprint(), 'cuda', works);
    const decoder = await opened({ provider: 'cuda' });
    await decoder.dispose();
    assert.equal(decoder.info.provider, 'cpu');
    assert.match(english.words(decoder.info.notice ?? ''), /cuda failed, and the processor computes/);
    const again = await opened({ provider: 'cuda' });
    await again.dispose();
    assert.equal(again.info.notice, undefined);
    assert.match(english.words(joined(again.info.remarks ?? [], ',')), /cuda cannot be used/);
  });
});

describe('memory that does not suffice', () => {
  const free = (available: number) => ({ free: { available, total: available, limit: 'container' as const } });

  it('is refused with the numbers', async () => {
    await assert.rejects(opened(free(200 * 2 ** 20)), /LS3009.*0\.20 GiB are free in this container/);
  });

  it('leaves a decoder whose plan is told', async () => {
    const decoder = await opened(free(2 ** 30));
    const { memory, window = 0, contextLength } = decoder.info;
    assert.ok(memory > 0 && memory < 2 ** 30);
    assert.equal(window, contextLength);
    await decoder.dispose();
  });
});
