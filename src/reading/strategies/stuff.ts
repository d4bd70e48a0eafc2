/** The strategy `stuff`: as many of the best sources as fit, in one prompt. */
import { holds } from '../../runtime/reuse/reuse-verdict.ts';
import { settled } from '../../runtime/settled.ts';
import { planBehind } from '../conversation.ts';
import type { ReadingStrategy } from '../strategy.ts';

export const stuff: ReadingStrategy = {
  name: 'stuff',
  hindered: () => null,
  async *read({ frame, sources, decoder, limits, signal }) {
    const plan = await settled(decoder, () => planBehind(frame, sources, decoder, limits), signal);
    // What was moved or joined for the answer before will do for what goes on from it.
    const moves = plan.behind && holds(decoder.info.reuse, 'moved');
    yield { type: 'answer', plan: moves ? { ...plan, movesRuns: true } : plan };
  },
};
