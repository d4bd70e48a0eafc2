/** The relations that the index and the lines that were read tell: by names in bodies, their order, their branches, their heads. */
import type { IndexReader } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import { isBasedOn } from './bases.ts';
import { createBodies } from './bodies.ts';
import { hasStatus, isAssigned } from './constants.ts';
import { comesBefore } from './orders.ts';
import { happensWhere, happensWhereCompared } from './outcomes.ts';
import type { Relations } from './relations.ts';
import { isDeclared, isOptional } from './declarations.ts';
import { returns } from './returned.ts';
import { fails, uses, usesItself } from './uses.ts';
import { hasDefault, hasValue, isDefinedIn, isUsedTimes } from './values.ts';

export function createIndexRelations(reader: IndexReader, sources: readonly LineRange[]): Relations {
  const bodies = createBodies(reader, sources);
  return {
    uses: (user, used, how) => uses(bodies, user, used, how),
    usesItself: (user, used, how) => usesItself(bodies, user, used, how),
    fails: (subject, how) => fails(bodies, subject, how),
    returns: (subject, value) => returns(bodies, subject, value),
    isDeclared: (subject, as) => isDeclared(reader, bodies, subject, as),
    isOptional: (owner, parameter) => isOptional(bodies, owner, parameter),
    comesBefore: (first, second, all) => comesBefore(bodies, first, second, all),
    happensWhere: (subject, states, then, all) => happensWhere(bodies, subject, states, then, all),
    happensWhereCompared: (comparison, then, all) => happensWhereCompared(bodies, comparison, then, all),
    isBasedOn: (type, base) => isBasedOn(reader, type, base),
    isDefinedIn: (subject, path) => isDefinedIn(reader, subject, path),
    isUsedTimes: (subject, count, within) => isUsedTimes(reader, bodies, subject, count, within),
    hasDefault: (owner, parameter, value) => hasDefault(bodies, owner, parameter, value),
    hasStatus: (subject, code) => hasStatus(bodies, subject, code),
    isAssigned: (user, target, value) => isAssigned(bodies, user, target, value),
    hasValue: (subject, value) => hasValue(reader, sources, subject, value),
  };
}
