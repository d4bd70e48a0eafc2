/** What the decoder is given to read: the parts of a prompt before it is packed, and the plan that comes of packing it. */
import type { LineRange, Budget } from '../protocol/answers.ts';
import type { ChatMessage } from '../runtime/decoder.ts';

/** A passage that may be read, best first in its list. */
export interface ReadableSource extends LineRange {
  /** Chunk id. */
  readonly id: string;
  readonly language: string;
  readonly symbol?: string;
  /** Whole lines, without a line end after the last. */
  readonly text: string;
  /** The line that must stay when the passage is trimmed: where its definition begins. */
  readonly anchorLine: number;
  /** First line that is worth quoting: what stands before it, declaration and documentation, is shown anyway. */
  readonly quotableFrom: number;
  /** The number `[n]` under which the answer may cite it. */
  readonly number: number;
}

/** The fixed parts of a prompt; sources are packed between map and question. */
export interface PromptFrame {
  readonly system: string;
  /** What the repository is, in a few lines; empty for none. */
  readonly map: string;
  /** Earlier turns that may be read, oldest first: user and assistant in turn. */
  readonly history: readonly ChatMessage[];
  /** The last part of the last message. */
  readonly question: string;
  /** The beginning of the answer; empty for none. */
  readonly assistantPrefix: string;
  /** A source as it stands in the prompt, with its number and place. */
  readonly renderSource: (source: ReadableSource) => string;
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
  /** Most tokens that sources may take, however large the window is: what bounds the time to the first token. */
  readonly sources: number;
}

export interface PlannedSource {
  /** As it is read: when it was trimmed, `text`, `startLine` and `endLine` are those of the part. */
  readonly source: ReadableSource;
  /** Tokens it takes in this prompt. */
  readonly tokens: number;
  /** Why it is whole or in part, in words. */
  readonly reason: string;
}

export interface LeftOut {
  /** The source's. */
  readonly number: number;
  readonly path: string;
  readonly reason: string;
}

export interface ReadingPlan {
  readonly strategy: string;
  readonly messages: readonly ChatMessage[];
  readonly assistantPrefix: string;
  readonly budget: Budget;
  /** In the order of the prompt. */
  readonly read: readonly PlannedSource[];
  readonly leftOut: readonly LeftOut[];
  /** Earlier turns that did not fit. */
  readonly droppedTurns: number;
}

export interface ReadingInput {
  readonly frame: PromptFrame;
  /** Best first. */
  readonly sources: readonly ReadableSource[];
  readonly counter: TokenCounter;
  readonly limits: ReadingLimits;
}

/** Turns more text than fits into one prompt that fits; it never cuts without saying so. */
export interface ReadingStrategy {
  readonly name: string;
  plan(input: ReadingInput): ReadingPlan;
}
