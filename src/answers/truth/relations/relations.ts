/**
 * What is known of how the parts of the code hang together, as the check of a sentence asks it. Answered today from the index and
 * the lines that were read (index-relations.ts); a graph of the repository can answer the same questions.
 */
import type { Comparison, ConditionSubject, Declared, UseKind } from '../statements/claim.ts';
import type { Consequence } from '../statements/consequences.ts';
import type { Mention } from '../statements/mentions.ts';
import type { States } from '../statements/states.ts';
import type { Known } from './known.ts';

export interface Relations {
  /** Whether the body of one has the other, itself or through what it calls. */
  uses(user: Mention, used: Mention, how: UseKind): Known;
  /** Whether its own lines do it; `no` is never said. */
  usesItself(user: Mention, used: Mention, how: UseKind): Known;
  /** Whether its own lines let an error out; `no` is never said. */
  fails(subject: Mention, how: 'raise' | 'return'): Known;
  /** Whether what it returns is, or is made of, what is named. */
  returns(subject: Mention, value: Mention): Known;
  isDeclared(subject: Mention, as: Declared): Known;
  /** Whether a parameter of the owner may be left out. */
  isOptional(owner: Mention, parameter: Mention): Known;
  /** Whether what some mentions name comes before what others name, in a body that has both. */
  comesBefore(first: readonly Mention[], second: readonly Mention[], all: readonly Mention[]): Known;
  /** Whether things happen, and do not, where a value is in one of some states. */
  happensWhere(subject: ConditionSubject, states: States, then: readonly Consequence[], all: readonly Mention[]): Known;
  /** Whether they do where a comparison holds. */
  happensWhereCompared(comparison: Comparison, then: readonly Consequence[], all: readonly Mention[]): Known;
  /** Whether a type has another one among its bases, however far up. */
  isBasedOn(type: Mention, base: Mention): Known;
  isDefinedIn(subject: Mention, path: string): Known;
  /** Whether so many definitions, or places of `within`, use it. */
  isUsedTimes(subject: Mention, count: number, within: Mention | null): Known;
  hasDefault(owner: Mention, parameter: Mention, value: string): Known;
  /** Whether it, or what it calls, has this HTTP status; `no`: it has others. */
  hasStatus(subject: Mention, code: string): Known;
  /** Whether the user, or what was read, sets a name to this literal; `no`: it sets it to others alone. */
  isAssigned(user: Mention | null, target: Mention, value: string): Known;
  /** Whether a line that names it has the number. */
  hasValue(subject: Mention, value: string): Known;
}
