/**
 * The strategy `map-reduce`: the decoder notes what each part of the sources says about the question, and answers from the notes. Notes
 * that are too many for one prompt are first brought together into fewer (as LangChain's chain of that name, Chase 2022).
 */
import { say } from '../../base/sentences.ts';
import { settled } from '../../runtime/settled.ts';
import { sourceRoom } from '../budget.ts';
import { type Parts, passesOf, planOver, plansOf, written } from '../passes.ts';
import type { ReadingPlan } from '../plan.ts';
import { type PassCost, type ReadingStrategy, type ReadingTask, costOf } from '../strategy.ts';
import { stuff } from './stuff.ts';

/** Of a note, at most. */
const noteTokens = 96;
/** Tokens of a prompt that instructions and question take: what is left is for notes. */
const aroundNotes = 300;

export const mapReduce: ReadingStrategy = {
  name: 'map-reduce',
  hindered: ({ frame }) => (frame.passes ? null : say('the decoder only quotes')),
  async *read(task) {
    const { frame, sources, decoder, signal } = task;
    const { note, nothing } = passesOf(frame);
    const divide = (): Parts => plansOf(task, sources, { question: note }, noteTokens);
    const { plans, beyond } = await settled(decoder, divide, signal);
    if (plans.length <= 1) {
      yield* stuff.read(task);
      return;
    }
    const costs: PassCost[] = [];
    const noted: { readonly plan: ReadingPlan; readonly text: string }[] = [];
    const silent: ReadingPlan[] = [];
    for (const [at, plan] of plans.entries()) {
      const purpose = { part: at + 1, of: plans.length };
      yield { type: 'pass', purpose, read: plan.read, tokens: plan.budget.used };
      const { text, cost } = await written(plan, noteTokens, task);
      costs.push(cost);
      if (text === '' || text.toLowerCase().startsWith(nothing)) silent.push(plan);
      else noted.push({ plan, text });
    }
    // Where no part says anything, the best of the sources are read as they are: the decoder is the one to refuse.
    if (noted.length === 0) {
      yield* stuff.read(task);
      return;
    }
    const notes = await collapsed(
      noted.map(({ text }) => text),
      task,
      costs,
    );
    const plan = planOver(
      task,
      passesOf(frame).renderNotes(notes),
      noted.map((one) => one.plan),
    );
    const alsoRead = silent.flatMap(({ read }) =>
      read.map((one) => ({ ...one, reason: say('read; it says nothing about the question') })),
    );
    const leftOut = [...plan.leftOut, ...silent.flatMap((one) => one.leftOut), ...beyond];
    yield { type: 'answer', plan: { ...plan, alsoRead, leftOut }, cost: costOf(costs) };
  },
};

/** As few notes as one prompt holds; neighbours are brought together first. */
async function collapsed(
  notes: readonly string[],
  task: Omit<ReadingTask, 'sources'>,
  costs: PassCost[],
): Promise<readonly string[]> {
  const { frame, decoder, limits } = task;
  const { note, renderNotes } = passesOf(frame);
  const room = Math.max(sourceRoom(limits, aroundNotes), 2 * noteTokens);
  const tokens = (some: readonly string[]): number => decoder.countTokens(renderNotes(some));
  if (notes.length <= 1 || tokens(notes) <= room) return notes;
  const groups: string[][] = [];
  for (const one of notes) {
    const last = groups.at(-1);
    if (last && tokens([...last, one]) <= room) last.push(one);
    else groups.push([one]);
  }
  // One note alone that is too long is not made shorter by being read again.
  if (groups.length === notes.length) return notes.slice(0, 1);
  const fewer: string[] = [];
  for (const group of groups) {
    const plan = planOver({ ...task, frame: { ...frame, history: [], question: note } }, renderNotes(group), []);
    const { text, cost } = await written(plan, noteTokens, task);
    costs.push(cost);
    fewer.push(text === '' ? group.join(' ') : text);
  }
  return collapsed(fewer, task, costs);
}
