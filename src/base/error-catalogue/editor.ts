/** The errors 8xxx: the editor. */
import type { CatalogueEntry } from './entry.ts';

export const editorErrors = {
  LS8001: {
    message: 'No folder is open.',
    hint: 'Open the folder of a repository; Longsight answers about the files in it.',
  },
  LS8002: {
    message: 'This window has only virtual folders.',
    hint: 'Longsight needs the files on the machine where it runs; open a folder of that machine.',
  },
  LS8003: {
    message: 'The engine is not running: {0}',
    hint: 'Start it with "Longsight: Restart Engine".',
  },
  LS8004: {
    message: 'There is no symbol or selection to explain: {0}.',
    hint: 'Put the cursor in a file of the repository and run the command again.',
  },
  LS8005: {
    message: 'The file cannot be opened: {0}.',
    hint: 'It may have been moved or deleted since it was read; ask again.',
  },
  LS8006: { message: 'The summary could not be saved: {0}.', hint: 'Choose another place and save again.' },
} as const satisfies Record<`LS8${number}`, CatalogueEntry>;
