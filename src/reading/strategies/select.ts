/**
 * The strategy `select`: reads all that the time allows in one pass to choose what answers the question, and writes the answer from
 * the chosen few alone, which stand in a prompt of their own.
 *
 * Small decoders find the right source among many far more surely than they write from many: a passage that does not belong to the
 * answer is woven into it. The choice costs no decoding (judge.ts). Judging and reasoning apart is CogLTX's (Ding et al. 2020,
 * section 3).
 */
import { say } from '../../base/sentences.ts';
import { holds } from '../../runtime/reuse/reuse-verdict.ts';
import { settled } from '../../runtime/settled.ts';
import { chosenBy, withPassed } from '../choice.ts';
import { asHeld, conversationIn, isIn, planBehind } from '../conversation.ts';
import { judge, labelledCost, labelledPlan, withSmallForms } from '../judge.ts';
import type { PlannedSource, ReadingLimits, ReadingPlan } from '../plan.ts';
import type { ReadingStrategy, ReadingTask } from '../strategy.ts';

/** Tokens of sources that are written from at once without choosing: so few do not distract. */
const fewTokens = 500;
/** Tokens of a prompt below which reading twice leaves too little for either. */
const leastPrompt = 1200;
/**
 * Tokens that are computed for the second prompt, at most: the chosen sources are moved there with their keys and values, but for
 * their first lines, and the question and the conversation are read.
 */
const answerTokens = 300;
/** And where they may not be moved, for it was not shown that this decoder then reads as well. */
const answerTokensUnmoved = 1100;
/** Tokens of the sources that are written from, at most: more of them distract. */
const mostWritten = 1500;

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
    yield { type: 'pass', purpose: 'choice', read: candidates.read, tokens: candidates.budget.used };
    const moves = holds(decoder.info.reuse, 'moved');
    const judgement = await judge(moves ? { ...candidates, movesRuns: true } : candidates, task);
    const chosen = chosenBy(candidates.read, judgement.shares);
    const answerLimits: ReadingLimits = { ...limits, prompt: moves ? answerTokens + mostWritten : answerTokensUnmoved };
    const plan = await settled(
      decoder,
      () => planBehind(frame, chosen, decoder, answerLimits, candidates.held),
      signal,
    );
    yield {
      type: 'answer',
      plan: { ...withPassed(plan, candidates, chosen), ...(moves && { movesRuns: true as const }) },
      cost: judgement.cost,
    };
  },
};

/** The first prompt: what fits beside the second one, each source under its letter, and what of it the conversation has. */
function candidatesOf(task: ReadingTask): ReadingPlan & { readonly held: readonly PlannedSource[] } {
  const { frame, sources, limits, decoder } = task;
  const beside = holds(decoder.info.reuse, 'moved') ? answerTokens : answerTokensUnmoved;
  const cost = labelledCost(task);
  const small = sources.map((source) => withSmallForms(source, cost));
  const behind = conversationIn(frame, decoder, limits);
  const plan = labelledPlan(task, small, (limits.prompt ?? limits.window) - beside, behind);
  if (!behind) return { ...plan, held: [] };
  // What the conversation has is not chosen from: it is read in any case.
  const held = plan.read.filter(({ source }) => isIn(behind, source));
  return { ...plan, read: plan.read.filter((one) => !held.includes(one)), held: held.map(asHeld) };
}
