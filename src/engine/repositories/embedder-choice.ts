/** The embedder of this machine, when there is one: its absence is no fault, for search is whole without vectors. */
import { LongsightError } from '../../base/errors.ts';
import type { Embedder } from '../../runtime/embedding/embedder.ts';
import { type OpenEmbedderOptions, openEmbedder } from '../../runtime/embedding/open-embedder.ts';

/**
 * Null when no embedder was got yet.
 * @throws what openEmbedder throws for one that is here and cannot be used
 */
export async function openInstalledEmbedder(options: OpenEmbedderOptions): Promise<Embedder | null> {
  try {
    return await openEmbedder(options);
  } catch (error) {
    if (error instanceof LongsightError && error.userError.code === 'LS2001') return null;
    throw error;
  }
}
