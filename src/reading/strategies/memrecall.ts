/**
 * The strategy `memrecall`: more sources than one prompt holds are judged in several, the best of each stand in further prompts
 * together and are judged again, until one prompt holds them; from what is chosen there the answer is written. This is MemRecall of
 * CogLTX (Ding et al. 2020, section 3) with a decoder's judgement of whole sources (judge.ts) in place of a trained judge of blocks.
 */
import { say } from '../../base/sentences.ts';
import { settled } from '../../runtime/settled.ts';
import { chosenBy, withPassed } from '../choice.ts';
import { judge, labelledCost, labelledPlan, mostLabels, withSmallForms } from '../judge.ts';
import { planOf } from '../one-prompt.ts';
import { inForm } from '../packing.ts';
import { beyondParts, groupsOf, mostParts } from '../passes.ts';
import type { LeftOut, PlannedSource, ReadableSource } from '../plan.ts';
import { type PassCost, type ReadingStrategy, costOf } from '../strategy.ts';
import { select } from './select.ts';

/** Of one prompt, into the next round: CogLTX keeps 3, then 5. */
const kept = 4;
/** Tokens of a labelled prompt that are no source. */
const aroundSources = 200;

export const memrecall: ReadingStrategy = {
  name: 'memrecall',
  hindered: ({ frame, decoder }) => {
    if (!frame.choice) return say('the decoder only quotes');
    return decoder.info.server ? say('a server does not tell how likely an answer is') : null;
  },
  async *read(task) {
    const { frame, sources, decoder, limits, signal } = task;
    const prompt = Math.min(limits.prompt ?? Infinity, limits.sources + aroundSources, limits.window);
    const cost = labelledCost(task);
    const grouped = (some: readonly ReadableSource[]): ReadableSource[][] =>
      groupsOf(some, cost, prompt - aroundSources).flatMap((group) => chunked(group, mostLabels));
    const toJudge = sources.map((source) => {
      const [form] = withSmallForms(source, cost).forms ?? [];
      return form ? inForm(source, form) : source;
    });
    let groups = await settled(decoder, () => grouped(toJudge), signal);
    if (groups.length <= 1) {
      yield* select.read(task);
      return;
    }
    const costs: PassCost[] = [];
    const seen = new Map<number, PlannedSource>();
    const given = toJudge.filter(({ isGiven }) => isGiven === true);
    const leftOut: LeftOut[] = beyondParts(groups);
    groups = groups.slice(0, mostParts);
    let candidates: readonly ReadableSource[] = toJudge;
    for (let part = 1; groups.length > 1;) {
      const recalled: { readonly source: ReadableSource; readonly share: number }[] = [];
      const of = part + groups.length;
      for (const group of groups) {
        const plan = labelledPlan(task, group, prompt);
        yield { type: 'pass', purpose: { part, of }, read: plan.read, tokens: plan.budget.used };
        part += 1;
        const { shares, cost: spent } = await judge(plan, task);
        costs.push(spent);
        leftOut.push(...plan.leftOut);
        for (const one of plan.read) seen.set(one.source.number, one);
        const inGroup = new Map(group.map((source) => [source.number, source]));
        // A prompt in which nothing answers has no claim on the next round but by search.
        const best = shares.size > 0 ? [...shares].slice(0, kept) : [];
        recalled.push(
          ...best.flatMap(([number, share]) => {
            const source = inGroup.get(number);
            return source ? [{ source, share }] : [];
          }),
        );
      }
      const next = [
        ...new Set([...given, ...recalled.toSorted((a, b) => b.share - a.share).map(({ source }) => source)]),
      ];
      // Fewer in each round, or it would not end.
      candidates = next.length > 0 && next.length < candidates.length ? next : candidates.slice(0, kept);
      groups = grouped(candidates);
      if (groups.length > 1 && candidates.length <= kept) break;
    }
    const last = labelledPlan(task, candidates, prompt);
    yield { type: 'pass', purpose: 'choice', read: last.read, tokens: last.budget.used };
    const { shares, cost: spent } = await judge(last, task);
    costs.push(spent);
    for (const one of last.read) seen.set(one.source.number, one);
    const whole = new Map(sources.map((source) => [source.number, source]));
    const chosen = chosenBy(last.read, shares).map((one) => ({
      ...(whole.get(one.number) ?? one),
      worth: one.worth ?? 0,
    }));
    const plan = await settled(decoder, () => planOf(frame, chosen, decoder, limits), signal);
    yield {
      type: 'answer',
      plan: { ...withPassed(plan, { read: [...seen.values()], leftOut }, chosen), movesRuns: true },
      cost: costOf(costs),
    };
  },
};

function chunked<T>(list: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most));
}
