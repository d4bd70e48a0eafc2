/** Real weights for tests: from the model store of this machine, got there by the same way a user gets them. */
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logging.ts';
import { longsightHome } from '../../src/models/home.ts';
import { type ResolvedModel, getModel, resolveModel } from '../../src/models/store.ts';
import { overNetwork } from '../../tools/over-network.ts';

/** The default decoder and embedder, by their catalogue ids. */
export const defaultDecoder = 'smollm2-135m-instruct-q4_1';
export const defaultEmbedder = 'all-minilm-l6-v2';
/** The smallest that reads code. */
export const smallCodeDecoder = 'qwen2.5-coder-0.5b-instruct-q4_k_m';

/**
 * The model's files; without them the test is skipped by name, but where CI is set it fails: there they are fetched first,
 * and a run that tests nothing must not pass.
 *
 *     const model = await requireModel(defaultDecoder, t);
 *     if (!model) return;
 */
export async function requireModel(id: string, t: TestContext): Promise<ResolvedModel | undefined> {
  const options = { home: longsightHome(), logger: silentLogger, ollama: [], lmStudio: [] };
  const wanted = process.env.CI !== undefined && process.env.CI !== '';
  if (wanted) await overNetwork(() => getModel(id, options));
  try {
    const model = await resolveModel(id, options);
    if (model) return model;
  } catch (error) {
    if (wanted) throw error;
  }
  t.skip(`needs the model ${id}: longsight models get ${id}`);
  return undefined;
}

/**
 * The weights a benchmark runs with: a model of this machine by its id or the beginning of it (`qwen2.5-coder-0.5b`), or a file.
 * @throws LS2001, LS2002 when it is not here
 */
export async function benchedModel(name: string | undefined): Promise<string> {
  const model = name === undefined ? null : await resolveModel(name, { home: longsightHome(), logger: silentLogger });
  if (!model) throw new Error('give a model: an id such as qwen2.5-coder-0.5b, or a GGUF file');
  return model.weights;
}
