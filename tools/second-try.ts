/**
 * Suites that drive an editor get a second try, as in the smoke tests of editors: when a test fails, the whole suite runs once more
 * in a fresh editor, for its tests build on each other. The first failure is printed in full. A test that fails twice has failed.
 */
import type { Outcome } from '../test/support/outcomes.ts';

export interface SecondTryOptions {
  /** What the suite is called in messages. */
  readonly suite: string;
  /** Runs all of it from the start. Rejects when the run was lost, for instance because no editor came up. */
  readonly run: () => Promise<readonly Outcome[]>;
  readonly say: (words: string) => void;
}

/** The outcome of each test: passed when it passed in one of the runs, failed when it never did. A run that is lost twice throws. */
export async function withSecondTry({ suite, run, say }: SecondTryOptions): Promise<readonly Outcome[]> {
  let first: readonly Outcome[] | null = null;
  try {
    first = await run();
  } catch (error) {
    say(`FAILED ${suite}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  if (first?.every(({ state }) => state !== 'failed') && first.length > 0) return first;
  for (const { title, state, error } of first ?? [])
    if (state === 'failed') say(`FAILED ${suite} > ${title}\n${error ?? ''}\n`);
  say(`${suite}: once more, in a fresh editor`);
  const second = await run();
  if (!first) {
    say(`failed once, ran at the second try: ${suite}`);
    return second;
  }
  const outcomes = together(first, second);
  const passed = new Set(outcomes.filter(({ state }) => state === 'passed').map(({ title }) => title));
  for (const { title, state } of first)
    if (state === 'failed' && passed.has(title)) say(`failed once, passed at the second try: ${title}`);
  return outcomes;
}

/** Both runs in one, test by test; a failure is told as it was in the second run. */
function together(first: readonly Outcome[], second: readonly Outcome[]): readonly Outcome[] {
  const byTitle = new Map<string, Outcome>();
  for (const outcome of [...first, ...second])
    if (byTitle.get(outcome.title)?.state !== 'passed') byTitle.set(outcome.title, outcome);
  return [...byTitle.values()];
}
