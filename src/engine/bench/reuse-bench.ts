/**
 * What keys and values that are used again bring, beside a full prefill in the same run: chunks that were read apart and are joined in
 * several ways, and the follow-up of a long prompt after a restart.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import { type Logger, silentLogger } from '../../base/logging.ts';
import { prepareModel } from '../../models/weights/prepared-model.ts';
import { ChatTemplate } from '../../models/chat-template.ts';
import { longsightHome } from '../../models/home.ts';
import { readModelTexts } from '../../models/model-texts.ts';
import { resolveModel } from '../../models/store.ts';
import { createTokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { Measured, ReuseReport } from '../../protocol/bench.ts';
import { decodeText, readContent } from '../../repository/content.ts';
import { findRepository } from '../../repository/find-repository.ts';
import { scanRepository } from '../../repository/scan.ts';
import {
  type CaseFigures,
  type Cost,
  measureFollowUp,
  measureQuestion,
  warmUp,
} from '../../runtime/bench/reuse-measure.ts';
import { PrefixCache } from '../../runtime/prefix-cache/prefix-cache.ts';
import { digitsPay } from '../../runtime/probing/digit-trial.ts';
import { GraphSessions } from '../../runtime/step/graph-sessions.ts';
import { Inference } from '../../runtime/step/inference.ts';
import { defaultThreads } from '../../runtime/threads.ts';
import { reuseTexts } from './reuse-texts.ts';

export interface ReuseBenchOptions {
  readonly model: string | null;
  readonly home: string | null;
  readonly repository: string;
  readonly threads: number | null;
  readonly questions: number;
  readonly chunks: number;
  readonly chunkTokens: number;
  /** Names of the ways to join. */
  readonly cases: readonly string[];
  /** Tokens of the prompt that a follow-up continues; 0: none is measured. */
  readonly followUp: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string, done: number, total: number) => void;
}

const warmUpTokens = 64;
/** Bytes; larger files are seldom written by people. */
const largestFile = 256 * 1024;
/** Characters; more is not needed. */
const mostText = 2_000_000;

/** @throws what resolveModel throws; LS2001 without a model; LS1002 for too little code; LS3002; CancelledError */
export async function benchReuse(options: ReuseBenchOptions): Promise<ReuseReport> {
  const { signal, onProgress, questions: count } = options;
  const home = longsightHome(options.home);
  const threads = options.threads ?? defaultThreads();
  const model = await resolveModel(options.model, { home, logger: options.logger });
  if (!model) throw fault('LS2001', options.model ?? 'of any kind');
  onProgress('opening the model', 0, 0);
  const prepared = await prepareModel({ file: model.weights, home, logger: silentLogger, signal });
  const sessions = new GraphSessions(prepared, threads);
  const digits = !prepared.isExact && (await digitsPay(home, threads));
  const create = (): Inference =>
    Inference.create(sessions, prepared.hyperparameters, { overCopy: !prepared.isExact, digits });
  const texts = await readModelTexts(prepared.file);
  const tokenizer = createTokenizer(texts.tokenizer);
  const template = new ChatTemplate(texts.template, tokenizer, texts);
  const { questions, prompt, follow } = reuseTexts(
    await sourcesOf(options),
    { tokenizer, template },
    { questions: count, chunks: options.chunks, tokens: options.chunkTokens, prompt: options.followUp },
  );
  const place = await mkdtemp(path.join(tmpdir(), 'longsight-reuse-'));
  const caches: PrefixCache[] = [];
  const open = (): PrefixCache => {
    const cache = new PrefixCache(place);
    caches.push(cache);
    return cache;
  };
  try {
    let full: Cost = { ms: 0, cpuMs: 0 };
    const sums = new Map<string, CaseFigures>();
    const steps = 2 + options.cases.length;
    const state = create();
    await warmUp(state, prompt.slice(0, warmUpTokens), signal);
    for (const [i, question] of questions.entries()) {
      let at = i * steps;
      const onCase = (name: string): void => {
        onProgress(name, at++, count * steps);
      };
      const figures = await measureQuestion(state, question, options.cases, open, onCase, signal);
      full = { ms: full.ms + figures.full.ms, cpuMs: full.cpuMs + figures.full.cpuMs };
      for (const [name, one] of Object.entries(figures.cases)) sums.set(name, added(sums.get(name), one));
    }
    state.dispose();
    onProgress('follow-up', 0, 0);
    const followUp =
      options.followUp > 0 ? await measureFollowUp([create(), create()], prompt, follow, open, signal) : null;
    const mean = (of: (sum: CaseFigures) => number): Measured =>
      Object.fromEntries([...sums].map(([name, sum]) => [name, of(sum) / Math.max(count, 1)]));
    return {
      work: 'reuse',
      model: model.id,
      threads,
      questions: count,
      chunks: options.chunks,
      chunkTokens: options.chunkTokens,
      ours: mean(({ ms }) => ms),
      peer: mean(() => full.ms),
      ratio: Object.fromEntries([...sums].map(([name, { ms }]) => [name, full.ms / ms])),
      cpuRatio: Object.fromEntries([...sums].map(([name, { cpuMs }]) => [name, full.cpuMs / cpuMs])),
      agreement: mean(({ agreement }) => agreement),
      computed: mean(({ computed }) => computed),
      ...(followUp && { followUp: followUpOf(followUp, prompt.length + follow.length) }),
    };
  } finally {
    await sessions.release();
    // Cancelled or not: what is still being written would be written into a folder that is being removed.
    for (const cache of caches) await cache.settled();
    await rm(place, { recursive: true, force: true });
  }
}

function followUpOf(
  { full, follow, ...figures }: Awaited<ReturnType<typeof measureFollowUp>>,
  tokens: number,
): ReuseReport['followUp'] & object {
  return {
    ...figures,
    tokens,
    ms: follow.ms,
    fullMs: full.ms,
    ratio: full.ms / follow.ms,
    cpuRatio: full.cpuMs / follow.cpuMs,
  };
}

function added(sum: CaseFigures | undefined, one: CaseFigures): CaseFigures {
  return {
    ms: (sum?.ms ?? 0) + one.ms,
    cpuMs: (sum?.cpuMs ?? 0) + one.cpuMs,
    agreement: (sum?.agreement ?? 0) + one.agreement,
    computed: (sum?.computed ?? 0) + one.computed,
  };
}

async function sourcesOf({ repository, logger, signal }: ReuseBenchOptions): Promise<{ path: string; text: string }[]> {
  const location = findRepository(repository);
  const settings = { include: [], exclude: [], maxFileSize: largestFile };
  const { files } = await scanRepository(location.root, settings, { git: location.git, logger, signal });
  const texts: { path: string; text: string }[] = [];
  let total = 0;
  for (const file of files) {
    if (total > mostText) break;
    const read = readContent(location.root, file.path, largestFile);
    const content = read.kind === 'bytes' ? decodeText(read.bytes) : null;
    if (content?.kind !== 'text') continue;
    texts.push({ path: file.path, text: content.text });
    total += content.text.length;
  }
  return texts;
}
