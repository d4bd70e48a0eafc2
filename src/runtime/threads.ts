/** How many threads compute by default: the physical cores, for two threads of one core share its arithmetic units. */
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const topology = '/sys/devices/system/cpu';

/** At least 1, at most what this process may use. */
export function defaultThreads(): number {
  return Math.max(1, Math.min(physicalCores() ?? Math.ceil(availableParallelism() / 2), availableParallelism()));
}

/** Linux tells which logical processors share a core; macOS on Apple's chips has one thread a core; null: not known. */
function physicalCores(): number | null {
  if (process.platform === 'darwin') return availableParallelism();
  if (process.platform !== 'linux') return null;
  try {
    const processors = readdirSync(topology).filter((name) => /^cpu\d+$/.test(name));
    const cores = processors.map((name) => readFileSync(`${topology}/${name}/topology/thread_siblings_list`, 'utf8'));
    return new Set(cores).size;
  } catch {
    // Some containers hide the topology.
    return null;
  }
}
