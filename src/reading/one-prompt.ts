/** One prompt of as many of the best sources as fit, each whole, in one of its smaller forms, or trimmed to whole lines. */
import { type Sentence, isSentence, say } from '../base/sentences.ts';
import { assemble, fitHistory, measure, sourceRoom } from './budget.ts';
import { noRoom, pack } from './packing.ts';
import type {
  LeftOut,
  PlannedSource,
  PromptFrame,
  ReadableSource,
  ReadingLimits,
  ReadingPlan,
  TokenCounter,
} from './plan.ts';

/** A part shorter than this says too little to be worth reading. */
const fewestLines = 3;

/** The plan of that prompt: what is read in it and what is not, with reasons. @param sources best first */
export function planOf(
  frame: PromptFrame,
  sources: readonly ReadableSource[],
  counter: TokenCounter,
  limits: ReadingLimits,
): ReadingPlan {
  const { kept: history, droppedTurns } = fitHistory(frame.history, counter, limits);
  const fixed = measure(frame, history, [], counter, limits);
  const room = sourceRoom(limits, fixed.used);
  const { read, leftOut } = chosen(frame, sources, counter, room);
  // Tokens may form across the borders of two parts: only the whole prompt's count is exact, so it has the last word.
  for (;;) {
    const ordered = inPromptOrder(read, sources);
    const blocks = ordered.map(({ source }) => frame.renderSource(source));
    const budget = measure(frame, history, blocks, counter, limits);
    const last = read.at(-1);
    if (last === undefined || (budget.used + limits.reserve <= limits.window && budget.sources <= room)) {
      const messages = assemble(frame, history, blocks);
      const { assistantPrefix } = frame;
      return {
        messages,
        alone: assemble(frame, history, []),
        assistantPrefix,
        budget: { ...budget, sourcesLimit: room },
        read: ordered,
        leftOut,
        droppedTurns,
      };
    }
    read.pop();
    leftOut.unshift({
      number: last.source.number,
      path: last.source.path,
      reason: noRoom(last.tokens, last.tokens - 1),
    });
  }
}

/** What is read: in the forms that fit best, or, of sources without forms, the best ones as far as they fit. */
function chosen(
  frame: PromptFrame,
  sources: readonly ReadableSource[],
  counter: TokenCounter,
  room: number,
): { readonly read: PlannedSource[]; readonly leftOut: LeftOut[] } {
  if (sources.some(({ forms }) => forms)) {
    const packed = pack(sources, (source) => counter.countTokens(frame.renderSource(source)), room);
    // In a window so small that no form fits the beginning of the best is better than nothing.
    if (packed.read.length > 0) return { read: [...packed.read], leftOut: [...packed.leftOut] };
  }
  const read: PlannedSource[] = [];
  const leftOut: LeftOut[] = [];
  let taken = 0;
  for (const source of sources) {
    const fitted = fit(source, frame, counter, room - taken);
    if (isSentence(fitted)) leftOut.push({ number: source.number, path: source.path, reason: fitted });
    else {
      read.push(fitted);
      taken += fitted.tokens;
    }
  }
  return { read, leftOut };
}

/** The source as it fits into so many tokens: whole, or the longest run of whole lines from its anchor on, or why not. */
function fit(
  source: ReadableSource,
  frame: PromptFrame,
  counter: TokenCounter,
  room: number,
): PlannedSource | Sentence {
  const cost = (part: ReadableSource): number => counter.countTokens(frame.renderSource(part));
  const whole = cost(source);
  if (whole <= room) return { source, tokens: whole, reason: say('read whole') };
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
  const reason = say(
    'read in part, lines {0} of {1}: the rest did not fit',
    `${trimmed.startLine}-${trimmed.endLine}`,
    `${source.startLine}-${source.endLine}`,
  );
  return { source: trimmed, tokens: cost(trimmed), reason };
}

/**
 * The best source last, where it is nearest to the question: files in the order of the best that each has, and within a file by
 * lines, so that its pieces are read as they are written.
 * @param sources all of them, best first where they say nothing of their worth
 */
function inPromptOrder(read: readonly PlannedSource[], sources: readonly ReadableSource[]): PlannedSource[] {
  const rank = new Map(
    sources.toSorted((a, b) => (b.worth ?? 0) - (a.worth ?? 0)).map(({ number }, at) => [number, at] as const),
  );
  const best = new Map<string, number>();
  for (const { source } of read)
    best.set(source.path, Math.min(best.get(source.path) ?? Infinity, rank.get(source.number) ?? Infinity));
  return read.toSorted(
    (a, b) =>
      (best.get(b.source.path) ?? 0) - (best.get(a.source.path) ?? 0) || a.source.startLine - b.source.startLine,
  );
}
