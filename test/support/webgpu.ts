/** Whether WebGPU computes on this machine: on a graphics processor, or on Mesa's software Vulkan, which is a driver like any other. */
import { english } from '../../src/base/speaker.ts';
import type { Sentence } from '../../src/base/sentences.ts';
import type { TestContext } from 'node:test';
import { probeProvider } from '../../src/runtime/providers/providers.ts';

let verdict: Promise<{ readonly usable: boolean; readonly reason: Sentence }> | undefined;

/** False where it does not, and the test is skipped by name; continuous integration has no driver either. */
export async function requireWebGpu(t: TestContext): Promise<boolean> {
  verdict ??= probeProvider('webgpu', t.signal);
  const { usable, reason } = await verdict;
  if (!usable) t.skip(`no WebGPU here: ${english.words(reason)}`);
  return usable;
}
