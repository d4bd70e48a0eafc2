/**
 * The strategy `map-rerank`: each part of the sources is given a score by the decoder, and the answer is written from the best part
 * alone (as LangChain's chain of that name, Chase 2022). The score is asked for before the answer and not after it, so that only one
 * answer is written: it is the mean of the digits that the decoder would say, by their probabilities.
 */
import { say } from '../../base/sentences.ts';
import { settled } from '../../runtime/settled.ts';
import { planOf } from '../one-prompt.ts';
import { type Parts, passesOf, plansOf } from '../passes.ts';
import type { ReadingPlan } from '../plan.ts';
import { softmaxOf, topLogitsOf } from '../top-logits.ts';
import { type PassCost, type ReadingStrategy, type ReadingTask, costOf } from '../strategy.ts';
import { stuff } from './stuff.ts';

const digits = '0123456789'.split('');

export const mapRerank: ReadingStrategy = {
  name: 'map-rerank',
  hindered: ({ frame, decoder }) => {
    if (!frame.passes) return say('the decoder only quotes');
    return decoder.info.server ? say('a server does not tell how likely an answer is') : null;
  },
  async *read(task) {
    const { frame, sources, decoder, limits, signal } = task;
    const { score } = passesOf(frame);
    const divide = (): Parts => plansOf(task, sources, score, limits.reserve);
    const { plans, beyond } = await settled(decoder, divide, signal);
    if (plans.length <= 1) {
      yield* stuff.read(task);
      return;
    }
    const costs: PassCost[] = [];
    let best: { readonly plan: ReadingPlan; readonly score: number } | undefined;
    for (const [at, plan] of plans.entries()) {
      const purpose = { part: at + 1, of: plans.length };
      yield { type: 'pass', purpose, read: plan.read, tokens: plan.budget.used };
      const scored = await scoreOf(plan, task);
      costs.push(scored.cost);
      // Of equals the earlier: its sources are the better ones of search.
      if (!best || scored.score > best.score) best = { plan, score: scored.score };
    }
    const chosen = best?.plan;
    if (!chosen) return;
    const read = chosen.read.map(({ source }) => source);
    const plan = await settled(decoder, () => planOf(frame, read, decoder, limits), signal);
    const others = plans.filter((one) => one !== chosen);
    const alsoRead = others.flatMap((one) =>
      one.read.map((source) => ({
        ...source,
        reason: say('read and scored; another part answers the question better'),
      })),
    );
    const leftOut = [...plan.leftOut, ...plans.flatMap((one) => one.leftOut), ...beyond];
    yield { type: 'answer', plan: { ...plan, alsoRead, leftOut }, cost: costOf(costs) };
  },
};

/** @returns 0 to 9 */
async function scoreOf(
  plan: ReadingPlan,
  task: ReadingTask,
): Promise<{ readonly score: number; readonly cost: PassCost }> {
  const { decoder } = task;
  const { logits, cost } = await topLogitsOf(plan, task);
  const ids = await Promise.all(digits.map(async (digit) => (await decoder.tokenize(digit)).at(-1) ?? -1));
  const ofDigits = logits.filter(({ id }) => ids.includes(id));
  const shares = softmaxOf(ofDigits);
  return { score: ids.reduce((sum, id, digit) => sum + digit * (shares.get(id) ?? 0), 0), cost };
}
