/**
 * The effective window: the longest prompt out of which planted facts are still found (needle in a haystack, Kamradt 2023), which is
 * often shorter than what a model claims. It is searched for within a stated time; what failed and what was only not tried for want
 * of time are told apart, and how fast the decoder is has no part in the verdict.
 */
import { isCancelled, throwIfCancelled } from '../../base/cancellation.ts';
import type { WindowReport } from '../../protocol/models.ts';
import type { ChatMessage, Decoder, Sampling } from '../decoder.ts';
import { settled } from '../settled.ts';

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
const answerTokens = 24;
const smallest = 256;
/** Sizes are whole steps of so many tokens. */
const step = 64;
/** The border is known well enough when what fails is at most this part longer than what works. */
const precision = 1 / 16;
/** With too little time for twice as many tokens it is worth trying this many times as many. */
const leastGrowth = 1.25;
/** Attention grows faster than the prompt. */
const growth = 1.2;

interface Needle {
  /** Where it is planted, as a share of the text: the middle is the hardest (Liu et al. 2023). */
  readonly depth: number;
  readonly line: string;
  readonly question: string;
  readonly answer: string;
}

/** All are planted in one text, so that the second question is asked of a prompt that was read already. */
const needles: readonly Needle[] = [
  {
    depth: 0.5,
    line: 'The maintenance code of the harbour crane is 73914.',
    question: 'What is the maintenance code of the harbour crane? Answer with the number.',
    answer: '73914',
  },
  {
    depth: 0.1,
    line: 'The berth number of the northern ferry is 58206.',
    question: 'What is the berth number of the northern ferry? Answer with the number.',
    answer: '58206',
  },
];

export interface WindowSearch {
  /** Tokens of the largest prompt there can be. */
  readonly limit: number;
  readonly seconds: number;
  /** Tokens a second, for the first guess of how long a prompt takes. */
  readonly prefillTokensPerSecond: number;
  /** Whether the facts are found in a prompt of so many tokens; null when the time ran out before that was known. */
  readonly trial: (tokens: number, msLeft: number) => Promise<boolean | null>;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Doubles the prompt while the facts are found, then halves the gap between what worked and what did not. */
export async function searchWindow({
  limit,
  seconds,
  prefillTokensPerSecond,
  trial,
  now = () => performance.now(),
}: WindowSearch): Promise<WindowReport> {
  const started = now();
  const left = (): number => seconds * 1000 - (now() - started);
  let found = 0;
  let failed: number | null = null;
  let last = { tokens: 2 * smallest, ms: (2 * smallest * 1000) / Math.max(prefillTokensPerSecond, 1e-3) };
  const expectedMs = (tokens: number): number => last.ms * (tokens / last.tokens) ** growth;
  const report = (ended: WindowReport['ended']): WindowReport => ({
    ...{ atLeast: found, failedAt: failed, ended, limit },
    ...{ allowedSeconds: seconds, seconds: (now() - started) / 1000 },
  });
  for (;;) {
    let tokens = nextSize(found, failed, limit);
    if (tokens === null) return report(failed === null ? 'limit' : 'failed');
    if (expectedMs(tokens) > left()) {
      const affordable = inSteps(last.tokens * Math.max(0, left() / last.ms) ** (1 / growth));
      if (affordable < Math.max(smallest, leastGrowth * found)) return report('time');
      tokens = Math.min(tokens, affordable);
    }
    const before = now();
    const isFound = await trial(tokens, left());
    if (isFound === null) return report('time');
    last = { tokens, ms: Math.max(now() - before, 1e-3) };
    if (isFound) found = tokens;
    else failed = tokens;
  }
}

/** The next size to try; null when the border is known. */
function nextSize(found: number, failed: number | null, limit: number): number | null {
  if (failed === null) {
    if (found >= limit) return null;
    return Math.min(limit, found === 0 ? smallest : 2 * found);
  }
  if (found === 0 || failed - found <= Math.max(step, precision * failed)) return null;
  const middle = inSteps((found + failed) / 2);
  return middle > found && middle < failed ? middle : null;
}

function inSteps(tokens: number): number {
  return step * Math.floor(tokens / step);
}

/** @throws what the decoder throws, CancelledError */
export async function measureWindow(
  decoder: Decoder,
  options: Pick<WindowSearch, 'seconds' | 'prefillTokensPerSecond'>,
  onTrial: (tokens: number, secondsLeft: number) => void,
  signal: AbortSignal,
): Promise<WindowReport> {
  const trial = async (tokens: number, msLeft: number): Promise<boolean | null> => {
    throwIfCancelled(signal);
    onTrial(tokens, msLeft / 1000);
    const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(msLeft)));
    try {
      return await findsAll(decoder, tokens, AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (isCancelled(error) && timeout.aborted && !signal.aborted) return null;
      throw error;
    }
  };
  const limit = (decoder.info.window ?? decoder.info.contextLength) - answerTokens;
  return searchWindow({ ...options, limit, trial });
}

async function findsAll(decoder: Decoder, tokens: number, signal: AbortSignal): Promise<boolean> {
  const lines = await longest(decoder, tokens, signal);
  for (const needle of needles) {
    const request = { messages: conversation(lines, needle), maxTokens: answerTokens, sampling: greedy };
    const { text } = await decoder.decode(request, () => undefined, signal);
    if (!text.includes(needle.answer)) return false;
  }
  return true;
}

/** The most lines with which no question makes the prompt longer. */
function longest(decoder: Decoder, tokens: number, signal: AbortSignal): Promise<number> {
  const fits = (lines: number): boolean =>
    needles.every((needle) => decoder.countChatTokens(conversation(lines, needle)) <= tokens);
  const search = (): number => {
    let least = 0;
    let most = tokens;
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (fits(middle)) least = middle;
      else most = middle - 1;
    }
    return least;
  };
  return settled(decoder, search, signal);
}

function conversation(lines: number, { question }: Needle): readonly ChatMessage[] {
  const text = Array.from({ length: lines }, (_, i) => fillerLine(i));
  for (const { depth, line } of needles) text.splice(Math.floor(lines * depth), 0, line);
  return [{ role: 'user', content: `${text.join('\n')}\n\n${question}` }];
}

/** Sentences that differ from each other, about nothing that a question asks for. */
export function fillerLine(index: number): string {
  const subjects = ['parser', 'scheduler', 'cache', 'indexer', 'socket', 'renderer', 'planner'];
  const verbs = ['keeps', 'reads', 'writes', 'counts', 'sorts', 'checks'];
  const objects = [
    'its entries in order',
    'one page at a time',
    'the older half first',
    'what changed since yesterday',
    'every second record',
  ];
  const pick = (list: readonly string[]): string => list[index % list.length] ?? '';
  return `Note ${String(index)}: the ${pick(subjects)} ${pick(verbs)} ${pick(objects)}.`;
}
