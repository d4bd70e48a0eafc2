/** From the constraint of a request to its state over one output. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { Constraint } from '../decoder.ts';
import { ByteLanguage, mostExpressions, nothing } from './byte-language.ts';
import type { ConstraintState } from './constraint.ts';
import { jsonSchema } from './json-schema.ts';
import { LanguageConstraint, type WrittenLanguage, writtenLanguage } from './language-constraint.ts';
import { QuoteConstraint } from './quote.ts';
import { regularExpression } from './regular-expression.ts';
import { trieOf } from './token-trie.ts';

type LanguageOf = Exclude<Constraint, { kind: 'quote' }>;

/** Languages kept for the requests to come: what they found out about their states is worth more than the memory. */
const mostKept = 4;
const kept = new WeakMap<Tokenizer, Map<string, WrittenLanguage>>();

/** @throws LS3031 for a regular expression, LS3032 for a schema that cannot be held to */
export function createConstraint(constraint: Constraint, tokenizer: Tokenizer): ConstraintState {
  if (constraint.kind === 'quote') return new QuoteConstraint(constraint, tokenizer);
  const ours = kept.get(tokenizer) ?? new Map<string, WrittenLanguage>();
  kept.set(tokenizer, ours);
  const key = JSON.stringify(constraint);
  const known = ours.get(key);
  const written = known && known.language.size < mostExpressions / 2 ? known : compiled(constraint, tokenizer);
  ours.delete(key);
  ours.set(key, written);
  const [oldest] = ours.keys();
  if (ours.size > mostKept && oldest !== undefined) ours.delete(oldest);
  return new LanguageConstraint(written, tokenizer);
}

function compiled(constraint: LanguageOf, tokenizer: Tokenizer): WrittenLanguage {
  const language = new ByteLanguage(trieOf(tokenizer).hasByte);
  if (constraint.kind === 'json-schema')
    return writtenLanguage(language, jsonSchema(language, constraint.schema), tokenizer);
  const start = language.finished(regularExpression(language, constraint.pattern));
  if (start === null || start === nothing) throw fault('LS3031', say('no text matches it'));
  return writtenLanguage(language, start, tokenizer);
}
