/**
 * Notices that a driver took the engine down: a marker in LONGSIGHT_HOME/verdicts stands while a provider computes in this process, and
 * one whose process is gone without having taken it away becomes a quarantine.
 *
 * A process that ends in order, or is asked to end, takes its markers with it; only a crash, or an end by force, leaves them.
 */
import { sentenceSchema } from '../../protocol/sentence-schema.ts';
import { type Sentence, say } from '../../base/sentences.ts';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { verdictsFolder } from '../../models/home.ts';
import { writeAtomically } from '../../models/onnx/external-data.ts';
import { hasCode } from '../../models/store/storage-faults.ts';
import type { Provider } from '../../protocol/providers.ts';

const markerSchema = z.object({
  provider: z.string(),
  process: z.int(),
  /** When the process started, as its system tells; a later process may have its number. */
  started: z.string(),
  fingerprint: z.string(),
  since: z.string(),
});

const quarantineSchema = z.object({
  fingerprint: z.string(),
  reason: sentenceSchema,
  /** Whether the user was told. */
  told: z.boolean(),
});

export type Quarantine = z.infer<typeof quarantineSchema>;

const markers = new Set<string>();
let watching = false;

/** One provider in use by this process. */
export class ProviderGuard {
  readonly #file: string;
  readonly #marker: z.infer<typeof markerSchema>;
  readonly #home: string;
  readonly #provider: Provider;
  #uses = 0;

  constructor(home: string, provider: Provider, fingerprint: string) {
    this.#home = home;
    this.#provider = provider;
    this.#file = path.join(verdictsFolder(home), `in-use-${provider}-${String(process.pid)}.json`);
    this.#marker = {
      provider,
      process: process.pid,
      started: startOf(process.pid) ?? '',
      fingerprint,
      since: new Date().toISOString(),
    };
  }

  /** Before the provider computes; synchronous, because the next thing may be the crash. @throws the file system's error */
  begin(): void {
    this.#uses += 1;
    if (this.#uses > 1) return;
    watchEnd();
    markers.add(this.#file);
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify({ ...this.#marker, since: new Date().toISOString() }), { flush: true });
  }

  /** It failed in order: it is not used again until somebody wants it to be tried. */
  async fail(reason: Sentence): Promise<void> {
    await quarantine(this.#home, this.#provider, this.#marker.fingerprint, reason);
  }

  /** After it has computed, or failed in order. */
  end(): void {
    this.#uses -= 1;
    if (this.#uses > 0) return;
    rmSync(this.#file, { force: true });
    markers.delete(this.#file);
  }
}

/** Has a provider that failed in use, without taking the process along, not be used again. @throws the file system's error */
async function quarantine(home: string, provider: Provider, fingerprint: string, reason: Sentence): Promise<void> {
  await writeAtomically(quarantineFile(home, provider), JSON.stringify({ fingerprint, reason, told: false }));
}

/** Turns markers of processes that are gone into quarantines. @returns the providers that were put there now */
export async function collectCrashes(home: string): Promise<readonly string[]> {
  const folder = verdictsFolder(home);
  const quarantined: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!/^in-use-.*\.json$/.test(name)) continue;
    const file = path.join(folder, name);
    const marker = await parsed(file, markerSchema);
    if (marker && (markers.has(file) || startOf(marker.process) === marker.started)) continue;
    if (marker) {
      const found: Quarantine = {
        fingerprint: marker.fingerprint,
        reason: say('a process of Longsight ended while it computed with it ({0})', marker.since),
        told: false,
      };
      await writeAtomically(quarantineFile(home, marker.provider), JSON.stringify(found));
      quarantined.push(marker.provider);
    }
    await rm(file, { force: true });
  }
  return quarantined;
}

/** Why a provider is not used after a crash; null when there was none, or under other drivers. */
export async function readQuarantine(home: string, provider: string, fingerprint: string): Promise<Quarantine | null> {
  const kept = await parsed(quarantineFile(home, provider), quarantineSchema);
  return kept?.fingerprint === fingerprint ? kept : null;
}

/** Remembers that the user was told of it. */
export async function markTold(home: string, provider: string, kept: Quarantine): Promise<void> {
  await writeAtomically(quarantineFile(home, provider), JSON.stringify({ ...kept, told: true }));
}

/** Gives the provider another chance. */
export async function liftQuarantine(home: string, provider: string): Promise<void> {
  await rm(quarantineFile(home, provider), { force: true });
}

function quarantineFile(home: string, provider: string): string {
  return path.join(verdictsFolder(home), `quarantine-${provider}.json`);
}

/** Tells two processes of one number apart; null when there is none of that number. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      // proc_pid_stat(5): the 22nd field, counted behind the name, which may hold spaces and brackets.
      return (
        readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
          .replace(/^.*\)/s, '')
          .split(' ')[20] ?? ''
      );
    } catch {
      // No such process.
      return null;
    }
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return hasCode(error, 'EPERM') ? '' : null;
  }
}

function removeMarkers(): void {
  for (const file of markers) rmSync(file, { force: true });
  markers.clear();
}

/** An end that somebody asked for is no crash. */
function watchEnd(): void {
  if (watching) return;
  watching = true;
  process.on('exit', removeMarkers);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      removeMarkers();
      // Nobody else listens: the signal does what it does without us.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function parsed<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // Not there, cut off by the crash, or of another version: there is nothing to be learnt from it.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
