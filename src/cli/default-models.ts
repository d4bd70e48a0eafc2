/** Getting models: one by its id, and on a new machine the default one that a command needs. */
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import type { ModelKind, ModelListing } from '../protocol/models.ts';
import { formatBytes, note, printError, words } from './output.ts';
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
  decoder: 'Continuing without it: the answer is the evidence alone.',
  embedder: 'Continuing without it: search uses words and symbols.',
} as const;

/** Gets the default model of a kind when none is here, unless the user chose one or wants no network; a failure is told and gone past. */
export async function getDefaultModel(session: Session, kind: ModelKind): Promise<void> {
  const { engine, parameters } = session;
  const { settings } = parameters;
  if (kind === 'decoder' && settings.model !== null) return;
  const listings = (await engine.listModels()).filter((listing) => listing.kind === kind);
  // For a decoder the one that suits this machine; the catalogue's own default is for machines that run no other.
  const wanted =
    listings.find(({ outlook }) => outlook?.advice?.purpose === 'get') ?? listings.find(({ isDefault }) => isDefault);
  if (!wanted || listings.some(({ state }) => state === 'installed')) return;
  if (settings.offline) {
    note(
      `There is no ${kind} on this machine, and LONGSIGHT_OFFLINE forbids downloading ${wanted.displayName}. ${without[kind]}`,
    );
    return;
  }
  const because = wanted.outlook?.advice ? ` ${words(wanted.outlook.advice.because)}` : '';
  note(`Downloading the ${kind} ${wanted.displayName}, ${formatBytes(wanted.size)}, once for this machine…${because}`);
  try {
    await getModel(session, wanted.id);
  } catch (error) {
    if (isCancelled(error)) throw error;
    printError(toUserError(error), false);
    note(without[kind]);
  }
}
