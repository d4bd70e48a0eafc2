/**
 * How fast a decoder reads prompts on this machine, from the prompts that it has read. A longer prompt is read slower a token, for
 * attention grows with the square of the length: the speed is kept by length, in octaves.
 */
import { z } from 'zod';

/** Tokens a second by length: the key n holds prompts of more than 2^(n-1) and at most 2^n tokens. */
export type PrefillSpeed = Readonly<Record<string, number>>;

export const prefillSpeedSchema = z.record(z.string().regex(/^\d{1,2}$/), z.number().positive());

/** What the newest prompt counts beside all before it: one that was read while the machine was busy is soon forgotten. */
const newest = 0.4;
/** Shorter prompts say more about what a request costs at least. */
const fewestTokens = 48;
/** A prompt twice as long as the longest one known is taken to be read this much slower. */
const slowerByOctave = 0.9;

/** The speed with one more prompt. @param tokens computed, not taken from the cache @param seconds more than 0 */
export function withPrompt(speed: PrefillSpeed, tokens: number, seconds: number): PrefillSpeed {
  if (tokens < fewestTokens || seconds <= 0) return speed;
  const key = String(octave(tokens));
  const before = speed[key];
  const now = tokens / seconds;
  return { ...speed, [key]: before === undefined ? now : before * (1 - newest) + now * newest };
}

/** Seconds that a prompt of so many tokens takes; undefined: nothing is known. */
export function secondsToRead(speed: PrefillSpeed, tokens: number): number | undefined {
  const known = Object.entries(speed).map(([key, rate]) => ({ at: Number(key), rate }));
  const wanted = octave(tokens);
  const below = known.filter(({ at }) => at <= wanted).toSorted((a, b) => b.at - a.at)[0];
  const nearest = below ?? known.toSorted((a, b) => a.at - b.at)[0];
  if (!nearest) return undefined;
  return tokens / (nearest.rate * slowerByOctave ** Math.max(wanted - nearest.at, 0));
}

/** The most tokens, up to `most`, that are read within so many seconds; undefined: nothing is known. */
export function tokensWithin(speed: PrefillSpeed, seconds: number, most: number): number | undefined {
  if (secondsToRead(speed, 1) === undefined) return undefined;
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((secondsToRead(speed, middle) ?? Infinity) <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

function octave(tokens: number): number {
  return Math.ceil(Math.log2(Math.max(tokens, 1)));
}
