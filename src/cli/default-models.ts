/** The first question on a new machine: gets the default models, says so, and goes on without them when they cannot be had. */
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import type { ModelListing } from '../protocol/models.ts';
import { formatBytes, note } from './output.ts';
import type { Session } from './session.ts';

/** Gets one model, with progress; the rejection names why every source failed. */
export async function getModel({ engine, progress, signal }: Session, id: string): Promise<ModelListing> {
  try {
    return await engine.getModel(
      id,
      ({ source, phase, done, total }) => {
        progress.update(`${id}: ${phase} (${source})${total === null ? ` ${formatBytes(done)}` : ''}`, done, total);
      },
      signal,
    );
  } finally {
    progress.clear();
  }
}

/** Gets what is missing of the default decoder and embedder, unless the user chose a decoder or the engine must stay offline. */
export async function getDefaultModels(session: Session): Promise<void> {
  const { engine, parameters } = session;
  const listings = await engine.listModels();
  const missing = listings.filter(
    ({ kind, isDefault, state }) =>
      isDefault &&
      state === 'available' &&
      // A decoder that was named or is already here makes the default one needless.
      (kind !== 'decoder' ||
        (parameters.settings.model === null &&
          !listings.some((other) => other.kind === 'decoder' && other.state !== 'available'))),
  );
  for (const { id, kind, displayName, size } of missing) {
    if (parameters.settings.offline) {
      note(`There is no ${kind} on this machine, and LONGSIGHT_OFFLINE forbids getting ${displayName}.`);
      continue;
    }
    note(`Getting the ${kind} ${displayName}, ${formatBytes(size)}, once for this machine…`);
    try {
      await getModel(session, id);
    } catch (error) {
      if (isCancelled(error)) throw error;
      const { code, message, hint } = toUserError(error);
      note(`${code}: ${message} ${hint}`);
      note(
        kind === 'decoder'
          ? 'Going on without: the answer is the evidence alone.'
          : 'Going on without: search uses words and symbols.',
      );
    }
  }
}
