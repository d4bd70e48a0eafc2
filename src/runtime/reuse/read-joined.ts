/** Reads a prompt whose sources are joined: what stands before them, each of them apart, and what follows them. */
import { readPrompt } from '../generate/reread-steps.ts';
import type { Kept, PrefixCache } from '../prefix-cache/prefix-cache.ts';
import type { Inference, KvRun } from '../step/inference.ts';
import { joinChunks, readChunk } from './joined-chunks.ts';
import type { PromptParts } from './prompt-parts.ts';
import { answerRepair } from './repair.ts';

/**
 * @param state that has begun the prompt
 * @param prefixes where sources are kept; null: nowhere
 * @param onRead told how many tokens of the prompt are read
 * @returns logits behind the last token, [vocabulary], and how many tokens were not computed
 * @throws LS3002, CancelledError
 */
export async function readJoined(
  state: Inference,
  { prefix, chunks, tail }: PromptParts,
  prefixes: PrefixCache | null,
  as: Kept,
  onRead: (done: number) => void,
  signal: AbortSignal,
): Promise<{ readonly logits: Float32Array; readonly reused: number }> {
  if (state.length > prefix.length) state.rewind(state.length - prefix.length);
  const behind = [...prefix, 0];
  const kept = (await prefixes?.restore(state, behind, signal, as)) ?? null;
  let reused = state.length;
  await readPrompt(state, prefix, state.length, onRead, signal);
  // Chunks are kept behind the prefix: that it is there tells that they are.
  await kept?.keep(true);
  const runs: KvRun[] = [];
  let done = prefix.length;
  for (const chunk of chunks) {
    const run = await readChunk(state, chunk, prefixes, signal, as);
    runs.push(run);
    reused += run.restored;
    done += chunk.length;
    onRead(done);
  }
  const { logits, computed } = await joinChunks(state, runs, tail, answerRepair, null, signal);
  onRead(done + tail.length);
  return { logits, reused: reused - computed };
}
