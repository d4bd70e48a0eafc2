/** The errors 5xxx: the index. */
import type { CatalogueEntry } from './entry.ts';

export const indexErrors = {
  LS5001: {
    message: 'The index cannot be written: {0}.',
    hint: {
      commandLine: 'Make the folder writable, or set LONGSIGHT_HOME to one that is.',
      editor: 'Make the folder writable, or set the setting "longsight.dataFolder" to one that is.',
    },
  },
  LS5002: {
    message: 'The disk is full: {0} could not be written.',
    hint: 'Free some space and try again; what was indexed before is kept.',
  },
  LS5003: {
    message: 'The index is damaged: {0}.',
    hint: {
      commandLine: 'Run "longsight index": the damaged file is moved aside and the index is built again.',
      editor: 'Run "Longsight: Rebuild Index": the damaged file is moved aside and the index is built again.',
    },
  },
  LS5004: {
    message: 'Another program’s database is where the index should be: {0}.',
    hint: {
      commandLine: 'Move that file away, or set LONGSIGHT_HOME to another folder.',
      editor: 'Move that file away, or set the setting "longsight.dataFolder" to another folder.',
    },
  },
  LS5005: {
    message: 'Another process keeps the index locked: {0}.',
    hint: 'Wait until it has finished, or end it, and try again.',
  },
  LS5006: {
    message: 'The disk cannot be read or written: {0}.',
    hint: {
      commandLine: 'Check the disk, or set LONGSIGHT_HOME to a folder on another one.',
      editor: 'Check the disk, or set the setting "longsight.dataFolder" to a folder on another one.',
    },
  },
} as const satisfies Record<`LS5${number}`, CatalogueEntry>;
