/** Catalogue entries for tests of the store: a decoder of one made-up file, from whatever sources a test wants. */
import type { CatalogueEntry, CatalogueFile, CatalogueSource } from '../../src/models/catalogue.ts';

export function entryOf(file: Partial<CatalogueFile>, ...sources: readonly CatalogueSource[]): CatalogueEntry {
  return {
    id: 'tiny',
    displayName: 'Tiny',
    kind: 'decoder',
    default: false,
    sources: [...sources],
    files: [{ name: 'tiny.gguf', size: 1, sizeIsApproximate: true, sha256: null, ...file }],
    licence: { name: 'MIT', url: 'https://example.org/licence' },
    architecture: 'llama',
    chatTemplate: null,
    contextLength: 64,
    recommendedMemory: 1,
    note: 'For tests.',
  };
}

export const hubSource: CatalogueSource = {
  kind: 'huggingface',
  repository: 'someone/tiny',
  revision: 'main',
  members: { 'tiny.gguf': 'tiny.gguf' },
};
