/** llama.cpp, by node-llama-cpp, as a subject of a speed measurement. */
import { pathToFileURL } from 'node:url';
import type { SubjectParameters } from './speed-protocol.ts';
import type { SpeedSubject } from './subject.ts';

interface Sequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(tokens: readonly number[], options: { temperature: number; yieldEogToken: boolean }): AsyncIterable<number>;
}
interface Model {
  createContext(options: {
    contextSize: number;
    batchSize: number;
    threads: number;
    flashAttention: boolean;
  }): Promise<{ getSequence(): Sequence }>;
}
interface Library {
  getLlama(options: {
    gpu: false;
    build: 'never';
    logLevel: string;
  }): Promise<{ loadModel(options: { modelPath: string }): Promise<Model> }>;
}

/** Tokens its kernels take at once; more gains nothing. */
const batchSize = 512;

export async function openLlamaCpp(
  { file, threads, contextLength }: SubjectParameters,
  { entry, flashAttention }: { readonly entry: string; readonly flashAttention: boolean },
): Promise<SpeedSubject> {
  const library = (await import(pathToFileURL(entry).href)) as Library;
  const llama = await library.getLlama({ gpu: false, build: 'never', logLevel: 'error' });
  const model = await llama.loadModel({ modelPath: file });
  const context = await model.createContext({ contextSize: contextLength, batchSize, threads, flashAttention });
  const sequence = context.getSequence();
  const generate = async (ids: readonly number[], count: number): Promise<void> => {
    const tokens = sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })[Symbol.asyncIterator]();
    for (let made = 0; made < count; made++) await tokens.next();
    await tokens.return?.();
  };
  return {
    // It does not say; the other subject of the same file does.
    vocabulary: 0,
    forget: () => sequence.clearHistory(),
    read: (ids) => sequence.evaluateWithoutGeneratingNewTokens(ids),
    generate: (id, count) => generate([id], count),
    first: (ids) => generate(ids, 1),
  };
}
