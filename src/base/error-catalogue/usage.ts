/** The errors 1xxx: the command line, files and settings. */
import type { CatalogueEntry } from './entry.ts';

export const usageErrors = {
  LS1000: {
    message: 'Unexpected error: {0}',
    hint: {
      commandLine: 'Run again with LONGSIGHT_LOG=debug and report the log.',
      editor: 'Run "Longsight: Show Log" and report what it says.',
    },
  },
  LS1001: {
    message: 'This version of Node is too old: {0}.',
    hint: 'Longsight needs Node 22.16 or later; in a checkout use "npm run longsight --", which brings its own.',
  },
  LS1002: {
    message: 'Wrong usage: {0}.',
    hint: { commandLine: 'See --help for what is accepted.', editor: 'Correct the value and run the command again.' },
  },
  LS1003: {
    message: 'The file {0} cannot be read.',
    hint: 'Check that the file exists and that you have permission to read it.',
  },
  LS1004: {
    message: 'The file {0} cannot be written.',
    hint: 'Check that the folder exists, that you have permission to write in it, and that the disk has room.',
  },
  LS1005: {
    message: 'Standard output cannot be written: {0}.',
    hint: 'Check the disk it goes to, or the program that reads it.',
  },
  LS1006: {
    message: 'The decoder to compare with is not installed: {0}.',
    hint: 'Run again with --install-peer, which installs it with npm into the cache folder; it does not become part of Longsight.',
  },
} as const satisfies Record<`LS1${number}`, CatalogueEntry>;
