/** The evaluation of a repository: its questions, the copy that it searches, and the table and the picture that come of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { firstSentence } from '../../../src/answers/code/first-sentence.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { createEngine } from '../../../src/engine/engine.ts';
import { copyWithout } from '../../../src/engine/evaluation/copy.ts';
import { evaluate } from '../../../src/engine/evaluation/evaluate.ts';
import { plotOf } from '../../../src/engine/evaluation/plot.ts';
import { commitQuestions, documentedDefinitions, sampled } from '../../../src/engine/evaluation/questions.ts';
import { rowsOf } from '../../../src/engine/evaluation/rows.ts';
import { protocolVersion } from '../../../src/protocol/engine.ts';
import { recentCommits } from '../../../src/repository/commits.ts';
import { indexFiles } from '../../support/indexed-folder.ts';
import { temporaryFolder, writeFiles } from '../../support/small-repository.ts';

const never = new AbortController().signal;
const files = {
  'harbor/berth.py':
    'import os\n\n\nclass Berth:\n    """Keeps the ships that are moored at one place of the quay."""\n\n    def moor(self, ship):\n        """Ties a ship to the quay until the tide has turned twice.\n\n        Longer words follow.\n        """\n        self.ship = ship\n        return ship\n\n    def wait(self, tide):\n        """Waits for a tide that is high enough to leave the harbour."""\n\n\ndef undocumented():\n    a = os.getcwd()\n    return a\n',
  'harbor/crane.ts':
    '/**\n * Lifts a crate from the deck and swings it over to the quay.\n * @param crate what is lifted\n */\nexport function lift(crate: string): string {\n  const up = crate;\n  return up;\n}\n',
  'harbor/mast.go':
    'package harbor\n\n// Hoist pulls the flag up until it reaches the top of the mast.\nfunc Hoist(flag string) string {\n\tup := flag\n\treturn up\n}\n',
};

describe('the questions of an evaluation', () => {
  it('are the comments of definitions, which are not in the copy, whose places are those of the definitions there', async (t) => {
    const folder = await indexFiles(t, 'harbor', files);
    const { reader } = folder.index;
    const documented = documentedDefinitions(reader);
    assert.deepEqual(documented.map(({ symbol }) => symbol.name).toSorted(), ['Berth', 'Hoist', 'lift', 'moor']);
    assert.ok(documented.every(({ question, symbol }) => !question.includes(symbol.name)));
    const copy = await copyWithout(reader, folder.root, documented, [], never);
    t.after(() => copy.dispose());
    for (const [at, { path: file, symbol, truth }] of documented.entries()) {
      const text = await readFile(path.join(copy.root, file), 'utf8');
      assert.ok(!text.includes(firstSentence(truth).slice(0, 30)), text);
      const [place] = copy.questions[at]?.places ?? [];
      const line = text.split('\n')[(place?.startLine ?? 0) - 1] ?? '';
      assert.ok(line.includes(symbol.name), `${line} is not where ${symbol.name} begins`);
    }
    const python = await readFile(path.join(copy.root, 'harbor/berth.py'), 'utf8');
    assert.match(python, /def wait\(self, tide\):\n {8}"""Waits/, 'too short a definition is not asked for');
    await copy.dispose();
    assert.ok(!existsSync(copy.root));
  });

  it('are the same for the same seed, and of distinct items', () => {
    const items = Array.from({ length: 100 }, (_, at) => at);
    const taken = sampled(items, 20, 7);
    assert.deepEqual(sampled(items, 20, 7), taken);
    assert.notDeepEqual(sampled(items, 20, 8), taken);
    assert.equal(new Set(taken).size, 20);
    assert.equal(sampled(items, 500, 1).length, 100);
  });

  it('are the subjects of commits that changed few files which are there', async (t) => {
    const folder = await indexFiles(t, 'harbor', files);
    const git = (...args: readonly string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: folder.root,
        stdio: 'ignore',
      });
    git('init', '-q');
    git('add', 'harbor/berth.py');
    git('commit', '-q', '-m', 'feat(berth): moor ships that come in at night (#12)');
    git('add', '.');
    git('commit', '-q', '-m', 'more');
    const questions = commitQuestions(await recentCommits(folder.root, 10), folder.index.reader);
    assert.deepEqual(
      questions.map(({ truth, places }) => [truth, places.map((place) => place.path)]),
      [['moor ships that come in at night', ['harbor/berth.py']]],
    );
  });
});

describe('an evaluation', () => {
  it('finds the places over a copy of its own and leaves no index of it behind', async (t) => {
    const repository = temporaryFolder(t, 'harbor');
    const home = temporaryFolder(t, 'home');
    writeFiles(repository, files);
    const initialize = {
      protocolVersion,
      repository,
      home,
      settings: { model: null, threads: 1, embeddings: false, offline: true },
      watchesFiles: false,
    };
    const engine = await createEngine(initialize, silentLogger);
    await engine.index({ lexicalOnly: true }, () => undefined, never);
    await engine.dispose();
    const before = readdirSync(path.join(home, 'index'));
    const run = (signal: AbortSignal): ReturnType<typeof evaluate> =>
      evaluate(
        { questions: 3, seed: 1, kinds: ['documentation'], strategies: ['auto'], models: [], likelihood: true },
        initialize,
        silentLogger,
        () => undefined,
        signal,
      );
    const report = await run(never);
    assert.equal(report.measures.length, 3);
    const [row] = report.rows;
    assert.equal(row?.questions, 3);
    assert.ok(row.reciprocalRank > 0 && row.reciprocalRank <= 1, String(row.reciprocalRank));
    assert.equal(row.nll, null);
    assert.deepEqual(readdirSync(path.join(home, 'index')), before);
    assert.equal(await readFile(path.join(repository, 'harbor/crane.ts'), 'utf8'), files['harbor/crane.ts']);
  });

  it('is a table of means and a picture that holds every row', () => {
    const question = { kind: 'commits' as const, question: 'q', truth: 't', places: [] };
    const none = { isRead: null, support: null, firstWordMs: null, tokensRead: null, nll: null };
    const measures = [2, null, 8].map((rank) => ({
      question,
      of: [
        { model: null, strategy: null, rank, ...none },
        {
          model: '/x/a<b>.gguf',
          strategy: 'auto',
          rank,
          isRead: rank !== null,
          support: rank === 2 ? 0.5 : null,
          firstWordMs: (rank ?? 1) * 1000,
          tokensRead: 100,
          nll: 2,
        },
      ],
    }));
    const rows = rowsOf(measures);
    assert.equal(rows.length, 2);
    assert.deepEqual(
      rows.map(({ reciprocalRank, foundIn5, foundIn10 }) => [reciprocalRank, foundIn5, foundIn10]),
      [
        [(1 / 2 + 1 / 8) / 3, 1 / 3, 2 / 3],
        [(1 / 2 + 1 / 8) / 3, 1 / 3, 2 / 3],
      ],
    );
    const last = rows.at(-1);
    assert.deepEqual([last?.read, last?.support, last?.firstWordMs, last?.nll], [2 / 3, 0.5, 2000, 2]);
    const svg = plotOf(rows);
    assert.match(svg, /^<svg [^>]*>[^]*<\/svg>\n$/);
    assert.ok(svg.includes('a&lt;b&gt;.gguf auto, commits') && !svg.includes('a<b>'));
    assert.equal(svg.match(/Nats a token/g)?.length, 1);
  });
});
