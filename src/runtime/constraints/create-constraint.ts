/** From the constraint of a request to its state over one output. */
import { fault } from '../../base/errors.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { Constraint } from '../decoder.ts';
import type { ConstraintState } from './constraint.ts';

/** @throws LS3005 for a kind of constraint that is not known */
export function createConstraint({ kind }: Constraint, tokenizer: Tokenizer): ConstraintState {
  throw fault('LS3005', `the constraint "${kind}" over ${String(tokenizer.vocabularySize)} tokens`);
}
