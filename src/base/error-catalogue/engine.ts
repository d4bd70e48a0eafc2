/** The errors 7xxx: the engine process. */
import type { CatalogueEntry } from './entry.ts';

export const engineErrors = {
  LS7001: {
    message: 'The engine stopped working: {0}',
    hint: 'It is started again with the next request. If it keeps stopping, see the log.',
  },
  LS7002: {
    message: 'The engine and its client have different versions: {0}.',
    hint: 'Update both to the same version of Longsight and reload the window.',
  },
  LS7003: {
    message: 'The engine was asked for "{0}" before it was started.',
    hint: 'Reload the window; if it happens again, see the log.',
  },
  LS7004: {
    message: 'The engine received a request that it cannot read: {0}.',
    hint: 'Update both to the same version of Longsight and reload the window.',
  },
} as const satisfies Record<`LS7${number}`, CatalogueEntry>;
