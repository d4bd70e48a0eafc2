/** From the constraint of a request to its state over one output. */
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { Constraint } from '../decoder.ts';
import type { ConstraintState } from './constraint.ts';
import { QuoteConstraint } from './quote.ts';

export function createConstraint(constraint: Constraint, tokenizer: Tokenizer): ConstraintState {
  return new QuoteConstraint(constraint, tokenizer);
}
