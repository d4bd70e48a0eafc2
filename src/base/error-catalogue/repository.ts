/** The errors 4xxx: the repository. */
import type { CatalogueEntry } from './entry.ts';

export const repositoryErrors = {
  LS4001: {
    message: 'There is no folder at {0}.',
    hint: {
      commandLine: 'Give an existing folder with --repository.',
      editor: 'Open an existing folder.',
    },
  },
  LS4002: {
    message: '{0} is a bare Git repository: no files are checked out in it.',
    hint: 'Clone it and ask in the clone, or add a worktree: git worktree add FOLDER.',
  },
} as const satisfies Record<`LS4${number}`, CatalogueEntry>;
