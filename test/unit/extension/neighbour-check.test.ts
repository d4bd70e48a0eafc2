/** An explanation whose code stays is outdated when what the code uses changes, and not any more when that is taken back. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { it } from 'node:test';
import type { SavedExplanation } from '../../../src/extension/explain/explanation-store.ts';
import type { EngineApi } from '../../../src/protocol/engine.ts';
import { NeighbourCheck } from '../../../src/extension/explain/neighbour-check.ts';
import { answersOver } from '../../support/answers-over.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

it('follows what an explanation was made from', async (t) => {
  const folder = await indexFiles(t, 'check', {
    'src/limits.py': 'def largest(kind):\n    return 10\n',
    'src/store.py':
      'from src.limits import largest\n\n\ndef keep(value):\n    return value if value < largest(1) else None\n',
  });
  const { answers } = answersOver(folder);
  const place = { path: 'src/store.py', startLine: 4, endLine: 5 };
  const { subject } = await answers.explain(place, () => undefined, new AbortController().signal);
  const saved: SavedExplanation = {
    ...{ id: 'a', uri: 'file:///src/store.py', repository: null, ...place, asked: null },
    ...{ text: '', textHash: '', symbol: 'keep', madeFrom: subject.madeFrom },
    ...{ stale: false, outdated: false, collapsed: false, turns: [] },
  };
  const all: { saved: SavedExplanation; running: null }[] = [{ saved, running: null }];
  const told: boolean[] = [];
  let asked = 0;
  let answered: Promise<unknown> = Promise.resolve();
  const engine: Pick<EngineApi, 'explain'> = {
    explain: (...request) => {
      asked += 1;
      assert.equal(request[0].keptOnly, true);
      const answer = answers.explain(...request);
      answered = answer;
      return answer;
    },
  };
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const check = new NeighbourCheck(
    { ready: () => Promise.resolve({ engine }) },
    () => all,
    (one, outdated) => {
      told.push(outdated);
      one.saved = { ...one.saved, outdated };
    },
  );
  const checkNow = async (): Promise<void> => {
    const before = asked;
    check.soon();
    check.soon();
    t.mock.timers.tick(3_000);
    while (asked === before) await turn();
    await answered;
    await turn();
  };
  const limits = path.join(folder.root, 'src/limits.py');
  const was = await readFile(limits, 'utf8');
  await checkNow();
  assert.deepEqual(told, []);
  await writeFile(limits, was.replace('10', '11'));
  await folder.refresh();
  await checkNow();
  assert.deepEqual(told, [true]);
  await writeFile(limits, was);
  await folder.refresh();
  await checkNow();
  assert.deepEqual(told, [true, false]);
  assert.equal(asked, 3);
  check.dispose();
});
