/** How long a model takes to read a question with its sources on this machine: by its own runs, by those of another, or by the processor. */
import { type PrefillSpeed, secondsToRead } from '../../runtime/probing/prefill-speed.ts';

/** Tokens of a prompt with its sources, as questions mostly have. */
const normalTokens = 1500;
/**
 * Billions of parameters times tokens that one core reads a second: Qwen2.5-Coder 0.5B and 1.5B took 20.6 and 58 ms a token on one
 * thread of an AVX2 server (`node test/bench/long-context.ts`), which is 24 and 27.
 */
const workOfACore = 24;
/** More cores are seldom used in full. */
const mostCores = 8;

export interface ReadingModel {
  readonly billions: number;
  /** Empty: it has not run here. */
  readonly speed: PrefillSpeed;
}

/** @param others whatever was measured here, for its speed a parameter @param cores that compute */
export function secondsForQuestion(
  { billions, speed }: ReadingModel,
  others: readonly ReadingModel[],
  cores: number,
): number {
  const own = secondsToRead(speed, normalTokens);
  if (own !== undefined) return own;
  const scaled = others.flatMap((other) => {
    const seconds = secondsToRead(other.speed, normalTokens);
    return seconds === undefined ? [] : [{ seconds: (seconds / other.billions) * billions, other: other.billions }];
  });
  // Of the measured ones that of the nearest size: small models spend more of their time beside the products.
  const [nearest] = scaled.toSorted(
    (a, b) => Math.abs(Math.log(a.other / billions)) - Math.abs(Math.log(b.other / billions)),
  );
  return nearest?.seconds ?? (normalTokens * billions) / (workOfACore * Math.min(Math.max(cores, 1), mostCores));
}
