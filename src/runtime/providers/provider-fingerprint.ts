/** What a verdict about an execution provider holds for: this ONNX Runtime, this system, these drivers. Another of them is another verdict. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir, release } from 'node:os';
import path from 'node:path';
import { env } from '../onnxruntime.ts';

/** Raise it whenever the trial asks for more than before. */
const trialVersion = 1;

/** A line that changes when a verdict has to be found again. */
export function providerFingerprint(): string {
  const runtime = (env.versions as { readonly node?: string }).node ?? 'unknown';
  return [`trial ${String(trialVersion)}`, `onnxruntime ${runtime}`, process.platform, process.arch, release()]
    .concat(drivers())
    .join(', ');
}

/** Whether there is anything that WebGPU could compute with; null where only trying tells. */
export function hasVulkanDriver(): boolean | null {
  return process.platform === 'linux' ? vulkanManifests().length > 0 : null;
}

/** Drivers and adapters, as far as files tell of them. */
function drivers(): readonly string[] {
  if (process.platform === 'win32') {
    // Every driver that is installed adds a folder there.
    const root = process.env.SystemRoot ?? 'C:\\Windows';
    return stampOf(path.join(root, 'System32', 'DriverStore', 'FileRepository'));
  }
  // On macOS drivers come with the system.
  if (process.platform !== 'linux') return [];
  return [
    ...vulkanManifests().flatMap(stampOf),
    ...textOf('/proc/driver/nvidia/version'),
    ...namesOf('/sys/class/drm')
      .filter((name) => /^card\d+$/.test(name))
      .flatMap((name) => ['vendor', 'device'].flatMap((file) => textOf(`/sys/class/drm/${name}/device/${file}`))),
  ];
}

/** Where the Vulkan loader looks for drivers (Vulkan-Loader, LoaderDriverInterface.md). */
function vulkanManifests(): readonly string[] {
  const given = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (given !== undefined && given !== '') return given.split(':').filter((file) => stampOf(file).length > 0);
  const data = process.env.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share';
  const own = process.env.XDG_DATA_HOME ?? path.join(homedir(), '.local', 'share');
  const folders = ['/etc', '/etc/xdg', '/usr/local/etc', own, ...data.split(':')].map((root) =>
    path.join(root, 'vulkan', 'icd.d'),
  );
  return [...new Set(folders)].flatMap((folder) =>
    namesOf(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => path.join(folder, name)),
  );
}

function stampOf(file: string): string[] {
  try {
    const { mtimeMs, size } = statSync(file);
    return [`${file} ${String(size)} ${String(Math.round(mtimeMs))}`];
  } catch {
    // What is not there, or not to be seen by us, drives nothing.
    return [];
  }
}

function textOf(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8').trim().replaceAll(/\s+/g, ' ')];
  } catch {
    // Most machines have no such driver.
    return [];
  }
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // No such folder, no drivers in it.
    return [];
  }
}
