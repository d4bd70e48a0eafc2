/** The decoder that answers when the user chose none: the best of those on this machine, the same one until what is here or what is known changes. */
import { listModels } from '../../models/store.ts';
import { freeMemory } from '../../runtime/memory/free-memory.ts';
import { type OutlookOptions, withOutlook } from './model-outlook.ts';

export class BestInstalled {
  #last: { readonly among: string; readonly id: string | null } | undefined;

  /** Its id; null when there is none. */
  async id(options: OutlookOptions): Promise<string | null> {
    const installed = (await listModels(options.store)).filter(
      ({ kind, state }) => kind === 'decoder' && state === 'installed',
    );
    // What is free now is less than what there will be: the decoder in use lies in memory itself.
    const { total } = await freeMemory();
    const listings = await withOutlook(installed, { ...options, freeMemory: total });
    const among = JSON.stringify(listings.map(({ id, outlook }) => [id, outlook?.readingTest?.passed]));
    // Speeds change with every answer; who answers does not.
    if (this.#last?.among !== among) {
      const best = listings.find(({ outlook }) => outlook?.advice?.purpose === 'use');
      this.#last = { among, id: best?.id ?? null };
    }
    return this.#last.id;
  }
}
