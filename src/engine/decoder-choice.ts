/** Which decoder a request gets, and how it is started: from what the user calls a model to a file that openDecoder takes. */
import { fault } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import { type ResolvedModel, resolveModel } from '../models/store.ts';
import { openDecoder } from '../runtime/open-decoder.ts';
import type { DecoderChoice } from './decoder-host.ts';

export interface DecoderChoiceOptions {
  readonly home: string;
  readonly threads: number | null;
  readonly logger: Logger;
  /** Ends a start that is under way when the engine ends. */
  readonly signal: AbortSignal;
}

export interface ResolvedChoice extends DecoderChoice {
  readonly model: ResolvedModel;
}

/**
 * @param model a catalogue id, an id of the list, a path, or null for the best decoder on this machine
 * @returns null only for null, when there is none
 * @throws what resolveModel throws; LS2051 for a model that makes vectors, not text
 */
export async function chooseDecoder(
  model: string | null,
  options: DecoderChoiceOptions,
): Promise<ResolvedChoice | null> {
  const resolved = await resolveModel(model, { home: options.home, logger: options.logger });
  if (!resolved) return null;
  if (resolved.kind !== 'decoder') throw fault('LS2051', resolved.displayName);
  const { id, displayName, contextLength, weights, chatTemplate } = resolved;
  return {
    model: resolved,
    // Another number of threads needs another worker.
    key: `${weights} ${options.threads ?? 'auto'}`,
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
          ...(chatTemplate !== null && { chatTemplate }),
        },
        () => undefined,
        options.signal,
      ),
  };
}
