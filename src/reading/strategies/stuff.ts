/** The strategy `stuff`: as many of the best sources as fit, in one prompt. */
import { settled } from '../../runtime/settled.ts';
import { planOf } from '../one-prompt.ts';
import type { ReadingStrategy } from '../strategy.ts';

export const stuff: ReadingStrategy = {
  name: 'stuff',
  hindered: () => null,
  async *read({ frame, sources, decoder, limits, signal }) {
    yield { type: 'answer', plan: await settled(decoder, () => planOf(frame, sources, decoder, limits), signal) };
  },
};
