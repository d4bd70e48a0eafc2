/** An answer that never came, because the model thought until its tokens ran out or stopped after thinking. */
import { say } from '../../base/sentences.ts';
import { type UserError, fault } from '../../base/errors.ts';
import type { DecodeResult } from '../decoder.ts';

/** @returns what to tell the user (LS3011); null when there is an answer, or no thought either */
export function onlyThoughts({
  text,
  thoughts,
  tokenIds,
  decodeTokens = tokenIds.length,
}: Pick<DecodeResult, 'text' | 'thoughts' | 'tokenIds' | 'decodeTokens'>): UserError | null {
  if (thoughts === undefined || text.trim() !== '') return null;
  return fault('LS3011', say('all of its {0} tokens are thoughts', decodeTokens)).userError;
}
