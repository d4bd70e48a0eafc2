/** Which decoder a request gets, and how it is started: from what the user calls a model to a file that openDecoder takes. */
import { fault } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import type { HashedModel } from '../models/model-hash.ts';
import { resolveModel } from '../models/store.ts';
import type { ServerSettings } from '../protocol/engine.ts';
import type { ProviderChoice } from '../protocol/providers.ts';
import { isServerAddress } from '../protocol/server-address.ts';
import type { DecoderInfo } from '../runtime/decoder.ts';
import { openDecoder } from '../runtime/open-decoder.ts';
import type { DecoderChoice } from './decoder-host.ts';
import { chooseServer } from './server-choice.ts';

export interface DecoderChoiceOptions {
  readonly home: string;
  readonly threads: number | null;
  /** Left out: the processor. */
  readonly provider?: ProviderChoice;
  readonly logger: Logger;
  readonly offline: boolean;
  readonly server?: ServerSettings;
  /** Ends a start that is under way when the engine ends. */
  readonly signal: AbortSignal;
}

/** What a verdict is kept under. */
export type JudgedModel = HashedModel & { readonly id: string };

export interface ResolvedChoice extends DecoderChoice {
  /** The model that a verdict is about; null while that is not known: a server says it when it is asked. */
  readonly modelOf: (info: DecoderInfo | undefined) => JudgedModel | null;
}

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
    open: () =>
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
        () => undefined,
        options.signal,
      ),
  };
}
