/**
 * The one catalogue of what can go wrong for a user, as data: a number, a sentence on what happened, and what to do in the
 * words of each client. `{0}` is filled with the error's first value.
 *
 * Numbers never change: 1xxx the command line and settings, 2xxx models, 3xxx the decoder and embedder, 4xxx the repository,
 * 5xxx the index, 6xxx search and answers, 7xxx the engine process, 8xxx the editor.
 */
import { answerErrors } from './answers.ts';
import { decoderErrors } from './decoder.ts';
import { editorErrors } from './editor.ts';
import { engineErrors } from './engine.ts';
import { indexErrors } from './index.ts';
import { modelErrors } from './models.ts';
import { repositoryErrors } from './repository.ts';
import { usageErrors } from './usage.ts';

export const catalogue = {
  ...usageErrors,
  ...modelErrors,
  ...decoderErrors,
  ...repositoryErrors,
  ...indexErrors,
  ...answerErrors,
  ...engineErrors,
  ...editorErrors,
} as const;

export type ErrorCode = keyof typeof catalogue;
