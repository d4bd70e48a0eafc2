/**
 * The strategy `refine`: an answer from the first part of the sources is written again with each further part (as LangChain's chain of
 * that name, Chase 2022). Parts are read worst first, so that the best is read last, next to what the user is shown.
 */
import { say } from '../../base/sentences.ts';
import { settled } from '../../runtime/settled.ts';
import { type Parts, passesOf, plansOf, written } from '../passes.ts';
import { planOf } from '../one-prompt.ts';
import type { ReadingPlan } from '../plan.ts';
import { type PassCost, type ReadingStrategy, costOf } from '../strategy.ts';
import { stuff } from './stuff.ts';

/** Of an answer that is written again, at most. */
const draftTokens = 192;

export const refine: ReadingStrategy = {
  name: 'refine',
  hindered: ({ frame }) => (frame.passes ? null : say('the decoder only quotes')),
  async *read(task) {
    const { frame, sources, decoder, limits, signal } = task;
    // A draft stands in each prompt but the first.
    const within = { ...task, limits: { ...limits, ...(limits.prompt && { prompt: limits.prompt - draftTokens }) } };
    const divide = (): Parts => plansOf(within, sources, frame, limits.reserve + draftTokens);
    const { plans: parts, beyond } = await settled(decoder, divide, signal);
    const [best, ...others] = parts;
    if (!best || others.length === 0) {
      yield* stuff.read(task);
      return;
    }
    const costs: PassCost[] = [];
    const passed: ReadingPlan[] = [];
    let draft = '';
    const over = (part: ReadingPlan): ReadingPlan => {
      const question = draft === '' ? frame.question : passesOf(frame).refine(draft);
      const read = part.read.map(({ source }) => source);
      return planOf({ ...frame, ...(part !== best && { history: [] }), question }, read, decoder, limits);
    };
    for (const [at, part] of others.toReversed().entries()) {
      const plan = over(part);
      const purpose = { part: at + 1, of: parts.length };
      yield { type: 'pass', purpose, read: plan.read, tokens: plan.budget.used };
      const { text, cost } = await written(plan, draftTokens, task);
      costs.push(cost);
      passed.push(plan);
      draft = text;
    }
    const last = over(best);
    const leftOut = [...[...passed, last].flatMap((plan) => plan.leftOut), ...beyond];
    // What the drafts were written from is what the answer is held against too.
    const read = [...passed, last].flatMap((plan) => plan.read);
    yield { type: 'answer', plan: { ...last, read, leftOut }, cost: costOf(costs) };
  },
};
