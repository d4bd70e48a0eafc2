/** The second try of a suite in an editor: what it forgives, what it does not, and that it says so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withSecondTry } from '../../../tools/second-try.ts';
import { type Outcome, outcomeOf } from '../../support/outcomes.ts';

const passed = (title: string): Outcome => ({ title, state: 'passed', error: null });
const failed = (title: string, error = `${title} went wrong`): Outcome => ({ title, state: 'failed', error });

/** Runs of a suite, one after the other; null is one that is lost. */
async function tried(...runs: (readonly Outcome[] | null)[]): Promise<{ outcomes: readonly Outcome[]; said: string }> {
  const said: string[] = [];
  const waiting = [...runs];
  const run = (): Promise<readonly Outcome[]> => {
    const next = waiting.shift();
    return next ? Promise.resolve(next) : Promise.reject(new Error('no editor'));
  };
  const outcomes = await withSecondTry({ suite: 'page', run, say: (words) => said.push(words) });
  return { outcomes, said: said.join('\n') };
}

describe('the second try', () => {
  it('is not taken where nothing failed', async () => {
    const { outcomes, said } = await tried([passed('a'), passed('b')]);
    assert.deepEqual(outcomes, [passed('a'), passed('b')]);
    assert.equal(said, '');
  });

  it('counts what passes at it as passed, and prints the first failure in full', async () => {
    const { outcomes, said } = await tried([passed('a'), failed('b')], [passed('a'), passed('b')]);
    assert.deepEqual(outcomes, [passed('a'), passed('b')]);
    assert.match(said, /FAILED page > b\nb went wrong/);
    assert.match(said, /^failed once, passed at the second try: b$/m);
  });

  it('does not hide what fails twice', async () => {
    const { outcomes, said } = await tried([failed('a', 'one'), failed('b')], [failed('a', 'two'), passed('b')]);
    assert.deepEqual(outcomes, [failed('a', 'two'), passed('b')]);
    assert.doesNotMatch(said, /second try: a/);
  });

  it('does not forget what failed and did not run again', async () => {
    const { outcomes } = await tried([passed('a'), failed('b')], [passed('a')]);
    assert.deepEqual(outcomes, [passed('a'), failed('b')]);
  });

  it('is given once to a run that was lost, or in which nothing ran', async () => {
    assert.deepEqual((await tried(null, [passed('a')])).outcomes, [passed('a')]);
    assert.deepEqual((await tried([], [passed('a')])).outcomes, [passed('a')]);
    await assert.rejects(tried(null, null), /no editor/);
  });
});

describe('the outcome of a test', () => {
  it('is not told by the suite around it, unless a hook of it failed', () => {
    const inSuite = (failureType: string): Outcome | null =>
      outcomeOf({
        type: 'test:fail',
        data: {
          name: 'suite',
          details: {
            type: 'suite',
            error: Object.assign(new Error('outer'), { failureType, cause: new Error('why') }),
          },
        },
      });
    assert.equal(inSuite('subtestsFailed'), null);
    assert.match(inSuite('hookFailed')?.error ?? '', /why/);
  });
});
