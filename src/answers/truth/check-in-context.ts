/** Holds the sentences of an answer against the relations of the code one after the other: a pronoun means what the ones before were about. */
import { type StatementCheck, checkStatement } from './check-statement.ts';
import type { Relations } from './relations/relations.ts';
import { type Antecedents, createAntecedents } from './statements/antecedents.ts';

export interface ContextCheck extends Pick<Antecedents, 'remember'> {
  check(sentence: string): StatementCheck;
  /** The sentence with the name that its subject stands for; itself where it names it; null: what it speaks of has no name. */
  named(sentence: string): string | null;
}

/**
 * @param relations null: nothing is known of the code
 * @param asked names in the question that the repository has
 */
export function createContextCheck(relations: Relations | null, asked: readonly string[] = []): ContextCheck {
  const antecedents = createAntecedents(asked);
  const plain = (sentence: string): StatementCheck =>
    relations ? checkStatement(sentence, relations) : { supported: [], contradicted: [] };
  return {
    check: (sentence) => {
      const own = plain(sentence);
      const reading = antecedents.read(sentence);
      if (reading.kind !== 'resolved' || own.contradicted.length > 0) return own;
      const [first, ...others] = reading.sentences.map(plain);
      if (!first) return own;
      const isWrong = (one: StatementCheck): boolean => one.contradicted.length > 0;
      // What one of the things meant shows to be so is not denied because another does not.
      const holdsElsewhere = others.some((one) => one.supported.length > 0 && !isWrong(one));
      const contradicted = reading.isSure ? !holdsElsewhere : others.every(isWrong);
      return {
        supported: reading.isSure ? [...own.supported, ...first.supported] : own.supported,
        contradicted: contradicted ? first.contradicted : [],
      };
    },
    named: (sentence) => {
      const reading = antecedents.read(sentence);
      if (reading.kind === 'own') return sentence;
      return reading.kind === 'resolved' && reading.isSure ? (reading.sentences[0] ?? null) : null;
    },
    remember: (sentence) => {
      antecedents.remember(sentence);
    },
  };
}
