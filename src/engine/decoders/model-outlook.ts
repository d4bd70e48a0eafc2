/** What may be expected of each model on this machine before it is used: whether it fits into memory, and whether it may write. */
import { LongsightError } from '../../base/errors.ts';
import { type AdvisedModel, advise, hindranceOf, isBetter } from '../../models/advice.ts';
import { resolveModel } from '../../models/store.ts';
import type { StoreOptions } from '../../models/survey.ts';
import type { ModelListing, ModelOutlook, ReadingTestReport } from '../../protocol/models.ts';
import { freeMemory } from '../../runtime/memory/free-memory.ts';
import type { PrefillSpeed } from '../../runtime/probing/prefill-speed.ts';
import { defaultThreads } from '../../runtime/threads.ts';
import { secondsForQuestion } from './read-time.ts';
import type { Verdicts } from './decoder-keeper.ts';

/**
 * Billions of parameters. An expectation from what was measured: SmolLM2 135M and Qwen2.5-Coder 0.5B (12 of the first 16) fail the reading
 * test, Qwen2.5-Coder 1.5B passes it. In between nothing was measured.
 */
const expectedToFail = 0.6;
const expectedToPass = 1.4;
/** Bytes a parameter in four to five bits, for a model whose name does not say its size. */
const bytesAParameter = 0.62;
/** What licences that allow every use are called. */
const freeLicences = /^(apache|mit|bsd|isc)\b/i;

export interface OutlookOptions {
  readonly store: StoreOptions;
  readonly verdicts: Pick<Verdicts, 'read' | 'speed'>;
  /** As set by the user; null: as many as this machine has cores. */
  readonly threads: number | null;
  /** Bytes; left out: what can be taken now. */
  readonly freeMemory?: number;
}

/** The listings with the outlook of every decoder, and which of them to use, to get and to offer here. */
export async function withOutlook(
  listings: readonly ModelListing[],
  { store, verdicts, threads, freeMemory: given }: OutlookOptions,
): Promise<readonly ModelListing[]> {
  const available = given ?? (await freeMemory()).available;
  const decoders = listings.filter(({ kind, unsupported }) => kind === 'decoder' && unsupported === undefined);
  const found = new Map<string, Findings>();
  for (const listing of decoders)
    found.set(listing.id, listing.state === 'available' ? unknown : await findingsOn(listing.id, store, verdicts));
  const ran = decoders.flatMap((listing) => ({
    billions: billionsOf(listing),
    speed: (found.get(listing.id) ?? unknown).speed,
  }));
  const cores = threads ?? defaultThreads();
  const judged = decoders.map((listing): AdvisedModel => {
    const { readingTest, speed } = found.get(listing.id) ?? unknown;
    const billions = billionsOf(listing);
    return {
      ...{ id: listing.id, displayName: listing.displayName, size: listing.size, billions, readingTest },
      recommendedMemory: listing.recommendedMemory,
      hasFreeLicence: freeLicences.test(listing.licence),
      expected: expectation(listing),
      secondsToRead: secondsForQuestion({ billions, speed }, ran, cores),
    };
  });
  const advice = adviceOn(
    judged,
    new Set(decoders.filter(({ state }) => state !== 'available').map(({ id }) => id)),
    available,
  );
  return listings.map((listing) => {
    const model = judged.find(({ id }) => id === listing.id);
    if (!model) return listing;
    const advised = advice.get(listing.id);
    const hindrance = listing.state === 'available' ? hindranceOf(model, available, 'offer') : null;
    const outlook: ModelOutlook = {
      readingTest: model.readingTest,
      expected: model.expected,
      freeMemory: available,
      fits: listing.recommendedMemory <= available,
      secondsToRead: model.secondsToRead,
      ...(advised && { advice: advised }),
      ...(hindrance && { hindrance }),
    };
    return { ...listing, outlook };
  });
}

/** One to use of those that are here, or one to get where there is none, and one to offer that is better than either. */
function adviceOn(
  models: readonly AdvisedModel[],
  here: ReadonlySet<string>,
  freeMemory: number,
): ReadonlyMap<string, NonNullable<ModelOutlook['advice']>> {
  const advice = new Map<string, NonNullable<ModelOutlook['advice']>>();
  const own = models.filter(({ id }) => here.has(id));
  const others = models.filter(({ id }) => !here.has(id));
  const purpose = own.length > 0 ? 'use' : 'get';
  const first = advise(own.length > 0 ? own : others, freeMemory, purpose);
  if (first) advice.set(first.id, { purpose, because: first.because });
  const inUse = models.find(({ id }) => id === first?.id);
  const better = advise(
    others.filter((model) => model !== inUse && (!inUse || isBetter(model, inUse))),
    freeMemory,
    'offer',
  );
  if (better) advice.set(better.id, { purpose: 'offer', because: better.because });
  return advice;
}

interface Findings {
  readonly readingTest: ReadingTestReport | null;
  readonly speed: PrefillSpeed;
}

const unknown: Findings = { readingTest: null, speed: {} };

async function findingsOn(
  id: string,
  store: StoreOptions,
  verdicts: Pick<Verdicts, 'read' | 'speed'>,
): Promise<Findings> {
  try {
    const resolved = await resolveModel(id, store);
    if (!resolved) return unknown;
    const speed = (await verdicts.speed?.(resolved, 'cpu')) ?? {};
    return { readingTest: await verdicts.read(resolved), speed };
  } catch (error) {
    // A damaged model is listed all the same.
    if (error instanceof LongsightError) return unknown;
    throw error;
  }
}

/** Exported for its own tests. */
export function expectation(listing: Pick<ModelListing, 'displayName' | 'id' | 'size'>): ModelOutlook['expected'] {
  const billions = billionsOf(listing);
  if (billions <= expectedToFail) return 'quotes';
  return billions >= expectedToPass ? 'prose' : 'unknown';
}

function billionsOf({ displayName, id, size }: Pick<ModelListing, 'displayName' | 'id' | 'size'>): number {
  return billionsIn(displayName) ?? billionsIn(id) ?? size / bytesAParameter / 1e9;
}

/** The number of parameters as names say it: 135M, 1.5B. */
function billionsIn(name: string): number | null {
  const found = /(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/i.exec(name.replaceAll(/[-_:]/g, ' '));
  if (!found) return null;
  return Number(found[1]) / (found[2]?.toLowerCase() === 'm' ? 1000 : 1);
}
