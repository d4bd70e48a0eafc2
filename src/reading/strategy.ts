/** What a reading strategy is handed and what it tells: one file in strategies/ and one row in its table make a new one. */
import type { Sentence } from '../base/sentences.ts';
import type { DecodeResult, Decoder } from '../runtime/decoder.ts';
import type { PlannedSource, PromptFrame, ReadableSource, ReadingLimits, ReadingPlan } from './plan.ts';

export interface ReadingTask {
  /** The question, and what stands around the sources in a prompt. */
  readonly frame: PromptFrame;
  /** The evidence, best first. */
  readonly sources: readonly ReadableSource[];
  /**
   * Runs requests, as many as a strategy needs: what two requests in a row have in common at their beginning is computed once
   * (its KV cache stays), and contexts that are read apart from each other are part of a request.
   */
  readonly decoder: Decoder;
  readonly limits: ReadingLimits;
  /** Told how many tokens of the pass in hand are read. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** What the passes before an answer cost. */
export type PassCost = Pick<DecodeResult, 'prefillTokens' | 'reusedTokens'>;

export const noCost: PassCost = { prefillTokens: 0, reusedTokens: 0 };

export function costOf(passes: readonly PassCost[]): PassCost {
  return {
    prefillTokens: passes.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0),
    reusedTokens: passes.reduce((sum, { reusedTokens }) => sum + reusedTokens, 0),
  };
}

/** What a pass before the answer is for: to choose what is written from, or it is one of several parts that are read in turn. */
export type PassPurpose = 'choice' | { readonly part: number; readonly of: number };

type ReadingEvent =
  /** A pass over sources before the answer begins: what is read in it, in a prompt of so many tokens. */
  | {
      readonly type: 'pass';
      readonly purpose: PassPurpose;
      readonly read: readonly PlannedSource[];
      readonly tokens: number;
    }
  /** What the user reads is written now, over this plan. Told again, what is written replaces what was. */
  | { readonly type: 'answer'; readonly plan: ReadingPlan; readonly cost?: PassCost };

/** What came of an `answer` event: the text that the user was shown, after its checks. */
interface Written {
  readonly text: string;
}

/** Reads more text than fits into one prompt; it never leaves out or cuts a source without saying so in its plan. */
export interface ReadingStrategy {
  readonly name: string;
  /** Why it cannot be run, or is of no use, for this task; null: it can. */
  hindered(task: Omit<ReadingTask, 'onProgress' | 'signal'>): Sentence | null;
  /**
   * Events in order, at least one `answer`; `next` is given what came of the event before. Ended early by `return`.
   * @throws CancelledError, what the decoder throws
   */
  read(task: ReadingTask): AsyncGenerator<ReadingEvent, void, Written | undefined>;
}
