/**
 * Measures how well search finds what questions ask for: `node test/bench/search-quality.ts QUESTIONS.jsonl REPOSITORIES`.
 *
 * REPOSITORIES is a folder with a checkout under each name that the questions' `repo` field has. Each is indexed (the index is
 * kept in LONGSIGHT_HOME) and asked; scores are printed beside plain BM25 over the same chunks. Options: `--embedder` uses the
 * default embedder, `--whole` ignores `index_root` and searches the whole repository, `--output RUN.jsonl` writes the ranked
 * ranges, `--only a,b` takes some repositories.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { openIndex, type RepositoryIndex } from '../../src/index/open-index.ts';
import { longsightHome } from '../../src/models/home.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import { openEmbedder } from '../../src/runtime/embedding/open-embedder.ts';
import { type BatchRun, percentile, searchBatch } from '../../src/search/batch.ts';
import { plainParameters, scoreChunks } from '../../src/search/bm25f.ts';
import { Corpus } from '../../src/search/corpus.ts';
import { parseQuery } from '../../src/search/query.ts';
import { ScopeCache } from '../../src/search/scope.ts';
import { createSearch } from '../../src/search/search.ts';
import { type GoldQuestion, hitAt, ndcg10, type RankedRange, reciprocalRank } from './score.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    embedder: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    output: { type: 'string' },
    only: { type: 'string' },
  },
});
const [questionsFile, repositories] = positionals;
if (questionsFile === undefined || repositories === undefined) {
  process.stderr.write(
    'usage: node test/bench/search-quality.ts QUESTIONS.jsonl REPOSITORIES [--embedder] [--whole] [--only a,b]\n',
  );
  process.exit(2);
}

const never = new AbortController().signal;
const home = longsightHome();
const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
const listed = 20;
const only = values.only?.split(',');
const questions = readFileSync(questionsFile, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as GoldQuestion)
  .filter((question) => !only || only.includes(question.repo));
const embedder = values.embedder ? await openEmbedder({ home, threads: null, logger: silentLogger }) : null;

const runs: BatchRun[] = [];
const plain: BatchRun[] = [];
const times: number[] = [];
for (const repo of new Set(questions.map((question) => question.repo))) {
  const index = openIndex({
    location: findRepository(path.join(repositories, repo)),
    home,
    settings,
    logger: silentLogger,
  });
  try {
    await index.indexer.run({}, () => undefined);
    await ask(index, repo);
  } finally {
    index.dispose();
  }
}
await embedder?.dispose();
report();
if (values.output !== undefined) writeFileSync(values.output, runs.map((run) => `${JSON.stringify(run)}\n`).join(''));

async function ask({ reader }: RepositoryIndex, repo: string): Promise<void> {
  const rows = questions
    .filter((question) => question.repo === repo)
    .map(({ id, query, index_root }) => ({ id, query, index_root: values.whole ? '' : index_root }));
  const search = createSearch({ reader, embedder, logger: silentLogger });
  await search.warm(never);
  const { runs: found, ms50, ms99 } = await searchBatch(search, rows, { limit: listed }, never);
  runs.push(...found);
  times.push(...found.map(() => ms50));
  search.dispose();
  process.stderr.write(`${repo}: ${reader.files().length} files, ms50 ${ms50.toFixed(1)}, ms99 ${ms99.toFixed(1)}\n`);
  const corpus = new Corpus(reader, silentLogger);
  await corpus.refresh(never);
  const scopes = new ScopeCache();
  for (const { id, query, index_root } of rows) {
    const scope = scopes.get(corpus, index_root === undefined || index_root === '' ? [] : [index_root], 'code');
    const { scores, touched } = scoreChunks(
      corpus.terms,
      corpus.files,
      parseQuery(query).terms,
      scope,
      plainParameters,
    );
    const best = [...touched].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b).slice(0, listed);
    const ranked = best.flatMap((chunk): RankedRange[] => {
      const file = corpus.terms.fileOf(chunk);
      const found = reader.chunksOf(corpus.files.facts(file).path)[chunk - corpus.terms.chunksOf(file).first];
      return found ? [{ path: found.path, start_line: found.startLine, end_line: found.endLine }] : [];
    });
    plain.push({ id, ranked });
  }
  corpus.dispose();
}

function report(): void {
  const ours = new Map(runs.map((run) => [run.id, run.ranked]));
  const floor = new Map(plain.map((run) => [run.id, run.ranked]));
  const groups = new Map<string, GoldQuestion[]>();
  for (const question of questions) {
    for (const group of ['all', question.category ?? '', question.language, question.repo].filter(
      (name) => name !== '',
    )) {
      const known = groups.get(group);
      if (!known) groups.set(group, [question]);
      else if (!known.includes(question)) known.push(question);
    }
  }
  const row = (cells: readonly string[]): string =>
    `${(cells[0] ?? '').padEnd(18)}${cells
      .slice(1)
      .map((cell) => cell.padStart(9))
      .join('')}\n`;
  process.stdout.write(row(['group', 'n', 'ndcg10', 'bm25', 'hit@1', 'hit@10', 'mrr10']));
  for (const [name, members] of groups) {
    const mean = (score: (question: GoldQuestion) => number): string =>
      (members.reduce((sum, question) => sum + score(question), 0) / members.length).toFixed(3);
    const of = (question: GoldQuestion): readonly RankedRange[] => ours.get(question.id) ?? [];
    process.stdout.write(
      row([
        name,
        String(members.length),
        mean((question) => ndcg10(question, of(question))),
        mean((question) => ndcg10(question, floor.get(question.id) ?? [])),
        mean((question) => hitAt(1, question, of(question))),
        mean((question) => hitAt(10, question, of(question))),
        mean((question) => reciprocalRank(question, of(question))),
      ]),
    );
  }
  process.stdout.write(`median of the repositories' medians: ${percentile(times, 0.5).toFixed(1)} ms a question\n`);
}
