/** What the decoder is given to read: the parts of a prompt before it is packed, and the plan that comes of packing it. */
import type { Sentence } from '../base/sentences.ts';
import type { LineRange, Budget } from '../protocol/answers.ts';
import type { ChatMessage, ParallelContexts } from '../runtime/decoder.ts';

/** How much of a source a form holds: all, the lines that matter for the question, its head with documentation, its head. */
export type FormKind = 'whole' | 'lines' | 'documented' | 'signature';

/** One way to read a source: some of its lines as they are in the file, `…` where lines between them are left out. */
export interface SourceForm {
  readonly kind: FormKind;
  readonly text: string;
  /** The lines of the file that the text holds, ascending and apart. */
  readonly lines: readonly Pick<LineRange, 'startLine' | 'endLine'>[];
}

/** A passage that may be read, best first in its list. */
export interface ReadableSource extends LineRange {
  /** Chunk id. */
  readonly id: string;
  readonly language: string;
  readonly symbol?: string;
  /** It is the message of this commit, which last changed the lines; left out: it is lines of a file. */
  readonly commit?: { readonly id: string; readonly date: string };
  /** Whole lines, without a line end after the last. */
  readonly text: string;
  /** The line that must stay when the passage is trimmed: where its definition begins. */
  readonly anchorLine: number;
  /** First line that is worth quoting: what stands before it, declaration and documentation, is shown anyway. */
  readonly quotableFrom: number;
  /** What the answer shows of it anyway: path, name, declaration, what its documentation says first. Left out: its path. */
  readonly shown?: string;
  /** The number `[n]` under which the answer may cite it. */
  readonly number: number;
  /** The ways to read it, largest first, the first of them whole; left out: whole, or its beginning. */
  readonly forms?: readonly SourceForm[];
  /** What reading it is worth beside the others, above 0; left out: the order of the list is all that is known. */
  readonly worth?: number;
  /** The user put it in front of the answer. */
  readonly isGiven?: true;
}

/** How a decoder is asked which of the sources answers, by a label of one letter each. */
interface ChoiceFrame {
  readonly question: string;
  /** The beginning of the answer; the label comes next. */
  readonly assistantPrefix: string;
  readonly renderSource: (source: ReadableSource, label: string) => string;
}

/** What a decoder is asked when it reads its sources in several passes. */
interface PassesFrame {
  /** For a note on what the sources of one pass say about the question; {@link nothing} where they say nothing. */
  readonly note: string;
  /** How a note begins that says nothing, in lower case. */
  readonly nothing: string;
  /** Notes as they stand in a prompt in place of sources. */
  readonly renderNotes: (notes: readonly string[]) => string;
  /** To write the answer again with what more sources say. */
  readonly refine: (answer: string) => string;
  /** For one digit, how much of the answer the sources hold, 9 for all of it. */
  readonly score: { readonly question: string; readonly assistantPrefix: string };
}

/** The turns of a conversation with the sources that stand in them, as a decoder has read them. */
export interface ReadConversation {
  /** User and assistant in turn, the last one an answer. */
  readonly messages: readonly ChatMessage[];
  /** With the numbers under which they stand there. */
  readonly sources: readonly (Pick<ReadableSource, 'path' | 'text'> & { readonly label: number })[];
}

/** The fixed parts of a prompt; sources are packed between map and question. */
export interface PromptFrame {
  readonly system: string;
  /** What the repository is, in a few lines; empty for none. */
  readonly map: string;
  /** Earlier turns that may be read, oldest first: user and assistant in turn. */
  readonly history: readonly ChatMessage[];
  /** The same turns as they were read, all of them; left out: nothing is known of that. */
  readonly asRead?: ReadConversation;
  /** The last part of the last message. */
  readonly question: string;
  /** The beginning of the answer; empty for none. */
  readonly assistantPrefix: string;
  /** A source as it stands in the prompt, with its number and place. */
  readonly renderSource: (source: ReadableSource) => string;
  /** Left out: it is not asked to choose. */
  readonly choice?: ChoiceFrame;
  /** Left out: it is not asked to read in several passes. */
  readonly passes?: PassesFrame;
}

/** The part of the decoder that plans need. */
export interface TokenCounter {
  countTokens(text: string): number;
  countChatTokens(messages: readonly ChatMessage[]): number;
}

export interface ReadingLimits {
  /** Tokens of the decoder's window. */
  readonly window: number;
  /** Tokens kept free for the answer. */
  readonly reserve: number;
  /** Most tokens that sources may take, however large the window is. */
  readonly sources: number;
  /** Most tokens of the whole prompt, by the time that the user allows; left out: no time is planned with. */
  readonly prompt?: number;
}

export interface PlannedSource {
  /** As it is read: when it was trimmed, `text`, `startLine` and `endLine` are those of the part. */
  readonly source: ReadableSource;
  /** Tokens it takes in this prompt. */
  readonly tokens: number;
  /** Why it is whole or in part, in words. */
  readonly reason: Sentence;
}

export interface LeftOut {
  /** The source's. */
  readonly number: number;
  readonly path: string;
  readonly reason: Sentence;
}

export interface ReadingPlan {
  readonly messages: readonly ChatMessage[];
  /** The same without the sources. */
  readonly alone: readonly ChatMessage[];
  /** The decoder may take along what the prompt before had elsewhere; left out: all is read. */
  readonly movesRuns?: true;
  /** Read apart from each other, in place of `messages`; left out: all is one prompt. */
  readonly contexts?: ParallelContexts;
  /** The sources may be read apart and joined, with what follows them; left out: they are read in one. */
  readonly joins?: { readonly sources: readonly string[]; readonly question: string };
  readonly assistantPrefix: string;
  readonly budget: Budget;
  /** In the order of the prompt. */
  readonly read: readonly PlannedSource[];
  /** What a pass before the answer read and this prompt does not hold. */
  readonly alsoRead?: readonly PlannedSource[];
  readonly leftOut: readonly LeftOut[];
  /** Earlier turns that did not fit. */
  readonly droppedTurns: number;
  /** The conversation that the prompt begins with and that was read before; left out: all is read now. */
  readonly behind?: ReadConversation;
  /** The number of each source by the label under which it stands in the prompt, null for one that is not rested on; left out: its number is its label. */
  readonly labels?: ReadonlyMap<number, number | null>;
}
