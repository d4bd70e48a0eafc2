/** Execution providers: tried in a child, verdicts kept until a driver changes, and a crash in the engine ends in quarantine, told once. */
import { joined, say } from '../../../src/base/sentences.ts';
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { verdictsFolder } from '../../../src/models/home.ts';
import { chooseProvider, probeAgain, refuseProvider } from '../../../src/runtime/providers/provider-choice.ts';
import { providerFingerprint } from '../../../src/runtime/providers/provider-fingerprint.ts';
import { ProviderGuard, collectCrashes, readQuarantine } from '../../../src/runtime/providers/provider-guard.ts';
import { readOutcomes, writeOutcome } from '../../../src/runtime/providers/provider-verdicts.ts';
import { probeProvider, providersToTry } from '../../../src/runtime/providers/providers.ts';

const { signal } = new AbortController();
const script = (name: string): URL => new URL(`../../support/${name}.ts`, import.meta.url);
const fingerprint = providerFingerprint();

let home = '';
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'longsight-providers-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('trying a provider', () => {
  it('finds that the processor computes a product and a decoder', async () => {
    const { usable, reason, decoder } = await probeProvider('cpu', signal);
    assert.deepEqual(
      { usable, reason, decoder },
      { usable: true, reason: say('computed a matrix product and a small decoder correctly'), decoder: true },
    );
    assert.equal(providersToTry().at(-1), 'cpu');
  });

  it('survives a child that crashes', async () => {
    const { usable, reason } = await probeProvider('webgpu', signal, { script: script('crashing-provider') });
    assert.equal(usable, false);
    assert.match(english.words(reason), /SIGKILL|status/);
  });

  it('gives up on a child that hangs', async () => {
    const options = { script: script('silent-provider'), patienceMs: 1500 };
    const { usable, reason } = await probeProvider('webgpu', signal, options);
    assert.equal(usable, false);
    assert.match(english.words(reason), /did not answer within 1.5 seconds/);
  });

  it('keeps what was right before the child hung', async () => {
    const options = { script: script('hanging-provider'), patienceMs: 1500 };
    const { usable, flash } = await probeProvider('webgpu', signal, options);
    assert.deepEqual({ usable, flash }, { usable: true, flash: false });
  });

  it('stops at once when it is cancelled', async () => {
    const abort = new AbortController();
    const probing = probeProvider('webgpu', abort.signal, { script: script('silent-provider') });
    setTimeout(() => {
      abort.abort();
    }, 200);
    await assert.rejects(probing, CancelledError);
  });

  it('says what ONNX Runtime does not have', async () => {
    const missing = process.platform === 'win32' ? 'coreml' : 'dml';
    const { usable, reason } = await probeProvider(missing, signal);
    assert.equal(usable, false);
    assert.match(english.words(reason), new RegExp(`no "${missing}"`));
  });
});

describe('choosing a provider', () => {
  it('takes the one that was measured to be faster, and asks it only once', async () => {
    const fast = { home, signal, probe: { script: script('fast-provider') } };
    const chosen = await chooseProvider('auto', fast);
    assert.deepEqual([chosen.provider, chosen.flash], [providersToTry()[0], true]);
    const again = await chooseProvider('auto', { ...fast, probe: { script: script('crashing-provider') } });
    assert.equal(again.provider, chosen.provider, 'the verdict is kept');
  });

  it('stays with the processor where another is refused, with the reason', async () => {
    const options = { home, signal, probe: { script: script('crashing-provider') } };
    for (const wanted of ['auto', 'webgpu'] as const) {
      const { provider, reasons } = await chooseProvider(wanted, options);
      assert.equal(provider, 'cpu');
      assert.match(english.words(joined(reasons, ',')), /webgpu cannot be used: it (crashed|ended)/);
    }
    assert.deepEqual(await chooseProvider('cpu', options), {
      provider: 'cpu',
      flash: false,
      fingerprint,
      reasons: [],
      notice: null,
    });
  });

  it('stays with the processor where another is slower', async () => {
    const speed = { there: { decodeMs: 9, prefillMs: 9 }, processor: { decodeMs: 4, prefillMs: 8 } };
    const outcome = { usable: true, reason: say('took 9 ms'), decoder: true, flash: false, speed };
    for (const name of providersToTry()) await writeOutcome(home, fingerprint, name, outcome);
    const { provider, reasons } = await chooseProvider('auto', { home, signal });
    assert.equal(provider, 'cpu');
    assert.match(english.words(joined(reasons, ',')), /slower than the processor/);
    assert.equal((await chooseProvider('webgpu', { home, signal })).provider, 'webgpu', 'by name it is used');
  });

  it('forgets verdicts of other drivers and what it cannot read', async () => {
    const outcome = { usable: true, reason: say('fine'), decoder: true, flash: false, speed: null };
    await writeOutcome(home, 'other drivers', 'webgpu', outcome);
    assert.deepEqual(await readOutcomes(home, fingerprint), {});
    assert.deepEqual((await readOutcomes(home, 'other drivers'))['webgpu'], outcome);
    await writeFile(path.join(verdictsFolder(home), 'providers.json'), '{"fingerprint":');
    assert.deepEqual(await readOutcomes(home, 'other drivers'), {});
  });

  it('remembers a failure with a real model', async () => {
    const options = { home, signal, probe: { script: script('fast-provider') } };
    const chosen = await chooseProvider('webgpu', options);
    await refuseProvider(home, chosen, say('out of device memory'));
    const { provider, reasons } = await chooseProvider('webgpu', options);
    assert.equal(provider, 'cpu');
    assert.match(english.words(joined(reasons, ',')), /out of device memory/);
  });
});

describe('a crash in a driver', () => {
  const options = () => ({ home, signal, probe: { script: script('fast-provider') } });
  async function user(manner = ''): Promise<ChildProcess> {
    const child = fork(script('provider-user'), [home, fingerprint, manner], { stdio: 'ignore' });
    await once(child, 'message');
    return child;
  }
  async function endedBy(child: ChildProcess, by?: NodeJS.Signals): Promise<void> {
    const gone = once(child, 'exit');
    if (by) child.kill(by);
    await gone;
  }

  it('puts the provider in quarantine, tells it once, and a trial that works takes it out', async () => {
    await chooseProvider('auto', options());
    await endedBy(await user(), 'SIGKILL');
    const first = await chooseProvider('auto', options());
    assert.notEqual(first.provider, 'webgpu');
    assert.match(english.words(first.notice ?? ''), /models probe/);
    const second = await chooseProvider('webgpu', options());
    assert.equal(second.provider, 'cpu');
    assert.equal(second.notice, null, 'it was told');
    assert.match(english.words(joined(second.reasons, ',')), /ended while it computed/);
    assert.ok((await probeAgain(options())).every(({ usable }) => usable));
    assert.equal((await chooseProvider('webgpu', options())).provider, 'webgpu');
  });

  it('is not what an orderly end, a wish to end, or a process that lives looks like', async () => {
    await endedBy(await user('ends'));
    await endedBy(await user(), 'SIGTERM');
    const living = await user();
    assert.deepEqual(await collectCrashes(home), []);
    assert.equal(await readQuarantine(home, 'webgpu', fingerprint), null);
    await endedBy(living, 'SIGKILL');
    assert.deepEqual(await collectCrashes(home), ['webgpu']);
    assert.deepEqual(await collectCrashes(home), [], 'once');
  });

  it('counts under the drivers it happened with alone', async () => {
    await endedBy(await user(), 'SIGKILL');
    await collectCrashes(home);
    assert.notEqual(await readQuarantine(home, 'webgpu', fingerprint), null);
    assert.equal(await readQuarantine(home, 'webgpu', 'newer drivers'), null);
  });

  it('leaves nothing behind when all went well', async () => {
    const guard = new ProviderGuard(home, 'webgpu', fingerprint);
    guard.begin();
    guard.begin();
    guard.end();
    assert.equal((await readdir(verdictsFolder(home))).length, 1, 'still in use');
    assert.deepEqual(await collectCrashes(home), [], 'by this very process');
    guard.end();
    assert.deepEqual(await readdir(verdictsFolder(home)), []);
  });
});
