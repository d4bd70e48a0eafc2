/**
 * Which of several sources answers a question, by the decoder's own judgement: they are labelled with letters, the decoder is made to
 * begin with "The answer is in source [", and the probabilities of the letters as the next token are what it thinks of each. One
 * pass, no decoding: the listwise reranking by a label's probability of Reddy et al. 2024 (FIRST).
 */
import { say } from '../base/sentences.ts';
import { assemble, measure } from './budget.ts';
import { isIn } from './conversation.ts';
import type {
  PlannedSource,
  PromptFrame,
  ReadConversation,
  ReadableSource,
  ReadingLimits,
  ReadingPlan,
} from './plan.ts';
import { planOf } from './one-prompt.ts';
import { softmaxOf, topLogitsOf } from './top-logits.ts';
import { type PassCost, type ReadingTask, noCost } from './strategy.ts';

/** One token each in the vocabularies of decoders, behind a bracket too. */
const labels = 'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z'.split(' ');
/** Sources of one labelled prompt. */
export const mostLabels = labels.length;
/** Below this sum the decoder would have said something else than a label: it does not choose. */
const leastAnswering = 0.2;

/** Tokens of a source that is judged, where it has a form so small: to find it, less is enough than to write from it. */
const mostCandidateTokens = 200;

export interface Judgement {
  /** Shares of each source by its number, likeliest first; empty: the decoder does not choose. */
  readonly shares: ReadonlyMap<number, number>;
  readonly cost: PassCost;
}

/**
 * A prompt of as many sources as fit under so many tokens, each under a letter, best first in `sources`.
 * @param behind what it begins with, whose sources are planned and have no letter; null: it stands alone
 */
export function labelledPlan(
  { frame, decoder, limits }: Pick<ReadingTask, 'frame' | 'decoder' | 'limits'>,
  sources: readonly ReadableSource[],
  prompt: number,
  behind: ReadConversation | null = null,
): ReadingPlan {
  const unlabelled = labelledFrame(frame, () => labels[0] ?? '');
  const passLimits: ReadingLimits = { ...limits, reserve: 1, prompt };
  const plan = planOf(unlabelled, sources, decoder, passLimits);
  // Letters are told apart only so far; the first of the prompt are the least promising.
  const read = plan.read.slice(-labels.length);
  const beyond = plan.read.slice(0, -labels.length).map(({ source: { number, path } }) => ({
    ...{ number, path },
    reason: say('left out: {0} others are likelier to answer', labels.length),
  }));
  const fresh = behind ? read.filter(({ source }) => !isIn(behind, source)) : read;
  const labelled = labelledFrame(frame, labelOf(fresh));
  const blocks = fresh.map(({ source }) => labelled.renderSource(source));
  const history = behind?.messages ?? [];
  const budget = behind ? measure(labelled, history, blocks, decoder, passLimits) : plan.budget;
  const messages = assemble(labelled, history, blocks);
  return { ...plan, read, leftOut: [...beyond, ...plan.leftOut], messages, budget };
}

/** Tokens that a source takes in such a prompt. */
export function labelledCost({
  frame,
  decoder,
}: Pick<ReadingTask, 'frame' | 'decoder'>): (source: ReadableSource) => number {
  const unlabelled = labelledFrame(frame, () => labels[0] ?? '');
  return (source) => decoder.countTokens(unlabelled.renderSource(source));
}

/** The source without the forms that are larger than it takes to find it; where all are, with the smallest. */
export function withSmallForms(source: ReadableSource, cost: (one: ReadableSource) => number): ReadableSource {
  const { forms = [] } = source;
  const small = forms.filter((form) => cost({ ...source, text: form.text }) <= mostCandidateTokens);
  const kept = small.length > 0 ? small : forms.slice(-1);
  return kept.length === 0 ? source : { ...source, forms: kept };
}

/** Reads a labelled plan. @throws what the decoder throws, CancelledError */
export async function judge(
  plan: Pick<ReadingPlan, 'read' | 'messages' | 'assistantPrefix' | 'movesRuns'>,
  task: Pick<ReadingTask, 'decoder' | 'onProgress' | 'signal'>,
): Promise<Judgement> {
  const { read } = plan;
  const { decoder } = task;
  if (read.length === 0) return { shares: new Map(), cost: noCost };
  const { logits, cost } = await topLogitsOf(plan, task);
  const ids = await Promise.all(read.map(async (_, at) => lastOf(await decoder.tokenize(labels[at] ?? ''))));
  const probabilities = softmaxOf(logits);
  const judged = read
    .map(({ source }, at) => [source.number, probabilities.get(ids[at] ?? -1) ?? 0] as const)
    .toSorted(([, a], [, b]) => b - a);
  const sum = judged.reduce((total, [, probability]) => total + probability, 0);
  return {
    shares: new Map(sum < leastAnswering ? [] : judged.map(([number, probability]) => [number, probability / sum])),
    cost,
  };
}

function labelOf(read: readonly PlannedSource[]): (source: ReadableSource) => string {
  const at = new Map(read.map(({ source }, index) => [source.number, labels[index] ?? '']));
  return ({ number }) => at.get(number) ?? '';
}

function labelledFrame(frame: PromptFrame, label: (source: ReadableSource) => string): PromptFrame {
  const { choice } = frame;
  if (!choice) throw new TypeError('This frame has no question to choose by');
  const { question, assistantPrefix } = choice;
  const renderSource: PromptFrame['renderSource'] = (source) => choice.renderSource(source, label(source));
  return { ...frame, history: [], question, assistantPrefix, renderSource };
}

/** Whatever stands before a letter in the tokens of a text (a sign of its beginning), the letter is last. */
function lastOf(ids: readonly number[]): number {
  return ids.at(-1) ?? -1;
}
