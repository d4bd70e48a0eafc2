/** Which execution providers work on this machine: each is tried in a process of its own, for a driver may crash or hang. */
import { sentenceSchema } from '../../protocol/sentence-schema.ts';
import { type Sentence, joined, say } from '../../base/sentences.ts';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listSupportedBackends } from '../onnxruntime.ts';
import { z } from 'zod';
import { CancelledError, throwIfCancelled } from '../../base/cancellation.ts';
import type { Provider } from '../../protocol/providers.ts';
import { hasVulkanDriver } from './provider-fingerprint.ts';

const speedSchema = z.object({ decodeMs: z.number(), prefillMs: z.number() });

/** What came of trying a provider; see {@link import('./provider-trial.ts').TrialOutcome}. */
export const outcomeSchema = z.object({
  usable: z.boolean(),
  reason: sentenceSchema,
  decoder: z.boolean(),
  flash: z.boolean(),
  speed: z.object({ there: speedSchema, processor: speedSchema }).nullable(),
});

export type ProviderOutcome = z.infer<typeof outcomeSchema>;

export interface ProbeOptions {
  /** Another program in the child's place. */
  readonly script?: URL;
  /** How long the child may take, milliseconds; software Vulkan compiles for half a minute. */
  readonly patienceMs?: number;
  /** Stops where a plain product is much slower than the processor's. */
  readonly quick?: boolean;
  /** Where the trial's graphs lie while it runs; left out: the system's folder for temporary files. */
  readonly folder?: string;
}

const defaultPatienceMs = 120_000;
/** A trial's folder that is older was left by a process that was killed, milliseconds. */
const abandonedMs = 3_600_000;

/** Those that this ONNX Runtime has, the one we would choose first. */
export function providersToTry(): readonly Provider[] {
  const supported = new Set(listSupportedBackends().map(({ name }) => name));
  const order: readonly Provider[] = ['webgpu', 'dml', 'coreml', 'cuda', 'cpu'];
  return order.filter((name) => supported.has(name) && (name !== 'cuda' || hasCudaLibraries()));
}

/** Tries one. @throws CancelledError */
export async function probeProvider(
  name: Provider,
  signal: AbortSignal,
  { script, patienceMs = defaultPatienceMs, quick = false, folder: parent = tmpdir() }: ProbeOptions = {},
): Promise<ProviderOutcome> {
  throwIfCancelled(signal);
  const absent = script ? null : absence(name);
  if (absent !== null) return refused(absent);
  const sibling = import.meta.url.endsWith('.ts') ? './provider-probe.ts' : './provider-probe.mjs';
  const folder = await trialFolder(parent);
  const child = fork(
    fileURLToPath(script ?? new URL(sibling, import.meta.url)),
    [name, folder, quick ? 'quick' : 'thorough'],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    },
  );
  let output = '';
  let complaint = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  child.stderr?.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString('utf8')).slice(-2000)));
  const timeout = { passed: false };
  const timer = setTimeout(() => {
    timeout.passed = true;
    child.kill('SIGKILL');
  }, patienceMs);
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ending = await new Promise<{ code: number | null; signal: string | null; error?: Error }>((resolve) => {
      child.once('error', (error) => {
        resolve({ code: null, signal: null, error });
      });
      child.once('close', (code, by) => {
        resolve({ code, signal: by });
      });
    });
    if (signal.aborted) throw new CancelledError();
    // What it told before it crashed or hung was computed right; what it tried then is not used.
    const told = outcomeOf(output);
    if (told) return { ...told, reason: told.reason };
    return refused(
      timeout.passed ? say('it did not answer within {0} seconds', patienceMs / 1000) : crashReason(ending, complaint),
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A new folder for one trial; those that killed processes left are removed. */
async function trialFolder(parent: string): Promise<string> {
  const prefix = 'longsight-trial-';
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const old = path.join(parent, name);
    const made = await stat(old).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - made > abandonedMs) await rm(old, { recursive: true, force: true });
  }
  return mkdtemp(path.join(parent, prefix));
}

function refused(reason: Sentence): ProviderOutcome {
  return { usable: false, reason, decoder: false, flash: false, speed: null };
}

/** Why there is nothing to try; null when there is. */
function absence(name: Provider): Sentence | null {
  if (!listSupportedBackends().some((one) => one.name === name))
    return say('ONNX Runtime has no "{0}" for {1} on {2}', name, process.platform, process.arch);
  if (name === 'webgpu' && hasVulkanDriver() === false) return say('this machine has no Vulkan driver');
  if (name === 'cuda' && !hasCudaLibraries())
    return say('ONNX Runtime’s CUDA libraries are not installed; the page on providers says how to get them');
  return null;
}

/** They are hundreds of megabytes and are fetched by whoever wants them. */
function hasCudaLibraries(): boolean {
  const root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(path.join(root, 'bin', 'napi-v6', process.platform, process.arch, name));
}

function outcomeOf(output: string): ProviderOutcome | undefined {
  for (const line of output.split('\n').toReversed())
    try {
      return outcomeSchema.parse(JSON.parse(line));
    } catch {
      // A driver's own chatter; the line we wait for is the last one of ours.
    }
  return undefined;
}

function crashReason(
  ending: { code: number | null; signal: string | null; error?: Error },
  complaint: string,
): Sentence {
  if (ending.error) return say('{0}', ending.error.message);
  const how =
    ending.signal === null
      ? say('it ended with status {0}', String(ending.code))
      : say('it crashed with {0}', ending.signal);
  const last = complaint.trim().split('\n').at(-1) ?? '';
  return last === '' ? how : joined([how, last], ': ');
}
