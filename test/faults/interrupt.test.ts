/** Ctrl-C in every phase, and two commands at once: the exit status is 130 and the index stays whole. */
import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { longsight } from '../support/command-line.ts';
import { indexReportShape, searchShape, statusShape } from '../support/shapes.ts';
import { smallFiles, smallRepository, temporaryFolder } from '../support/small-repository.ts';

const moduleCount = 400;

function largerRepository(t: TestContext): string {
  const many = Object.fromEntries(
    Array.from({ length: moduleCount }, (_, i) => [
      `src/area_${i % 20}/module_${i}.py`,
      Array.from(
        { length: 12 },
        (_unused, j) =>
          `def weigh_${i}_${j}(parcel):\n    """Weighs parcel ${i} the ${j}th way."""\n    return parcel.weight * ${j}\n\n`,
      ).join(''),
    ]),
  );
  return smallRepository(t, { files: { ...smallFiles, ...many } });
}

/** The index is whole: every file is either in it or will be by a plain run, and search finds what is there. */
async function assertWhole(cwd: string, home: string): Promise<void> {
  const run = await longsight(['index', '--lexical-only', '--json'], { cwd, home });
  assert.equal(run.code, 0, run.stderr);
  const report = indexReportShape.parse(JSON.parse(run.stdout));
  assert.equal(report.indexed + report.unchanged, report.files);
  assert.ok(report.files >= moduleCount);
  assert.deepEqual(report.failed, []);
  const search = await longsight(['search', 'shortest route Dijkstra', '--json'], { cwd, home });
  assert.equal(searchShape.parse(JSON.parse(search.stdout)).results[0]?.path, 'src/router.py');
}

describe('Ctrl-C', () => {
  it('while indexing keeps what was done', async (t) => {
    const cwd = largerRepository(t);
    const home = temporaryFolder(t, 'home');
    // From the first moment to near the end; whichever phase it hits, nothing may be lost.
    for (const interruptAfterMs of [30, 150, 300, 450, 600, 900]) {
      const run = await longsight(['index', '--lexical-only'], { cwd, home, interruptAfterMs });
      // Before Node runs the first line, the system ends the process, which a shell shows as 130 too.
      const cancelled = run.code === 130 || run.signal === 'SIGINT';
      assert.ok(
        cancelled || run.code === 0,
        `after ${interruptAfterMs} ms: ${run.code ?? run.signal ?? ''} ${run.stderr}`,
      );
    }
    await assertWhole(cwd, home);
  });

  it('while a question is answered leaves with 130, at every event', async (t) => {
    const cwd = largerRepository(t);
    const home = temporaryFolder(t, 'home');
    assert.equal((await longsight(['index', '--lexical-only'], { cwd, home })).code, 0);
    for (const phase of ['"type":"status"', '"type":"source"']) {
      const run = await longsight(['ask', 'How is the shortest route found?', '--stream-json'], {
        cwd,
        home,
        interruptWhen: ({ stdout }) => stdout.includes(phase),
      });
      // The answer may be finished before the signal arrives.
      assert.ok(
        run.code === 130 || (run.code === 0 && run.stdout.includes('"type":"done"')),
        `${phase}: ${run.code ?? ''} ${run.stderr}`,
      );
      assert.doesNotMatch(run.stderr, /LS1000/);
    }
    await assertWhole(cwd, home);
  });

  it('kill -9 while indexing loses nothing that was done', async (t) => {
    const cwd = largerRepository(t);
    const home = temporaryFolder(t, 'home');
    await longsight(['index', '--lexical-only'], { cwd, home, interruptAfterMs: 700, interrupt: 'SIGKILL' });
    await assertWhole(cwd, home);
  });

  it('ends a watching index', async (t) => {
    const cwd = smallRepository(t);
    const home = temporaryFolder(t, 'home');
    const run = await longsight(['index', '--watch', '--json'], {
      cwd,
      home,
      interruptWhen: ({ stdout }) => stdout.includes('"files"'),
    });
    assert.equal(run.code, 130, run.stderr);
  });
});

describe('several commands at once', () => {
  it('share one index', async (t) => {
    const cwd = largerRepository(t);
    const home = temporaryFolder(t, 'home');
    const runs = await Promise.all([
      longsight(['index', '--lexical-only', '--json'], { cwd, home }),
      longsight(['search', 'shortest route', '--json'], { cwd, home }),
      longsight(['status', '--json'], { cwd, home }),
    ]);
    for (const run of runs) assert.equal(run.code, 0, run.stderr);
    statusShape.parse(JSON.parse(runs[2].stdout));
    await assertWhole(cwd, home);
  });
});
