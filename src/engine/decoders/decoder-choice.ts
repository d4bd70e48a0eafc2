/** Which decoder a request gets, and how it is started: from what the user calls a model to a file that openDecoder takes. */
import { fault } from '../../base/errors.ts';
import { resolveModel } from '../../models/store.ts';
import { isServerAddress } from '../../protocol/server-address.ts';
import { openDecoder } from '../../runtime/open-decoder.ts';
import type { DecoderChoiceOptions, ResolvedChoice } from './resolved-choice.ts';
import { chooseServer } from './server-choice.ts';

/**
 * @param model a catalogue id, an id of the list, a path, a server's address, or null for the best decoder on this machine
 * @returns null only for null, when there is none
 * @throws what resolveModel throws; LS3216 for a wrong address; LS2051 for a model that makes vectors, not text
 */
export async function chooseDecoder(
  model: string | null,
  options: DecoderChoiceOptions,
): Promise<ResolvedChoice | null> {
  if (model !== null && isServerAddress(model)) return chooseServer(model, options);
  const resolved = await resolveModel(model, { home: options.home, logger: options.logger });
  if (!resolved) return null;
  if (resolved.kind !== 'decoder') throw fault('LS2051', resolved.displayName);
  const { id, displayName, contextLength, weights, chatTemplate } = resolved;
  return {
    modelOf: () => resolved,
    // Another number of threads, or another provider, needs another worker.
    key: `${weights} ${options.threads ?? 'auto'} ${options.provider ?? 'cpu'}`,
    id,
    displayName,
    contextLength,
    open: (onProgress = () => undefined) =>
      openDecoder(
        {
          file: weights,
          id,
          displayName,
          home: options.home,
          threads: options.threads,
          logger: options.logger,
          ...(options.provider && { provider: options.provider }),
          ...(chatTemplate !== null && { chatTemplate }),
        },
        onProgress,
        options.signal,
      ),
  };
}
