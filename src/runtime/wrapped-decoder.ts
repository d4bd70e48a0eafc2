/** A decoder of which some of what it does is done otherwise; all else is the decoder's own, as it changes. */
import type { Decoder, DecoderInfo } from './decoder.ts';
import type { ReuseVerdict } from './reuse/reuse-verdict.ts';

interface Changes extends Partial<Pick<Decoder, 'decode' | 'perplexity' | 'tryReuse' | 'dispose'>> {
  /** Asked each time: what is known of a decoder grows. */
  readonly info?: () => DecoderInfo;
}

export function wrapped(decoder: Decoder, { info, ...changes }: Changes): Decoder {
  return {
    get info() {
      return info ? info() : decoder.info;
    },
    countTokens: (text) => decoder.countTokens(text),
    countChatTokens: (messages) => decoder.countChatTokens(messages),
    ...(decoder.settleCounts && {
      settleCounts: (signal: AbortSignal) => decoder.settleCounts?.(signal) ?? Promise.resolve(false),
    }),
    ...(decoder.tryReuse && {
      tryReuse: (onProgress: (done: number, total: number) => void, signal: AbortSignal) =>
        reuseOf(decoder, onProgress, signal),
    }),
    tokenize: (text) => decoder.tokenize(text),
    decode: (request, onEvent, signal) => decoder.decode(request, onEvent, signal),
    perplexity: (request, onProgress, signal) => decoder.perplexity(request, onProgress, signal),
    dispose: () => decoder.dispose(),
    ...changes,
  };
}

/** @throws TypeError where the decoder has nothing to try; else as {@link Decoder.tryReuse} */
export function reuseOf(
  decoder: Decoder,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReuseVerdict> {
  if (!decoder.tryReuse) throw new TypeError('This decoder has nothing to try');
  return decoder.tryReuse(onProgress, signal);
}
