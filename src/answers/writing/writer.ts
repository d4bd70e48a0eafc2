/** How what a decoder gives comes to be the text of an answer; prose-writer.ts and quote-writer.ts are the two ways. */
import type { UnsupportedSpan } from '../../protocol/answers.ts';
import type { DecodeEvent } from '../../runtime/decoder.ts';

export interface WrittenText {
  /** Markdown; empty when nothing came that may be shown. */
  readonly text: string;
  readonly unsupported: readonly UnsupportedSpan[];
  /** Sentences of it that could not be held against the code; they are marked. */
  readonly unchecked: number;
  /** Citation numbers in the text. */
  readonly cited: readonly number[];
  /** Those of them that are cited for a statement that was checked and holds. */
  readonly verified: readonly number[];
}

/** What a decoder is to write again. */
export interface SecondTry {
  /** What it wrote before, and stands. */
  readonly accepted: string;
  /** Names that are in nothing that was read. */
  readonly names: readonly string[];
}

export interface Writer {
  /** Text that can be shown now. */
  take(event: DecodeEvent): string;
  /** @param isCut the decoder was stopped in the middle of what it wrote */
  end(isCut: boolean): string;
  /** True when what comes next is not worth waiting for: it repeats itself, or has said enough. */
  isDone(): boolean;
  /** True when the decoder has to stop, for its last sentence is to be written again. */
  isRefusing(): boolean;
  /** What is to be written again, once; null: nothing. */
  again(): SecondTry | null;
  written(): WrittenText;
}
