/** Holds a sentence against the relations of the code: what it claims of them is supported, contradicted or not known. */
import type { Known } from './relations/known.ts';
import type { Relations } from './relations/relations.ts';
import type { Claim } from './statements/claim.ts';
import { claimsOf } from './statements/claims.ts';

export interface StatementCheck {
  /** Claims that the code shows. */
  readonly supported: readonly Claim[];
  /** Claims that the code shows to be wrong. */
  readonly contradicted: readonly Claim[];
}

export function checkStatement(sentence: string, relations: Relations): StatementCheck {
  const judged = claimsOf(sentence).map((claim) => ({ claim, known: judge(claim, relations) }));
  const supported = judged.filter(({ known }) => known === 'yes').map(({ claim }) => claim);
  return { supported, contradicted: judged.filter(({ known }) => known === 'no').map(({ claim }) => claim) };
}

function judge(claim: Claim, relations: Relations): Known {
  switch (claim.kind) {
    case 'uses':
      if (claim.negated) return opposite(relations.usesItself(claim.user, claim.used, claim.how));
      return relations.uses(claim.user, claim.used, claim.how);
    case 'neverFails':
      return opposite(relations.fails(claim.subject, claim.how));
    case 'returns':
      return relations.returns(claim.subject, claim.value);
    case 'declared':
      return claim.negated
        ? opposite(relations.isDeclared(claim.subject, claim.as))
        : relations.isDeclared(claim.subject, claim.as);
    case 'optional':
      return claim.negated
        ? opposite(relations.isOptional(claim.owner, claim.parameter))
        : relations.isOptional(claim.owner, claim.parameter);
    case 'order':
      return relations.comesBefore(claim.first, claim.second, claim.all);
    case 'condition':
      return relations.happensWhere(claim.subject, claim.states, claim.then, claim.all);
    case 'comparison':
      return relations.happensWhereCompared(claim.comparison, claim.then, claim.all);
    case 'base':
      return relations.isBasedOn(claim.type, claim.base);
    case 'place':
      return relations.isDefinedIn(claim.subject, claim.path);
    case 'count':
      return relations.isUsedTimes(claim.subject, claim.count, claim.within);
    case 'default':
      return relations.hasDefault(claim.owner, claim.parameter, claim.value);
    case 'status':
      return relations.hasStatus(claim.subject, claim.code);
    case 'assigned':
      return relations.isAssigned(claim.user, claim.target, claim.value);
    case 'value':
      return relations.hasValue(claim.subject, claim.value);
  }
}

function opposite(known: Known): Known {
  return known === 'yes' ? 'no' : known === 'no' ? 'yes' : 'unknown';
}
