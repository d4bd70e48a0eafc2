import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { historyOfLines } from '../../../src/repository/line-history.ts';
import { type GitFolder, gitFolder } from '../../support/git-folder.ts';

const limit = 20_000;
const first = 'def moor(ship):\n    return ship\n\n\ndef leave(ship):\n    return None\n';
const second = 'def moor(ship):\n    wait_for_tide()\n    return ship\n\n\ndef leave(ship):\n    return None\n';

describe('the history of lines', () => {
  let top: string;
  let root: string;
  let folder: GitFolder;
  const ids: string[] = [];
  const all = (text: string): { startLine: number; endLine: number }[] => [
    { startLine: 1, endLine: text.split('\n').length - 1 },
  ];

  before(async () => {
    top = await realpath(await mkdtemp(path.join(tmpdir(), 'longsight-history-')));
    root = path.join(top, 'harbor');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(root);
    folder = gitFolder(root);
    ids.push(folder.commit({ 'old.py': first }, 'Add the berth', '2019-03-04'));
    folder.git('mv', 'old.py', 'berth.py');
    ids.push(folder.commit({}, 'Rename to berth', '2019-04-01'));
    ids.push(
      folder.commit(
        { 'berth.py': second },
        'Wait for the tide (#12)\n\nShips ran aground when they moored at low water.\n\nSigned-off-by: T <t@example.org>',
        '2019-05-06',
      ),
    );
  });
  after(() => rm(top, { recursive: true, force: true }));

  it('names the commit of each line, with day, message without trailers, and the name the file had', async () => {
    const { state, commits } = await historyOfLines(
      root,
      [{ path: 'berth.py', text: second, ranges: all(second) }],
      limit,
    );
    assert.equal(state, 'whole');
    const [made, changed] = ['Add the berth', 'Wait for the tide (#12)'].map((subject) =>
      commits.find((one) => one.subject === subject),
    );
    assert.deepEqual(changed, {
      id: ids[2],
      file: 'berth.py',
      path: 'berth.py',
      date: '2019-05-06',
      subject: 'Wait for the tide (#12)',
      body: 'Ships ran aground when they moored at low water.',
      before: { id: ids[1], path: 'berth.py' },
      lines: [{ startLine: 2, endLine: 2 }],
    });
    assert.equal(made?.id, ids[0]);
    assert.deepEqual([made?.path, made?.before], ['old.py', null]);
    assert.equal(commits.length, 2);
  });

  it('knows nothing of lines that are not committed, and finds the others where they are now', async () => {
    const text = second.replace('    wait_for_tide()\n', '    wait_for_tide()\n    count()\n');
    const { commits } = await historyOfLines(
      root,
      [{ path: 'berth.py', text, ranges: [{ startLine: 2, endLine: 4 }] }],
      limit,
    );
    assert.deepEqual(commits.map(({ subject, lines }) => [subject, lines]).toSorted(), [
      ['Add the berth', [{ startLine: 4, endLine: 4 }]],
      ['Wait for the tide (#12)', [{ startLine: 2, endLine: 2 }]],
    ]);
    const none = await historyOfLines(root, [{ path: 'new.py', text: 'a\n', ranges: all('a\n') }], limit);
    assert.deepEqual(none, { state: 'whole', commits: [] });
  });

  it('passes over the commits of .git-blame-ignore-revs', async () => {
    const clone = path.join(top, 'ignoring');
    folder.git('clone', '-q', root, clone);
    await writeFile(path.join(clone, '.git-blame-ignore-revs'), `# tide\n${ids[2] ?? ''}\n`);
    const changed = second.replace('wait_for_tide()', 'wait_for_tide()  # low water');
    const own = gitFolder(clone);
    const form = own.commit({ 'berth.py': changed }, 'Form only');
    await writeFile(path.join(clone, '.git-blame-ignore-revs'), `${form}\n`);
    const { commits } = await historyOfLines(
      clone,
      [{ path: 'berth.py', text: changed, ranges: [{ startLine: 2, endLine: 2 }] }],
      limit,
    );
    assert.deepEqual(
      commits.map(({ id }) => id),
      [ids[2]],
    );
  });

  it('says that a shallow repository ends early, and believes nothing of its oldest commit', async () => {
    const clone = path.join(top, 'shallow');
    folder.git('clone', '-q', '--depth', '1', `file://${root}`, clone);
    const { state, commits } = await historyOfLines(
      clone,
      [{ path: 'berth.py', text: second, ranges: all(second) }],
      limit,
    );
    assert.deepEqual({ state, commits }, { state: 'shallow', commits: [] });
  });

  it('says that there is no history without Git, and where nothing was committed', async () => {
    const bare = path.join(top, 'plain');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(bare);
    const file = { path: 'a.py', text: 'a\n', ranges: all('a\n') };
    assert.deepEqual(await historyOfLines(bare, [file], limit), { state: 'none', commits: [] });
    gitFolder(bare);
    assert.deepEqual(await historyOfLines(bare, [file], limit), { state: 'none', commits: [] });
  });

  it('starts no program that the repository names', async () => {
    const clone = path.join(top, 'hostile');
    folder.git('clone', '-q', root, clone);
    const mark = path.join(top, 'started');
    const own = gitFolder(clone);
    const program = `sh -c 'touch ${mark}; cat'`;
    for (const key of ['filter.x.clean', 'filter.x.process', 'diff.x.textconv', 'core.fsmonitor', 'core.pager'])
      own.git('config', key, program);
    await writeFile(path.join(clone, '.git-blame-ignore-revs'), 'no commit\n');
    await writeFile(path.join(clone, '.gitattributes'), '*.py filter=x diff=x\n');
    const { commits } = await historyOfLines(clone, [{ path: 'berth.py', text: second, ranges: all(second) }], limit);
    assert.equal(commits.length, 2);
    assert.equal(existsSync(mark), false);
  });

  it('does not leave the folder, and stops when it is cancelled', async () => {
    const outside = { path: '../harbor/berth.py', text: second, ranges: all(second) };
    assert.deepEqual((await historyOfLines(root, [outside], limit)).commits, []);
    await assert.rejects(
      historyOfLines(root, [{ path: 'berth.py', text: second, ranges: all(second) }], limit, AbortSignal.abort()),
      CancelledError,
    );
  });

  it('gives each line to one commit at most, whatever is asked for', async () => {
    const line = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 3 }), async (pairs) => {
        const ranges = pairs.map(([a, b]) => ({ startLine: Math.min(a, b), endLine: Math.max(a, b) }));
        const { commits } = await historyOfLines(root, [{ path: 'berth.py', text: second, ranges }], limit);
        const held = commits.flatMap(({ lines }) =>
          lines.flatMap(({ startLine, endLine }) =>
            Array.from({ length: endLine - startLine + 1 }, (_, at) => startLine + at),
          ),
        );
        const asked = new Set(
          ranges.flatMap(({ startLine, endLine }) =>
            Array.from({ length: endLine - startLine + 1 }, (_, at) => startLine + at),
          ),
        );
        assert.equal(new Set(held).size, held.length);
        assert.deepEqual(new Set(held), asked);
      }),
      { numRuns: 12 },
    );
  });
});
