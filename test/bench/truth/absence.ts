/**
 * Measures which questions are refused because what they ask about is not there:
 * `node test/bench/truth/absence.ts REPOSITORIES QUESTIONS.jsonl… [--split look|held] [--embedder] [--show]`.
 *
 * REPOSITORIES is a folder with a checkout under each name that the questions' `repo` field has; of these the questions of kind
 * `absent` should be refused and all others not. Beside them those of absent.tsv are asked: near to what their repository does, and
 * answered by nothing in it; a third of them have their subject mentioned somewhere, which no word can tell. Those of near.tsv
 * are made of words that their repositories have, asked for together with questions that are answered there in other words than
 * they are put; of their repositories some are looked at while anything is changed (`look`), the others only counted (`held`).
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { absenceOf } from '../../../src/answers/truth/absence/absence.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { openIndex } from '../../../src/index/open-index.ts';
import { longsightHome } from '../../../src/models/home.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { openEmbedder } from '../../../src/runtime/embedding/open-embedder.ts';
import { createSearch } from '../../../src/search/search.ts';

interface Row {
  readonly set: string;
  readonly repo: string;
  readonly question: string;
  readonly isAbsent: boolean;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: 'string' },
    embedder: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});
const [repositories, ...sets] = positionals;
if (repositories === undefined) {
  process.stderr.write(
    'usage: node test/bench/truth/absence.ts REPOSITORIES QUESTIONS.jsonl… [--split look|held] [--embedder] [--show]\n',
  );
  process.exit(2);
}
const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const rows: Row[] = sets.flatMap((file) =>
  linesOf(file).map((line) => {
    const { repo, question, query, kind } = JSON.parse(line) as Record<string, string | undefined>;
    return {
      set: path.basename(path.dirname(file)),
      repo: repo ?? '',
      question: question ?? query ?? '',
      isAbsent: kind === 'absent',
    };
  }),
);
for (const line of linesOf(path.join(import.meta.dirname, 'absent.tsv'))) {
  const [repo = '', question = ''] = line.split('\t');
  rows.push({ set: 'absent.tsv', repo, question, isAbsent: true });
}

for (const line of linesOf(path.join(import.meta.dirname, 'near.tsv'))) {
  const [repo = '', split = '', kind, question = ''] = line.split('\t');
  rows.push({ set: `near ${split}`, repo, question, isAbsent: kind === 'absent' });
}
if (values.split !== undefined)
  rows.splice(0, rows.length, ...rows.filter(({ set }) => set === `near ${values.split}`));

const embedder = values.embedder
  ? await openEmbedder({ home: longsightHome(), threads: null, logger: silentLogger })
  : null;
const counts = new Map<string, { rows: number; refused: number }>();
for (const repo of new Set(rows.map((row) => row.repo))) {
  if (!existsSync(path.join(repositories, repo))) continue;
  const index = openIndex({
    location: findRepository(path.join(repositories, repo)),
    home: longsightHome(),
    settings: { include: [], exclude: [], maxFileSize: 1_000_000 },
    logger: silentLogger,
  });
  await index.indexer.run({}, () => undefined);
  const search = createSearch({ reader: index.reader, embedder, logger: silentLogger });
  await search.warm(new AbortController().signal);
  for (const { set, question, isAbsent, ...row } of rows) {
    if (row.repo !== repo) continue;
    const { verdict, nowhere } = await absenceOf(
      question,
      [{ reader: index.reader, search, repositoryRoot: path.join(repositories, repo) }],
      new AbortController().signal,
    );
    const isRefused = verdict === 'absent';
    const name = `${set.padEnd(12)} ${isAbsent ? 'absent' : 'answerable'}`;
    const count = counts.get(name) ?? { rows: 0, refused: 0 };
    counts.set(name, { rows: count.rows + 1, refused: count.refused + (isRefused ? 1 : 0) });
    if (values.show && isRefused !== isAbsent)
      process.stdout.write(`${isAbsent ? 'not refused' : 'refused'}: ${repo}: ${question} (${nowhere.join(', ')})\n`);
  }
  search.dispose();
  index.dispose();
}
await embedder?.dispose();
for (const [name, { rows: all, refused }] of [...counts].toSorted(([a], [b]) => a.localeCompare(b)))
  process.stdout.write(`${name.padEnd(26)} refused ${refused} of ${all}\n`);
