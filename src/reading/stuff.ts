/** The strategy `stuff`: as many of the best sources as fit, in one prompt, each whole or trimmed to whole lines. */
import { assemble, fitHistory, measure } from './budget.ts';
import type {
  LeftOut,
  PlannedSource,
  PromptFrame,
  ReadableSource,
  ReadingInput,
  ReadingPlan,
  ReadingStrategy,
  TokenCounter,
} from './plan.ts';

/** A part shorter than this says too little to be worth reading. */
const fewestLines = 3;

export const stuff: ReadingStrategy = { name: 'stuff', plan };

function plan({ frame, sources, counter, limits }: ReadingInput): ReadingPlan {
  const { kept: history, droppedTurns } = fitHistory(frame.history, counter, limits);
  const fixed = measure(frame, history, [], counter, limits);
  const room = Math.min(limits.sources, limits.window - limits.reserve - fixed.used);
  const read: PlannedSource[] = [];
  const leftOut: LeftOut[] = [];
  let taken = 0;
  for (const source of sources) {
    const fitted = fit(source, frame, counter, room - taken);
    if (typeof fitted === 'string') leftOut.push({ number: source.number, path: source.path, reason: fitted });
    else {
      read.push(fitted);
      taken += fitted.tokens;
    }
  }
  // Tokens may form across the borders of two parts: only the whole prompt's count is exact, so it has the last word.
  for (;;) {
    const ordered = inPromptOrder(read);
    const blocks = ordered.map(({ source }) => frame.renderSource(source));
    const budget = measure(frame, history, blocks, counter, limits);
    const last = read.at(-1);
    if (last === undefined || (budget.used + limits.reserve <= limits.window && budget.sources <= limits.sources)) {
      const messages = assemble(frame, history, blocks);
      const { assistantPrefix } = frame;
      return { strategy: 'stuff', messages, assistantPrefix, budget, read: ordered, leftOut, droppedTurns };
    }
    read.pop();
    leftOut.unshift({
      number: last.source.number,
      path: last.source.path,
      reason: noRoom(last.tokens, last.tokens - 1),
    });
  }
}

/** The source as it fits into so many tokens: whole, or the longest run of whole lines from its anchor on, or why not. */
function fit(source: ReadableSource, frame: PromptFrame, counter: TokenCounter, room: number): PlannedSource | string {
  const cost = (part: ReadableSource): number => counter.countTokens(frame.renderSource(part));
  const whole = cost(source);
  if (whole <= room) return { source, tokens: whole, reason: 'read whole' };
  const lines = source.text.split('\n');
  const first = Math.min(Math.max(source.anchorLine - source.startLine, 0), lines.length - 1);
  const part = (count: number): ReadableSource => ({
    ...source,
    startLine: source.startLine + first,
    endLine: source.startLine + first + count - 1,
    text: lines.slice(first, first + count).join('\n'),
  });
  let low = 0;
  let high = lines.length - first;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (cost(part(middle)) <= room) low = middle;
    else high = middle - 1;
  }
  if (low < fewestLines) return noRoom(whole, Math.max(room, 0));
  const trimmed = part(low);
  const reason = `read in part, lines ${trimmed.startLine}-${trimmed.endLine} of ${source.startLine}-${source.endLine}: the rest did not fit`;
  return { source: trimmed, tokens: cost(trimmed), reason };
}

function noRoom(needed: number, left: number): string {
  return `did not fit: it takes ${needed} tokens and ${left} were left`;
}

/** By path and line, not by score: a follow-up that reads the same files begins with the same tokens, whose keys are cached. */
function inPromptOrder(read: readonly PlannedSource[]): PlannedSource[] {
  return read.toSorted(
    (a, b) =>
      (a.source.path < b.source.path ? -1 : a.source.path > b.source.path ? 1 : 0) ||
      a.source.startLine - b.source.startLine,
  );
}
