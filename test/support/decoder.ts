/** Opens the decoder's inner parts for tests that look at logits: the graphs of a GGUF file and a state over them. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logging.ts';
import type { GroupRope, Hyperparameters } from '../../src/models/description/hyperparameters.ts';
import { type PreparedModel, prepareModel } from '../../src/models/weights/prepared-model.ts';
import { readFloat32 } from '../../src/models/gguf/floats.ts';
import type { Provider } from '../../src/protocol/providers.ts';
import type { CacheWindow } from '../../src/runtime/decoder.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference, type InferenceOptions } from '../../src/runtime/step/inference.ts';
import { parseRope } from '../../src/runtime/rope/specification.ts';

export const decoderFixtures = path.join(import.meta.dirname, '../fixtures/decoder');

export interface OpenedDecoder {
  readonly prepared: PreparedModel;
  /** A fresh state. */
  readonly inference: (options?: InferenceOptions & { readonly change?: Partial<GroupRope> }) => Inference;
}

/** Opens a GGUF file; what it opened is let go when the test ends. @param home where graphs go; a temporary folder without it */
export async function openForTest(
  t: { after(fn: () => Promise<void>): void },
  file: string,
  home?: string,
  provider: Provider = 'cpu',
  flash = false,
): Promise<OpenedDecoder> {
  const temporary = home === undefined ? await mkdtemp(path.join(tmpdir(), 'longsight-decoder-')) : undefined;
  const prepared = await prepareModel({ file, home: home ?? temporary ?? '', logger: silentLogger });
  const sessions = new GraphSessions(prepared, 2, provider, flash);
  t.after(async () => {
    await sessions.release();
    if (temporary) await rm(temporary, { recursive: true, force: true });
  });
  return {
    prepared,
    inference: ({ change, exact = true, ...options } = {}) =>
      Inference.create(sessions, changed(prepared.hyperparameters, change), { exact, ...options }),
  };
}

/** The same model with another rotation. */
function changed(h: Hyperparameters, change: Partial<GroupRope> = {}): Hyperparameters {
  return {
    ...h,
    attentionGroups: h.attentionGroups.map(({ window, rope }) => ({ window, rope: rope && { ...rope, ...change } })),
  };
}

/** Logits of every position, [ids, vocabulary], computed `step` tokens at a time from an empty cache. */
export async function logitsInSteps(
  inference: Inference,
  ids: readonly number[],
  step: number,
  { window = null, rope = 'default' }: { window?: CacheWindow | null; rope?: string | null } = {},
): Promise<Float32Array> {
  inference.reset();
  // As a prompt of one token: what follows is generated, and single tokens go through the decode graph.
  inference.begin(ids.slice(0, 1), { rope: rope === null ? null : parseRope(rope), window, length: ids.length });
  const parts: Float32Array[] = [];
  for (let at = 0; at < ids.length; at += step) parts.push(await inference.step(ids.slice(at, at + step), 'all'));
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function readFloats(file: string): Float32Array {
  return readFloat32(readFileSync(file));
}

/** The largest difference of two lists of the same length. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** Skips by name, but fails where CI is set. */
export function cannotRun(t: TestContext, why: string): void {
  if (process.env.CI) throw new Error(why);
  t.skip(why);
}
