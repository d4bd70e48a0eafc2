/**
 * The strategy `select`: reads all that the time allows in one pass to choose what answers the question, and writes the answer from
 * the chosen few alone, which stand in a prompt of their own.
 *
 * Small decoders find the right source among many far more surely than they write from many: a passage that does not belong to the
 * answer is woven into it. The choice is one token, so it costs no decoding: the sources are labelled with letters, the decoder is
 * made to begin with "The answer is in source [", and what it would say next is its judgement of each of them. Judging and
 * reasoning apart is CogLTX's (Ding et al. 2020, section 3); judging all in one prompt by a label's probability is the listwise
 * reranking of Reddy et al. 2024 (FIRST).
 */
import { say } from '../../base/sentences.ts';
import { settled } from '../../runtime/settled.ts';
import { assemble } from '../budget.ts';
import type { PlannedSource, PromptFrame, ReadableSource, ReadingLimits, ReadingPlan } from '../plan.ts';
import type { ReadingStrategy, ReadingTask } from '../strategy.ts';
import { planOf } from './stuff.ts';

/** One token each in the vocabularies of decoders, behind a bracket too. */
const labels = 'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z'.split(' ');
/** Tokens of sources that are written from at once without choosing: so few do not distract. */
const fewTokens = 500;
/** Tokens of a prompt below which reading twice leaves too little for either. */
const leastPrompt = 1200;
/**
 * Tokens that are computed for the second prompt, at most: the chosen sources are moved there with their keys and values, but for
 * their first lines, and the question and the conversation are read.
 */
const answerTokens = 300;
/** Tokens of the sources that are written from, at most: more of them distract. */
const mostWritten = 1500;
/** Tokens of a source in the first prompt, where it has a form so small: to find it, less is enough than to write from it. */
const mostCandidateTokens = 200;
/** What is chosen: until so much of the probability is covered, none below the least, not more than a few. */
const covered = 0.9;
const leastProbability = 0.03;
const mostChosen = 5;
/** Below this sum the decoder would have said something else than a label: it does not choose. */
const leastAnswering = 0.2;
/** Logits that are asked for: the labels are among them where it chooses at all. */
const topLogits = 200;

export const select: ReadingStrategy = {
  name: 'select',
  hindered: ({ frame, sources, decoder, limits }) => {
    if (!frame.choice) return say('the decoder only quotes');
    if (decoder.info.server) return say('a server does not tell how likely an answer is');
    if (limits.prompt === undefined) return say('it is not known how fast the decoder reads');
    if (limits.prompt < leastPrompt) return say('there is no time to read twice');
    let tokens = 0;
    for (const source of sources) tokens += decoder.countTokens(frame.renderSource(source));
    return tokens <= fewTokens ? say('there is little to read') : null;
  },
  async *read(task) {
    const { frame, decoder, limits, signal } = task;
    const candidates = await settled(decoder, () => candidatesOf(task), signal);
    yield { type: 'pass', read: candidates.read, tokens: candidates.budget.used };
    const { chosen, cost } = await choose(candidates, task);
    const answerLimits: ReadingLimits = { ...limits, prompt: answerTokens + mostWritten };
    const plan = await settled(decoder, () => planOf(frame, chosen, decoder, answerLimits), signal);
    yield { type: 'answer', plan: { ...withCandidates(plan, candidates, chosen), movesRuns: true }, cost };
  },
};

/** The first prompt: what fits beside the second one, each source under its letter. */
function candidatesOf({ frame, sources, decoder, limits }: ReadingTask): ReadingPlan {
  const { prompt = limits.window } = limits;
  const unlabelled = choiceFrame(frame, () => labels[0] ?? '');
  const cost = (source: ReadableSource): number => decoder.countTokens(unlabelled.renderSource(source));
  const small = sources.map((source) => inSmallForm(source, cost));
  const plan = planOf(unlabelled, small, decoder, { ...limits, reserve: 1, prompt: prompt - answerTokens });
  // Letters are told apart only so far; the first of the prompt are the least promising.
  const read = plan.read.slice(-labels.length);
  const beyond = plan.read.slice(0, -labels.length).map(({ source: { number, path } }) => ({
    ...{ number, path },
    reason: say('left out: {0} others are likelier to answer', labels.length),
  }));
  const labelled = choiceFrame(frame, labelOf(read));
  const blocks = read.map(({ source }) => labelled.renderSource(source));
  return { ...plan, read, leftOut: [...beyond, ...plan.leftOut], messages: assemble(labelled, [], blocks) };
}

function labelOf(read: readonly PlannedSource[]): (source: ReadableSource) => string {
  const at = new Map(read.map(({ source }, index) => [source.number, labels[index] ?? '']));
  return ({ number }) => at.get(number) ?? '';
}

function choiceFrame(frame: PromptFrame, label: (source: ReadableSource) => string): PromptFrame {
  const { choice } = frame;
  if (!choice) throw new TypeError('This frame has no question to choose by');
  const { question, assistantPrefix } = choice;
  const renderSource: PromptFrame['renderSource'] = (source) => choice.renderSource(source, label(source));
  return { ...frame, history: [], question, assistantPrefix, renderSource };
}

/** The sources that the decoder would name, likeliest first, and whatever the user put in front. */
async function choose(
  { read, messages, assistantPrefix }: ReadingPlan,
  { decoder, onProgress, signal }: ReadingTask,
): Promise<{
  readonly chosen: readonly ReadableSource[];
  readonly cost: { prefillTokens: number; reusedTokens: number };
}> {
  const result = await decoder.decode(
    {
      messages,
      assistantPrefix,
      maxTokens: 1,
      sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
      topLogits,
      speculation: false,
    },
    (event) => {
      if (event.type === 'prefill') onProgress(event.done, event.total);
    },
    signal,
  );
  const ids = await Promise.all(read.map(async (_, at) => lastOf(await decoder.tokenize(labels[at] ?? ''))));
  const probabilities = softmaxOf(result.topLogits[0] ?? []);
  const judged = read
    .map(({ source }, at) => ({ number: source.number, probability: probabilities.get(ids[at] ?? -1) ?? 0 }))
    .toSorted((a, b) => b.probability - a.probability);
  const sum = judged.reduce((total, { probability }) => total + probability, 0);
  const numbers = new Map<number, number>();
  let taken = 0;
  for (const { number, probability } of sum < leastAnswering ? [] : judged) {
    const share = probability / sum;
    if (numbers.size >= mostChosen || taken >= covered || (numbers.size > 0 && share < leastProbability)) break;
    numbers.set(number, share);
    taken += share;
  }
  // What search is surest of is read too: a decoder may take what is like the question's subject for the subject.
  const best = bestOf(read.map(({ source }) => source));
  const isChosen = (source: ReadableSource): boolean =>
    numbers.has(source.number) || source.isGiven === true || source === best;
  // As they were read: only what is the same word for word is moved.
  const chosen = read.flatMap(({ source }) =>
    numbers.size > 0 && isChosen(source) ? [{ ...source, worth: numbers.get(source.number) ?? leastProbability }] : [],
  );
  const { prefillTokens, reusedTokens } = result;
  return { chosen: chosen.length > 0 ? chosen : bestThatFit(read), cost: { prefillTokens, reusedTokens } };
}

/** Where it does not choose: the best of search, as many as it would have chosen. */
function bestThatFit(read: readonly PlannedSource[]): readonly ReadableSource[] {
  return read
    .map(({ source }) => source)
    .toSorted((a, b) => (b.worth ?? 0) - (a.worth ?? 0))
    .slice(0, mostChosen);
}

function bestOf(sources: readonly ReadableSource[]): ReadableSource | undefined {
  return sources.toSorted((a, b) => (b.worth ?? 0) - (a.worth ?? 0))[0];
}

/** Whatever stands before a letter in the tokens of a text (a sign of its beginning), the letter is last. */
function lastOf(ids: readonly number[]): number {
  return ids.at(-1) ?? -1;
}

function softmaxOf(logits: DecodeLogits): ReadonlyMap<number, number> {
  const most = Math.max(...logits.map(({ logit }) => logit));
  const weights = logits.map(({ id, logit }) => [id, Math.exp(logit - most)] as const);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  return new Map(weights.map(([id, weight]) => [id, weight / sum]));
}

type DecodeLogits = readonly { readonly id: number; readonly logit: number }[];

/** The plan of the answer, with what else was read: nothing that was looked at is passed over in silence. */
function withCandidates(plan: ReadingPlan, candidates: ReadingPlan, chosen: readonly ReadableSource[]): ReadingPlan {
  const inAnswer = new Set(plan.read.map(({ source }) => source.number));
  const isChosen = new Set(chosen.map(({ number }) => number));
  const alsoRead = candidates.read
    .filter(({ source }) => !inAnswer.has(source.number))
    .map((one): PlannedSource => ({
      ...one,
      reason: isChosen.has(one.source.number)
        ? say('read to choose from; it did not fit beside the others that were chosen')
        : say('read to choose from; others answer the question better'),
    }));
  const read = new Set([...inAnswer, ...alsoRead.map(({ source }) => source.number)]);
  const reasons = new Map([...plan.leftOut, ...candidates.leftOut].map((one) => [one.number, one]));
  const leftOut = [...reasons.values()].filter(({ number }) => !read.has(number));
  return { ...plan, alsoRead, leftOut };
}

/** The source without the forms that are larger than it takes to find it. */
function inSmallForm(source: ReadableSource, cost: (one: ReadableSource) => number): ReadableSource {
  const { forms = [] } = source;
  const small = forms.filter((form) => cost({ ...source, text: form.text }) <= mostCandidateTokens);
  const kept = small.length > 0 ? small : forms.slice(-1);
  return kept.length === 0 ? source : { ...source, forms: kept };
}
