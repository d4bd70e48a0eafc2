/** Exact token budgets: every count comes from the decoder's own tokenizer and template, and the parts add up to the prompt. */
import type { Budget } from '../protocol/answers.ts';
import { type Effort, effortSeconds } from '../protocol/effort.ts';
import type { ChatMessage, DecoderInfo } from '../runtime/decoder.ts';
import { tokensWithin } from '../runtime/probing/prefill-speed.ts';
import type { PromptFrame, ReadingLimits, TokenCounter } from './plan.ts';

/** Most tokens of sources for a quote: what is quoted from is the best few passages. */
const quoteSourceTokens = 1000;
/** Most tokens of sources for prose, however fast the machine is: small decoders answer worse from long prompts (anchors, 2026). */
const proseSourceTokens: Readonly<Record<Effort, number>> = { quick: 2000, normal: 6000, thorough: 20_000 };
/** Tokens of sources where it is not known how fast the decoder reads. */
const unmeasuredTokens: Readonly<Record<Effort, number>> = { quick: 1000, normal: 3000, thorough: 8000 };
/** Sources are never cut below this for the sake of time: an answer from less is not worth waiting for. */
const fewestSourceTokens = 400;
/** Share of the allowed time that is planned with: speeds vary from run to run. */
const plannedShare = 0.9;
const quoteReserve = 160;
const proseReserve = 512;
/** Sources never take more than this share of what the answer leaves of the window. */
const windowShare = 0.75;
/** Earlier turns never take more than this share of the window, nor of what can be read in the time allowed. */
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
  sourcesLimit: 0,
};

/** Tokens of the window that is planned with: never more than a probe showed to work, where there was one. */
export function readingWindow({
  window,
  contextLength,
  effectiveWindow = Number.POSITIVE_INFINITY,
}: Pick<DecoderInfo, 'window' | 'contextLength' | 'effectiveWindow'>): number {
  return Math.min(window ?? contextLength, effectiveWindow);
}

export interface Allowance {
  readonly writesProse: boolean;
  /** The most tokens the answer may have, when the user said so. */
  readonly maxTokens?: number;
  /** Left out: normal. */
  readonly effort?: Effort;
  /** Seconds of the allowed time that are gone; left out: none. */
  readonly elapsed?: number;
}

/** How many tokens the prompt and its sources may take and how many the answer keeps: by time first, then by the window. */
export function readingLimits(
  info: Pick<DecoderInfo, 'window' | 'contextLength' | 'effectiveWindow' | 'prefillSpeed'>,
  { writesProse, maxTokens, effort = 'normal', elapsed = 0 }: Allowance,
): ReadingLimits {
  const window = readingWindow(info);
  const wanted = maxTokens ?? (writesProse ? proseReserve : quoteReserve);
  // An answer longer than half the window would leave nothing to answer from.
  const reserve = Math.min(wanted, Math.floor(window / 2));
  const allowed = effortSeconds[effort] * plannedShare;
  // What was spent on loading the decoder is not taken from reading alone.
  const seconds = Math.max(allowed - elapsed, allowed / 2);
  const prompt = info.prefillSpeed && tokensWithin(info.prefillSpeed, seconds, window - reserve);
  const most = !writesProse
    ? quoteSourceTokens
    : prompt === undefined
      ? unmeasuredTokens[effort]
      : proseSourceTokens[effort];
  const sources = Math.min(most, Math.floor((window - reserve) * windowShare));
  return { window, reserve, sources, ...(prompt !== undefined && { prompt }) };
}

/** Tokens that sources may take beside so many of everything else. */
export function sourceRoom({ window, reserve, sources, prompt = Infinity }: ReadingLimits, fixed: number): number {
  return Math.min(sources, Math.max(prompt - fixed, fewestSourceTokens), window - reserve - fixed);
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
    sourcesLimit: limits.sources,
  };
}

/** The newest whole turns that fit their share of the window, oldest first, and how many did not fit. */
export function fitHistory(
  history: readonly ChatMessage[],
  counter: TokenCounter,
  limits: ReadingLimits,
): { readonly kept: readonly ChatMessage[]; readonly droppedTurns: number } {
  const most = Math.floor(Math.min(limits.window, limits.prompt ?? limits.window) * historyShare);
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
