/** The kinds of claims that a sentence can make of the code. */
import type { Consequence } from './consequences.ts';
import type { Mention } from './mentions.ts';
import type { States } from './states.ts';

/** `!=` and `==` also of two values of one name. */
export type Operator = '<' | '>' | '!=' | '==';

export interface Comparison {
  /** As written; null: any value. */
  readonly left: string | null;
  readonly sign: Operator;
  readonly right: string;
}

/** What a condition is about: a name, or the words that code has a name for; `isExact`: the name has no other words. */
export type ConditionSubject = Mention | { readonly words: string; readonly isExact?: boolean };

/** What one definition does with another. */
export type UseKind = 'call' | 'use' | 'raise' | 'catch' | 'return' | 'set';

/** Words of declarations. */
export type Declared = 'exported' | 'async' | 'static' | 'private' | 'public' | 'protected' | 'abstract';

export type Claim =
  /** The body of `user` does this with `used`. */
  | {
      readonly kind: 'uses';
      readonly user: Mention;
      readonly used: Mention;
      readonly negated: boolean;
      readonly how: UseKind;
    }
  /** It never lets an error out. */
  | { readonly kind: 'neverFails'; readonly subject: Mention; readonly how: 'raise' | 'return' }
  /** `subject` returns what is named; nothing else is said. */
  | { readonly kind: 'returns'; readonly subject: Mention; readonly value: Mention }
  /** A definition is declared with this word, or without it. */
  | { readonly kind: 'declared'; readonly subject: Mention; readonly as: Declared; readonly negated: boolean }
  /** A parameter of `owner` may be left out. */
  | { readonly kind: 'optional'; readonly owner: Mention; readonly parameter: Mention; readonly negated: boolean }
  /** In what both are in, `first` comes before `second`. */
  | {
      readonly kind: 'order';
      readonly first: readonly Mention[];
      readonly second: readonly Mention[];
      readonly all: readonly Mention[];
    }
  /** Where `subject` is in one of these states, `then` is what happens and what does not. */
  | {
      readonly kind: 'condition';
      readonly subject: ConditionSubject;
      readonly states: States;
      readonly then: readonly Consequence[];
      readonly all: readonly Mention[];
    }
  /** The same where the comparison holds. */
  | {
      readonly kind: 'comparison';
      readonly comparison: Comparison;
      readonly then: readonly Consequence[];
      readonly all: readonly Mention[];
    }
  | { readonly kind: 'base'; readonly type: Mention; readonly base: Mention }
  | { readonly kind: 'place'; readonly subject: Mention; readonly path: string }
  /** `subject` is called from so many definitions, or places of `within`. */
  | { readonly kind: 'count'; readonly subject: Mention; readonly count: number; readonly within: Mention | null }
  /** The parameter of a definition has this default. */
  | { readonly kind: 'default'; readonly owner: Mention; readonly parameter: Mention; readonly value: string }
  /** A definition answers with this HTTP status. */
  | { readonly kind: 'status'; readonly subject: Mention; readonly code: string }
  /** A name is set to a literal: by `user`, or by what was read. */
  | { readonly kind: 'assigned'; readonly user: Mention | null; readonly target: Mention; readonly value: string }
  /** The name and the number are in one line. */
  | { readonly kind: 'value'; readonly subject: Mention; readonly value: string };
