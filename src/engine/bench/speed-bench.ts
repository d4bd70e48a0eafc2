/**
 * The decoder's speed beside llama.cpp's, in one run: every subject in a process of its own, the same number of threads, one file after
 * the other and then the same work of all of them in turn; of every measurement the best round counts, for what else the machine does
 * only ever takes time away.
 *
 * Two files are measured: the one that was given, and the same weights in Q4_0, which llama.cpp has its fastest kernels for. Of
 * llama.cpp the better of flash attention on and off counts.
 */
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import { longsightHome } from '../../models/home.ts';
import { resolveModel } from '../../models/store.ts';
import type { FileSpeed, Measured, SpeedReport } from '../../protocol/bench.ts';
import { requantise } from '../../runtime/bench/requantise.ts';
import type { SubjectParameters } from '../../runtime/bench/speed-protocol.ts';
import { type SubjectProcess, startSubject } from '../../runtime/bench/subject-process.ts';
import { defaultThreads } from '../../runtime/threads.ts';
import { BestCosts } from './best-costs.ts';
import { peerLibrary, peerName } from './peer-library.ts';

type SpeedWork = SpeedReport['work'];

export interface SpeedBenchOptions {
  readonly work: SpeedWork;
  readonly model: string | null;
  readonly home: string | null;
  readonly threads: number | null;
  readonly pasts: readonly number[];
  readonly rounds: number;
  readonly install: boolean;
  readonly offline: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string, done: number, total: number) => void;
}

/** Tokens of a measurement; 128 is what llama.cpp's own benchmark generates. */
const counts: Readonly<Record<SpeedWork, number>> = { decode: 128, prefill: 256 };
/** Tokens that are read and generated before anything is measured: what is set up once is no part of the speed. */
const warmUp = { read: 32, generate: 4 };
/** Tokens of the prompt that is read from a fresh start. */
const promptLength = 64;
const startRounds = 3;

type Who = 'ours' | 'flash' | 'plain';
const everybody: readonly Who[] = ['ours', 'flash', 'plain'];

/**
 * @throws what resolveModel throws; LS2001 when no model was named and none is there; LS1002 for a model that is no GGUF file; LS1006
 * without the peer; CancelledError
 */
export async function benchSpeed(options: SpeedBenchOptions): Promise<SpeedReport> {
  const { work, signal, onProgress } = options;
  const home = longsightHome(options.home);
  const threads = options.threads ?? defaultThreads();
  const model = await resolveModel(options.model, { home, logger: options.logger });
  if (!model) throw fault('LS2001', options.model ?? 'of any kind');
  const entry = await peerLibrary(home, options, signal);
  onProgress('the same weights in Q4_0', 0, 0);
  const files = { given: model.weights, q4_0: await requantised(model.weights, home, signal) };
  const furthest = Math.max(...options.pasts);
  const contextLength = furthest + options.pasts.length * (counts[work] + 1) + promptLength;
  const parameters = (file: string, who: Who): SubjectParameters => ({
    file,
    threads,
    contextLength,
    home: who === 'ours' ? home : null,
    peer: who === 'ours' ? null : { entry, flashAttention: who === 'flash' },
  });
  const measured: Partial<Record<keyof SpeedReport['files'], FileSpeed>> = {};
  for (const name of ['given', 'q4_0'] as const)
    measured[name] = await benchFile(options, (who) => parameters(files[name], who), name);
  const { given, q4_0: q40 } = measured;
  if (!given || !q40) throw new Error('both files are measured');
  const best = combined(given.peer, q40.peer, Math.max);
  return {
    work,
    model: model.id,
    peerName,
    threads,
    ours: given.ours,
    peer: given.peer,
    ratio: given.ratio,
    ratioToBest: combined(given.ours, best, (a, b) => a / b),
    files: { given, q4_0: q40 },
  };
}

async function benchFile(
  { work, pasts, rounds, signal, onProgress }: SpeedBenchOptions,
  parameters: (who: Who) => SubjectParameters,
  name: string,
): Promise<FileSpeed> {
  const costs = new BestCosts<Who>();
  const subjects: { readonly who: Who; readonly process: SubjectProcess }[] = [];
  try {
    let vocabulary = 0;
    for (const who of everybody) {
      const process = startSubject(signal);
      subjects.push({ who, process });
      vocabulary = Math.max(vocabulary, (await process.open(parameters(who))).vocabulary);
    }
    const text = tokens(vocabulary, parameters('ours').contextLength);
    for (const { process } of subjects) {
      await process.read(text.slice(0, warmUp.read));
      await process.generate(text[warmUp.read] ?? 0, warmUp.generate);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { process } of subjects) await process.forget();
      let held = 0;
      for (const [i, past] of pasts.entries()) {
        onProgress(`${name}: ${work} at ${String(past)}`, round * pasts.length + i, rounds * pasts.length);
        for (const { process } of subjects) if (past > held) await process.read(text.slice(held, past));
        for (const { who, process } of subjects) {
          const cost =
            work === 'decode'
              ? await process.generate(text[past] ?? 0, counts.decode)
              : await process.read(text.slice(past, past + counts.prefill));
          costs.add(who, String(past), { ms: cost.ms / counts[work], cpuMs: cost.cpuMs / counts[work] });
        }
        held = Math.max(past, held) + counts[work];
      }
    }
    const peak: Record<string, number> = {};
    for (const { who, process } of subjects) peak[who] = await process.peakMemory();
    for (const { process } of subjects) process.dispose();
    const start = await benchStart(parameters, text.slice(0, promptLength), signal);
    return fileSpeed(costs, start, {
      ours: peak['ours'] ?? 0,
      peer: Math.min(peak['flash'] ?? 0, peak['plain'] ?? 0),
    });
  } finally {
    for (const { process } of subjects) process.dispose();
  }
}

/** Milliseconds from the start of a process to its first token, of the fastest of some. */
async function benchStart(
  parameters: (who: Who) => SubjectParameters,
  prompt: readonly number[],
  signal: AbortSignal,
): Promise<{ readonly ours: number; readonly peer: number }> {
  const best: Record<Who, number> = { ours: Infinity, flash: Infinity, plain: Infinity };
  for (let round = 0; round < startRounds; round++)
    for (const who of everybody) {
      const started = performance.now();
      const process = startSubject(signal);
      try {
        await process.open(parameters(who));
        await process.first(prompt);
        best[who] = Math.min(best[who], performance.now() - started);
      } finally {
        process.dispose();
      }
    }
  return { ours: best.ours, peer: Math.min(best.flash, best.plain) };
}

function fileSpeed(
  costs: BestCosts<Who>,
  start: { readonly ours: number; readonly peer: number },
  peak: { readonly ours: number; readonly peer: number },
): FileSpeed {
  const perSecond = (ms: number): number => 1000 / ms;
  const ours = costs.of('ours', 'ms', perSecond);
  const peer = combined(costs.of('flash', 'ms', perSecond), costs.of('plain', 'ms', perSecond), Math.max);
  const cpuOurs = costs.of('ours', 'cpuMs', (ms) => ms);
  const cpuPeer = combined(
    costs.of('flash', 'cpuMs', (ms) => ms),
    costs.of('plain', 'cpuMs', (ms) => ms),
    Math.min,
  );
  return {
    ours,
    peer,
    ratio: combined(ours, peer, (a, b) => a / b),
    cpuMsPerToken: { ours: cpuOurs, peer: cpuPeer, ratio: combined(cpuPeer, cpuOurs, (a, b) => a / b) },
    startMs: { ...start, ratio: start.peer / start.ours },
    peakBytes: { ...peak, ratio: peak.peer / peak.ours },
  };
}

function combined(a: Measured, b: Measured, how: (x: number, y: number) => number): Measured {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, how(value, b[key] ?? Number.NaN)]));
}

/** Words of the vocabulary in an order without meaning: speed does not depend on what they are. */
function tokens(vocabulary: number, length: number): number[] {
  const first = Math.min(1000, Math.floor(vocabulary / 4));
  return Array.from({ length }, (_, i) => first + ((i * 7919) % Math.max(1, vocabulary - 2 * first)));
}

/** The file's weights in Q4_0, made once. */
async function requantised(file: string, home: string, signal: AbortSignal): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const folder = path.join(home, 'bench');
  const stem = path.basename(file, '.gguf');
  const target = path.join(folder, `${stem}-${String(size)}-${String(Math.round(mtimeMs))}.Q4_0.gguf`);
  if (existsSync(target)) return target;
  await mkdir(folder, { recursive: true });
  await requantise(file, target, signal);
  return target;
}
