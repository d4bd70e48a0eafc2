/** A decoder that says of itself what was found out about it on this machine, and adds to that with every prompt it reads. */
import type { Decoder } from '../../runtime/decoder.ts';
import type { PrefillSpeed } from '../../runtime/probing/prefill-speed.ts';
import { wrapped } from '../../runtime/wrapped-decoder.ts';

export interface DecoderFindings {
  /** Tokens of the longest prompt that the last probe showed to work; null: there was none. */
  readonly effectiveWindow: number | null;
  /** As it is known now. */
  readonly speed: () => PrefillSpeed;
  /** A prompt was read. @param tokens computed, not taken from the cache */
  readonly onPrompt: (tokens: number, seconds: number) => void;
}

/** A prompt of which more than this share came from the cache says little about its length. */
const mostReused = 0.25;
/** The first prompt of a decoder pays for what is loaded when it is first needed. */
const warm = new WeakSet<Decoder>();

export function withFindings(decoder: Decoder, { effectiveWindow, speed, onPrompt }: DecoderFindings): Decoder {
  return wrapped(decoder, {
    info: () => ({ ...decoder.info, prefillSpeed: speed(), ...(effectiveWindow !== null && { effectiveWindow }) }),
    decode: async (request, onEvent, signal) => {
      const result = await decoder.decode(request, onEvent, signal);
      const { prefillTokens, reusedTokens, timings } = result;
      if (warm.has(decoder) && reusedTokens <= mostReused * (prefillTokens + reusedTokens))
        onPrompt(prefillTokens, timings.prefillMs / 1000);
      warm.add(decoder);
      return result;
    },
  });
}
