/** Decoders whose prompts are kept on disk, so that one that begins like an earlier one is read from where they part. */
import { english } from '../../base/speaker.ts';
import type { Logger } from '../../base/logging.ts';
import { prefixesFolder } from '../../models/home.ts';
import type { PrefixCacheStatus } from '../../protocol/status.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import { wrapped } from '../../runtime/wrapped-decoder.ts';
import { sizeOfSegments } from '../../runtime/prefix-cache/segment-folder.ts';

/** Bytes that prompts may take on disk unless the user says otherwise: 150,000 tokens of a 1.5B. */
const usualLimit = 2e9;

/** What of the settings says how much is kept. */
interface KeepingSettings {
  /** Bytes; 0: nothing is kept or taken up. */
  readonly prefixCache?: number;
}

export function keepingPrompts(
  decoder: Decoder,
  { prefixCache = usualLimit }: KeepingSettings,
  logger: Logger,
): Decoder {
  if (prefixCache === 0) return decoder;
  return wrapped(decoder, {
    decode: async (request, onEvent, signal) => {
      const result = await decoder.decode({ prefixCache: { limit: prefixCache }, ...request }, onEvent, signal);
      if (result.notKept) logger.warn({ reason: english.words(result.notKept) }, 'a prompt could not be kept');
      return result;
    },
  });
}

export async function prefixCacheStatus(
  home: string,
  { prefixCache = usualLimit }: KeepingSettings,
): Promise<PrefixCacheStatus> {
  return { bytes: await sizeOfSegments(prefixesFolder(home)), limit: prefixCache };
}
