/**
 * The peer for the decoder's speed: llama.cpp by node-llama-cpp, installed into the cache folder by this script and never part of
 * Longsight.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const version = '3.22.1';

interface Sequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(tokens: readonly number[], options: { temperature: number }): AsyncIterable<number>;
}
interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
interface Model {
  createContext(options: {
    contextSize: number;
    batchSize: number;
    threads: number;
    flashAttention: boolean;
  }): Promise<Context>;
  dispose(): Promise<void>;
}
interface Library {
  getLlama(options: {
    gpu: false;
    build: 'never';
    logLevel: string;
  }): Promise<{ loadModel(options: { modelPath: string }): Promise<Model> }>;
}

/** A decoder as the benchmark drives it. */
export interface SpeedSubject {
  /** Forgets everything. */
  forget(): Promise<void>;
  /** Computes the keys and values of the next tokens. */
  takeIn(ids: readonly number[]): Promise<void>;
  /** Generates `count` tokens, one after another, the first from `id`. */
  decode(id: number, count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openLlamaCpp(
  cache: string,
  file: string,
  threads: number,
  contextSize: number,
): Promise<SpeedSubject> {
  const folder = path.join(cache, `node-llama-cpp-${version}`);
  const entry = path.join(folder, 'node_modules/node-llama-cpp/dist/index.js');
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `node-llama-cpp@${version}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const library = (await import(pathToFileURL(entry).href)) as Library;
  const llama = await library.getLlama({ gpu: false, build: 'never', logLevel: 'error' });
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize, batchSize: 512, threads, flashAttention: false });
  const sequence = context.getSequence();
  return {
    forget: () => sequence.clearHistory(),
    takeIn: (ids) => sequence.evaluateWithoutGeneratingNewTokens(ids),
    decode: async (id, count) => {
      const tokens = sequence.evaluate([id], { temperature: 0 })[Symbol.asyncIterator]();
      for (let made = 0; made < count; made++) await tokens.next();
      await tokens.return?.();
    },
    close: async () => {
      await context.dispose();
      await model.dispose();
    },
  };
}
