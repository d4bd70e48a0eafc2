/**
 * A follow-up's prompt begins with the conversation as it was read: sources, question and answer of the turns before stand as they stood,
 * so that a decoder that keeps what it has read computes only what is new. A source that stands there is not read a second time.
 */
import { say } from '../base/sentences.ts';
import type { ChatMessage } from '../runtime/decoder.ts';
import { assemble, measure } from './budget.ts';
import { planOf } from './one-prompt.ts';
import type {
  PlannedSource,
  PromptFrame,
  ReadConversation,
  ReadableSource,
  ReadingLimits,
  ReadingPlan,
  TokenCounter,
} from './plan.ts';

/** Most of the window that the conversation may take. When it has grown past that, the next question begins with its words alone. */
const windowShare = 0.5;

/** The conversation that a prompt begins with; null where there is none, or it has grown too long. */
export function conversationIn(
  { asRead }: PromptFrame,
  counter: TokenCounter,
  limits: ReadingLimits,
): ReadConversation | null {
  if (!asRead) return null;
  return counter.countChatTokens(asRead.messages) <= limits.window * windowShare ? asRead : null;
}

/** Whether all lines of the source stand in the conversation. */
export function isIn({ sources }: ReadConversation, { path, text }: ReadableSource): boolean {
  const there = new Set(sources.filter((one) => one.path === path).flatMap((one) => one.text.split('\n')));
  return there.size > 0 && text.split('\n').every((line) => line.trim() === '…' || there.has(line));
}

/** A source of the conversation, as a plan tells of it. */
export function asHeld(one: PlannedSource): PlannedSource {
  return { ...one, tokens: 0, reason: say('read with an earlier question') };
}

/**
 * The plan of one prompt, as {@link planOf} makes it, behind the conversation where there is one: of the same sources, those that stand
 * there are left where they are.
 * @param held sources of the conversation that are read beside those of the plan
 */
export function planBehind(
  frame: PromptFrame,
  sources: readonly ReadableSource[],
  counter: TokenCounter,
  limits: ReadingLimits,
  held: readonly PlannedSource[] = [],
): ReadingPlan {
  const plan = planOf(frame, sources, counter, limits);
  const conversation = conversationIn(frame, counter, limits);
  if (!conversation) return plan;
  const fresh = plan.read.filter(({ source }) => !isIn(conversation, source));
  const first = 1 + Math.max(0, ...conversation.sources.map(({ label }) => label));
  const blocks = fresh.map(({ source }, at) => frame.renderSource({ ...source, number: first + at }));
  const budget = measure(frame, conversation.messages, blocks, counter, limits);
  // A long conversation and much that is new: what was read before is then read again, as far as it fits.
  if (budget.used + limits.reserve > limits.window) return plan;
  const before = [...held, ...plan.read.filter((one) => !fresh.includes(one)).map(asHeld)];
  const read = [...before.filter(({ source }, at) => firstOf(before, source.number) === at), ...fresh];
  return {
    ...plan,
    messages: assemble(frame, conversation.messages, blocks),
    budget: { ...budget, sourcesLimit: plan.budget.sourcesLimit },
    read,
    droppedTurns: 0,
    behind: conversation,
    labels: labelsOf(conversation, read, fresh, first),
  };
}

/** The conversation as it is once an answer was given to a plan. */
export function conversationAfter({ messages, read, behind, labels }: ReadingPlan, answer: string): ReadConversation {
  const [, ...turns] = messages;
  const fresh = read.filter(({ source }) => !behind || !isIn(behind, source));
  const said: ChatMessage = { role: 'assistant', content: answer };
  const labelOf = new Map([...(labels ?? [])].map(([label, number]) => [number, label]));
  return {
    messages: [...turns, said],
    sources: [
      ...(behind?.sources ?? []),
      ...fresh.map(({ source: { path, text, number } }) => ({ path, text, label: labelOf.get(number) ?? number })),
    ],
  };
}

/** Labels of the conversation whose sources are read now, and those of what is new. */
function labelsOf(
  { sources }: ReadConversation,
  read: readonly PlannedSource[],
  fresh: readonly PlannedSource[],
  first: number,
): ReadonlyMap<number, number | null> {
  const held = read.filter((one) => !fresh.includes(one));
  const before = sources.map(({ path, text, label }) => {
    // A label may stand for several parts of what is one source now, and for a source of which a part is read now.
    const now = held.find(({ source }) => source.path === path && shareLine(source.text, text));
    return [label, now?.source.number ?? null] as const;
  });
  return new Map<number, number | null>([
    ...before,
    ...fresh.map(({ source }, at) => [first + at, source.number] as const),
  ]);
}

function shareLine(a: string, b: string): boolean {
  const lines = new Set(b.split('\n').filter((line) => line.trim().length > 3));
  return a.split('\n').some((line) => lines.has(line));
}

function firstOf(read: readonly PlannedSource[], number: number): number {
  return read.findIndex(({ source }) => source.number === number);
}
