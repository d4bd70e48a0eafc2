/**
 * Measures the search of one repository: `node test/bench/search.ts FOLDER [--questions FILE.jsonl] [--embedder]` prints how long
 * loading takes, how long a question takes (median and 99th percentile) and what it takes in memory. Without a file, questions are
 * made of the repository's own definitions.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { openIndex } from '../../src/index/open-index.ts';
import { partsOf } from '../../src/index/terms/words.ts';
import type { IndexReader } from '../../src/index/types.ts';
import { longsightHome } from '../../src/models/home.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import { openEmbedder } from '../../src/runtime/embedding/open-embedder.ts';
import { percentile } from '../../src/search/batch.ts';
import { createSearch } from '../../src/search/search.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { questions: { type: 'string' }, embedder: { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('usage: node test/bench/search.ts FOLDER [--questions FILE.jsonl] [--embedder]\n');
  process.exit(2);
}

const never = new AbortController().signal;
const home = longsightHome();
const megabytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
};
const index = openIndex({
  location: findRepository(folder),
  home,
  settings: { include: [], exclude: [], maxFileSize: 1_000_000 },
  logger: silentLogger,
});
const indexed = await index.indexer.run({}, () => undefined);
const embedder = values.embedder ? await openEmbedder({ home, threads: null, logger: silentLogger }) : null;
const { reader } = index;
const questions = values.questions === undefined ? questionsOf(reader) : questionsIn(values.questions);
const before = megabytes();
const cold = performance.now();
const search = createSearch({ reader, embedder, logger: silentLogger });
await search.search(questions[0] ?? '', { lexicalOnly: true }, never);
const firstAnswer = performance.now() - cold;
const warming = performance.now();
await search.warm(never);
const warmed = performance.now() - warming;
const times: number[] = [];
for (const question of questions) times.push((await search.search(question, {}, never)).ms);
process.stdout.write(
  `${indexed.files} files, ${indexed.chunks} chunks: first question with loading ${firstAnswer.toFixed(0)} ms, static vectors ${warmed.toFixed(0)} ms, ` +
    `${questions.length} questions: ms50 ${percentile(times, 0.5).toFixed(1)}, ms99 ${percentile(times, 0.99).toFixed(1)}; ` +
    `resident ${before.toFixed(0)} -> ${megabytes().toFixed(0)} MiB\n`,
);
search.dispose();
await embedder?.dispose();
index.dispose();

function questionsIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { query: string }).query);
}

/** Names of definitions spelled out, spread evenly over the repository, half of them as a sentence. */
function questionsOf(source: IndexReader): string[] {
  const wanted = 200;
  const names = source.files().flatMap((file) =>
    source
      .symbolsOf(file.path)
      .slice(0, 3)
      .map((symbol) => symbol.name),
  );
  const step = Math.max(1, Math.floor(names.length / wanted));
  return names
    .filter((_, i) => i % step === 0)
    .slice(0, wanted)
    .map((name, i) => (i % 2 === 0 ? `how does ${partsOf(name).join(' ')} work and where is it called from` : name));
}
