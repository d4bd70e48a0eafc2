/** Sources that are read apart from each other, in several contexts that a question sees at once. */
import { type Sentence, say } from '../base/sentences.ts';
import type { ParallelContexts } from '../runtime/decoder.ts';
import { settled } from '../runtime/settled.ts';
import { assemble } from './budget.ts';
import { planOf } from './one-prompt.ts';
import type { PlannedSource, ReadingPlan } from './plan.ts';
import type { ReadingTask } from './strategy.ts';

/** More bring little (Ratner et al. 2023 take 3; gains end at 5 to 7). */
const mostContexts = 3;

/** Why a decoder cannot read so. */
export function hinderedApart({ frame, decoder }: Pick<ReadingTask, 'frame' | 'decoder'>): Sentence | null {
  if (decoder.info.server) return say('a server reads one prompt');
  return frame.choice ? null : say('the decoder only quotes');
}

/**
 * The sources of one plan over contexts of about the same length. Each context has the whole window, so that more is read than
 * one prompt holds; the time that is allowed bounds them together.
 */
export async function planApart(
  { frame, sources, decoder, limits, signal }: Omit<ReadingTask, 'onProgress'>,
  method: ParallelContexts['method'],
): Promise<ReadingPlan> {
  // Half of what several windows hold: contexts are never of quite the same length.
  const wide = {
    ...limits,
    window: Math.ceil(limits.window * (mostContexts / 2)),
    sources: limits.sources * mostContexts,
  };
  const whole = await settled(decoder, () => planOf({ ...frame, history: [] }, sources, decoder, wide), signal);
  const groups = balanced(whole.read, Math.min(mostContexts, whole.read.length));
  if (groups.length < 2) return planOf(frame, sources, decoder, limits);
  const conversations = groups.map((group) =>
    assemble(
      { ...frame, history: [] },
      [],
      group.map(({ source }) => frame.renderSource(source)),
    ),
  );
  return {
    ...whole,
    budget: { ...whole.budget, window: limits.window },
    contexts: { method, conversations },
    droppedTurns: Math.ceil(frame.history.length / 2),
  };
}

/** Into so many groups of about as many tokens: the largest first, each to the group that has least. Order within a group stays. */
function balanced(read: readonly PlannedSource[], count: number): PlannedSource[][] {
  const groups = Array.from({ length: count }, () => ({ tokens: 0, members: new Set<PlannedSource>() }));
  for (const one of read.toSorted((a, b) => b.tokens - a.tokens)) {
    const [least] = groups.toSorted((a, b) => a.tokens - b.tokens);
    least?.members.add(one);
    if (least) least.tokens += one.tokens;
  }
  return groups.map(({ members }) => read.filter((one) => members.has(one)));
}
