/** Makes a plan until it rests on no count that was guessed. */
import type { Decoder } from './decoder.ts';

/** A guess leads to a plan that asks for other counts; they come closer each time, and few plans need more than three rounds. */
const mostRounds = 12;

/**
 * @param plan counts by the decoder and decides by that; it is called again while a count turns out to be another
 * @throws what asking a server throws, CancelledError
 */
export async function settled<T>(
  decoder: Pick<Decoder, 'settleCounts'>,
  plan: () => T,
  signal: AbortSignal,
): Promise<T> {
  let made = plan();
  for (let round = 0; round < mostRounds && (await decoder.settleCounts?.(signal)); round += 1) made = plan();
  return made;
}
