/** Memory of the graphics processor, as far as the system tells it; WebGPU itself does not. */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FreeMemory } from './free-memory.ts';

const patienceMs = 2000;
const drm = '/sys/class/drm';
const nvidiaTool = 'nvidia-smi';

/** null where it is not told, or where the graphics processor shares the machine's. */
export async function adapterMemory(): Promise<FreeMemory | null> {
  return amdMemory() ?? (await nvidiaMemory());
}

/** Linux' amdgpu driver keeps its counts in files (the kernel's Documentation/gpu/amdgpu/driver-misc.rst). */
function amdMemory(): FreeMemory | null {
  try {
    const cards = readdirSync(drm).filter((name) => /^card\d+$/.test(name));
    const counts = cards.flatMap((card) => {
      const total = numberIn(path.join(drm, card, 'device', 'mem_info_vram_total'));
      const used = numberIn(path.join(drm, card, 'device', 'mem_info_vram_used'));
      return total === null || used === null ? [] : [{ total, available: total - used, limit: 'adapter' as const }];
    });
    return counts.toSorted((a, b) => b.total - a.total)[0] ?? null;
  } catch {
    // Another system, or a container that hides its devices.
    return null;
  }
}

/** NVIDIA's own tool comes with the driver. */
function nvidiaMemory(): Promise<FreeMemory | null> {
  const query = ['--query-gpu=memory.total,memory.free', '--format=csv,noheader,nounits'];
  return new Promise((resolve) => {
    execFile(nvidiaTool, query, { timeout: patienceMs }, (error, output) => {
      const [, total, free] = /^\s*(\d+),\s*(\d+)/m.exec(error ? '' : output) ?? [];
      resolve(
        total === undefined || free === undefined
          ? null
          : { total: Number(total) * 2 ** 20, available: Number(free) * 2 ** 20, limit: 'adapter' },
      );
    });
  });
}

function numberIn(file: string): number | null {
  try {
    const value = Number(readFileSync(file, 'utf8'));
    return Number.isFinite(value) ? value : null;
  } catch {
    // The card is of another maker.
    return null;
  }
}
