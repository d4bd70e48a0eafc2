/** Getting models: one by its id, and on a new machine the default one that a command needs. */
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import type { ModelKind, ModelListing } from '../protocol/models.ts';
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

/** What a command does without, in words. */
const without = {
  decoder: 'Going on without: the answer is the evidence alone.',
  embedder: 'Going on without: search uses words and symbols.',
} as const;

/** Gets the default model of a kind when none is here, unless the user chose one or wants no network; a failure is told and gone past. */
export async function getDefaultModel(session: Session, kind: ModelKind): Promise<void> {
  const { engine, parameters } = session;
  const { settings } = parameters;
  if (kind === 'decoder' && settings.model !== null) return;
  const listings = (await engine.listModels()).filter((listing) => listing.kind === kind);
  const wanted = listings.find(({ isDefault }) => isDefault);
  if (!wanted || listings.some(({ state }) => state === 'installed')) return;
  if (settings.offline) {
    note(
      `There is no ${kind} on this machine, and LONGSIGHT_OFFLINE forbids getting ${wanted.displayName}. ${without[kind]}`,
    );
    return;
  }
  note(`Getting the ${kind} ${wanted.displayName}, ${formatBytes(wanted.size)}, once for this machine…`);
  try {
    await getModel(session, wanted.id);
  } catch (error) {
    if (isCancelled(error)) throw error;
    const { code, message, hint } = toUserError(error);
    note(`${code}: ${message} ${hint}\n${without[kind]}`);
  }
}
