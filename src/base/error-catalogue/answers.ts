/** The errors 6xxx: search and answers. */
import type { CatalogueEntry } from './entry.ts';

export const answerErrors = {
  LS6011: {
    message: 'There is no question.',
    hint: {
      commandLine: 'Ask something, for instance: longsight ask "How are routes registered?"',
      editor: 'Ask something, for instance: How are routes registered?',
    },
  },
  LS6012: {
    message: 'The question is too long: {0}.',
    hint: 'Ask in fewer words; to ask about a text, put it into a file of the repository.',
  },
  LS6013: {
    message: 'Unknown reading strategy: {0}.',
    hint: {
      commandLine: 'Leave --strategy out to have the best one chosen.',
      editor: 'Leave the strategy out to have the best one chosen.',
    },
  },
  LS6014: {
    message: '"{0}" is not in the index.',
    hint: {
      commandLine: 'Run "longsight why PATH" for the reason, or "longsight index" to bring the index up to date.',
      editor: 'Run "Longsight: Why Is This File Indexed or Not?" for the reason.',
    },
  },
  LS6015: {
    message: 'There are no such lines: {0}.',
    hint: {
      commandLine: 'Lines count from 1; give PATH:LINE or PATH:LINE-LINE within the file.',
      editor: 'Save the file, wait until it is indexed, and run the command again.',
    },
  },
  LS6016: {
    message: 'Nothing under "{0}" is in the index.',
    hint: {
      commandLine: 'Give a folder relative to the repository, or run "longsight index".',
      editor: 'Choose another folder, or run "Longsight: Show Skipped Files…" for the reasons.',
    },
  },
  LS6017: {
    message: 'Changes since "{0}" cannot be listed.',
    hint: 'Give a commit, tag or branch of this Git repository.',
  },
  LS6018: {
    message: 'No question can be made from "{0}".',
    hint: 'There are neither documentation comments nor commits that say in a sentence what they are for.',
  },
} as const satisfies Record<`LS6${number}`, CatalogueEntry>;
