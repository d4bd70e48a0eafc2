import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;

const filler = (name: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `    ${name}_${String(at)} = ${String(at)}`).join('\n');

const ledger = `
def settle(account, amount):
    """Settles an account."""
${filler('step', 20)}
    # A frozen account takes no money:
    # the bank was told to keep it.
    if account.frozen:
        raise FrozenAccount(
            account.number,
            amount,
        )
${filler('later', 20)}
    return amount
`;

describe('the lines of a cited place that are shown', () => {
  it('are the declaration and those that matter for the question, whole statements, with a mark where lines are left out', async (t) => {
    const folder = await indexFiles(t, 'bank', { 'bank/ledger.py': ledger });
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question: 'What happens when a frozen account is settled?' }, onEvent, never);
    const [source] = answer.sources;
    const excerpt = source?.excerpt ?? '';
    assert.match(excerpt, /^def settle\(account, amount\):\n {4}…\n/);
    // The comment is shown whole, and so is the statement that the condition leads to.
    assert.ok(excerpt.includes('    # A frozen account takes no money:\n    # the bank was told to keep it.\n'));
    assert.ok(
      excerpt.includes('        raise FrozenAccount(\n            account.number,\n            amount,\n        )'),
    );
    assert.ok(!excerpt.includes('step_3 '));
    assert.ok(answer.answer.includes('if account.frozen:'));
    // Every line is one of the file.
    const lines = new Set(ledger.split('\n'));
    for (const line of excerpt.split('\n')) assert.ok(lines.has(line) || line.trim() === '…', line);
  });

  it('are how it begins where nothing of the question is in it', async (t) => {
    const folder = await indexFiles(t, 'bank', { 'bank/ledger.py': ledger });
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question: 'Where is `settle` defined?' }, onEvent, never);
    assert.match(answer.sources[0]?.excerpt ?? '', /^def settle\(account, amount\):\n(?: {4}…\n)? {4}step_0 = 0\n/);
  });
});
