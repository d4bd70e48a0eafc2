/** Exact token budgets: every count comes from the decoder's own tokenizer and template, and the parts add up to the prompt. */
import type { Budget } from '../protocol/answers.ts';
import type { ChatMessage } from '../runtime/decoder.ts';
import type { PromptFrame, ReadingLimits, TokenCounter } from './plan.ts';

/**
 * Tokens of sources a decoder reads by default. A decoder on two processor cores reads 150 to 500 tokens a second, so 1,000
 * tokens are 2 to 7 seconds before the first quote. Prose needs more context, and the decoders that may write it run on better
 * machines: 3,000 tokens.
 */
const quoteSourceTokens = 1000;
const proseSourceTokens = 3000;
const quoteReserve = 160;
const proseReserve = 512;
/** Sources never take more than this share of what the answer leaves of the window. */
const windowShare = 0.75;
/** Earlier turns never take more than this share of the window. */
const historyShare = 0.25;

/** An empty budget: nothing was read by a decoder. */
export const noBudget: Budget = {
  window: 0,
  system: 0,
  map: 0,
  sources: 0,
  history: 0,
  question: 0,
  reserve: 0,
  used: 0,
};

/**
 * How many tokens the sources may take and how many the answer keeps.
 * @param window tokens of the decoder's window
 * @param maxTokens the most the answer may have, when the user said so
 */
export function readingLimits(window: number, writesProse: boolean, maxTokens?: number): ReadingLimits {
  const wanted = maxTokens ?? (writesProse ? proseReserve : quoteReserve);
  // An answer longer than half the window would leave nothing to answer from.
  const reserve = Math.min(wanted, Math.floor(window / 2));
  const most = writesProse ? proseSourceTokens : quoteSourceTokens;
  return { window, reserve, sources: Math.min(most, Math.floor((window - reserve) * windowShare)) };
}

/** The conversation that the decoder is given: system, earlier turns, then map, sources and question in one message. */
export function assemble(
  frame: PromptFrame,
  history: readonly ChatMessage[],
  sources: readonly string[],
): ChatMessage[] {
  return [
    { role: 'system', content: frame.system },
    ...history,
    { role: 'user', content: [frame.map, ...sources, frame.question].join('') },
  ];
}

/**
 * Counts each part as the difference of two rendered prompts, so that the parts add up to the whole exactly, whatever tokens
 * form across their borders. The assistant's beginning counts as part of the question.
 */
export function measure(
  frame: PromptFrame,
  history: readonly ChatMessage[],
  sources: readonly string[],
  counter: TokenCounter,
  limits: ReadingLimits,
): Budget {
  const count = (turns: readonly ChatMessage[], content: string): number =>
    counter.countChatTokens([{ role: 'system', content: frame.system }, ...turns, { role: 'user', content }]);
  const system = count([], '');
  const withHistory = history.length === 0 ? system : count(history, '');
  const withMap = frame.map === '' ? withHistory : count(history, frame.map);
  const withSources = sources.length === 0 ? withMap : count(history, frame.map + sources.join(''));
  const whole = counter.countChatTokens(assemble(frame, history, sources));
  const prefix = frame.assistantPrefix === '' ? 0 : counter.countTokens(frame.assistantPrefix);
  return {
    window: limits.window,
    system,
    history: withHistory - system,
    map: withMap - withHistory,
    sources: withSources - withMap,
    question: whole - withSources + prefix,
    reserve: limits.reserve,
    used: whole + prefix,
  };
}

/** The newest whole turns that fit their share of the window, oldest first, and how many did not fit. */
export function fitHistory(
  history: readonly ChatMessage[],
  counter: TokenCounter,
  limits: ReadingLimits,
): { readonly kept: readonly ChatMessage[]; readonly droppedTurns: number } {
  const most = Math.floor(limits.window * historyShare);
  let kept: readonly ChatMessage[] = [];
  let taken = 0;
  // Two messages make a turn; a question is never kept without its answer.
  for (let at = history.length - 2; at >= 0; at -= 2) {
    const turn = history.slice(at, at + 2);
    taken += turn.reduce((sum, message) => sum + counter.countTokens(message.content), 0);
    if (taken > most) break;
    kept = [...turn, ...kept];
  }
  return { kept, droppedTurns: Math.ceil((history.length - kept.length) / 2) };
}
