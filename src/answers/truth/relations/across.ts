/** The relations of several repositories: what one of them shows holds; nothing is denied that another may show. */
import type { IndexReader } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import type { Mention } from '../statements/mentions.ts';
import { createIndexRelations } from './index-relations.ts';
import type { Known } from './known.ts';
import type { Relations } from './relations.ts';

interface ReadRepository {
  readonly reader: IndexReader;
  /** What was read of it. */
  readonly sources: readonly LineRange[];
}

export function createRelationsAcross(repositories: readonly ReadRepository[]): Relations {
  const parts = repositories.map(({ reader, sources }) => ({
    relations: createIndexRelations(reader, sources),
    /** Whether a name can mean anything of this repository. */
    knows: ({ name }: Mention): boolean => name !== null && reader.definitions(name).length > 0,
  }));
  const [only, ...others] = parts;
  if (only && others.length === 0) return only.relations;

  const ask = (mentions: readonly Mention[], of: (relations: Relations) => Known): Known => {
    // A name that two repositories define may mean either: both must say so.
    const verdicts = parts.filter(({ knows }) => mentions.some(knows)).map(({ relations }) => of(relations));
    if (verdicts.includes('yes')) return 'yes';
    return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'no') ? 'no' : 'unknown';
  };
  return {
    uses: (user, used, how) => ask([user], (one) => one.uses(user, used, how)),
    usesItself: (user, used, how) => {
      // "Does not" is contradicted by what is there, where the name is one repository's alone.
      const known = parts.filter(({ knows }) => knows(user));
      return known.length === 1 ? ask([user], (one) => one.usesItself(user, used, how)) : 'unknown';
    },
    fails: (subject, how) => {
      const known = parts.filter(({ knows }) => knows(subject));
      return known.length === 1 ? ask([subject], (one) => one.fails(subject, how)) : 'unknown';
    },
    returns: (subject, value) => ask([subject], (one) => one.returns(subject, value)),
    isDeclared: (subject, as) => ask([subject], (one) => one.isDeclared(subject, as)),
    isOptional: (owner, parameter) => ask([owner], (one) => one.isOptional(owner, parameter)),
    comesBefore: (first, second, all) => ask(all, (one) => one.comesBefore(first, second, all)),
    happensWhere: (subject, states, then, all) => ask(all, (one) => one.happensWhere(subject, states, then, all)),
    happensWhereCompared: (comparison, then, all) => ask(all, (one) => one.happensWhereCompared(comparison, then, all)),
    isBasedOn: (type, base) => ask([type], (one) => one.isBasedOn(type, base)),
    isDefinedIn: (subject, path) => ask([subject], (one) => one.isDefinedIn(subject, path)),
    isUsedTimes: (subject, count, within) => ask([subject], (one) => one.isUsedTimes(subject, count, within)),
    hasDefault: (owner, parameter, value) => ask([owner], (one) => one.hasDefault(owner, parameter, value)),
    hasStatus: (subject, code) => ask([subject], (one) => one.hasStatus(subject, code)),
    isAssigned: (user, target, value) => ask([user ?? target], (one) => one.isAssigned(user, target, value)),
    hasValue: (subject, value) => ask([subject], (one) => one.hasValue(subject, value)),
  };
}
