/** What a form of computed question is handed and what it gives back. A form is one file in `forms/` and one row of `forms.ts`. */
import type { Sentence } from '../../base/sentences.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { CodeRelations } from '../code/code-relations.ts';
import type { Certainty } from '../code/relations.ts';
import type { AskedText } from './asked-text.ts';

/** One line of the list: exact lines of a file, and the name under which it is told. */
export interface ListedItem {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** A name, or words of the code, shown as code. */
  readonly label: string;
  readonly symbol: SymbolDefinition | null;
  /** A line of the code that shows why it is in the list; empty: the name says it. */
  readonly code: string;
  /** Left out: certain. */
  readonly how?: Certainty;
}

export interface FoundList {
  /** What is listed, with the count; strings in it are code. */
  readonly heading: Sentence;
  /** In the order in which they are told within a file. */
  readonly items: readonly ListedItem[];
  /** Places that would belong to it but lie in tests and examples, which the question does not ask for. */
  readonly inTests: number;
  /** What cannot be known from names, scopes and imports. */
  readonly limits: readonly Sentence[];
  /** Items keep their order and are not grouped by file. */
  readonly isPath?: boolean;
}

/** The repository as a form reads it. */
export interface World {
  readonly reader: IndexReader;
  readonly relations: CodeRelations;
  /** False for files that the scope of the request leaves out. */
  readonly isInScope: (path: string) => boolean;
  /** Whether the question asks for tests or examples too. */
  readonly wantsTests: boolean;
  /** Lets other work run and throws when the question is cancelled; call it once a file. */
  readonly breathe: () => Promise<void>;
}

export interface QuestionForm {
  readonly name: string;
  /** The list; null when the question is not surely of this form, which makes it a question like any other. */
  find(asked: AskedText, world: World): Promise<FoundList | null>;
}
