/**
 * Measures how well false sentences are found: `node test/bench/truth/truth.ts REPOSITORIES [--split dev|held] [--show]`.
 *
 * REPOSITORIES is a folder with a checkout under the name of each file in `sentences/`, at the commit in its first line. Each row
 * there is a true sentence and the same with one error planted; the lines above it say what was read. A sentence counts as marked
 * when a name, a path, a quotation, a number or a relation of it does not hold. Every second group of rows is held out: look at
 * the rows of the other half alone while anything is changed.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../../src/base/logging.ts';
import { createContextCheck } from '../../../src/answers/truth/check-in-context.ts';
import { createIndexRelations } from '../../../src/answers/truth/relations/index-relations.ts';
import { createSupportChecker } from '../../../src/answers/truth/support.ts';
import { openIndex } from '../../../src/index/open-index.ts';
import type { IndexReader } from '../../../src/index/types.ts';
import { longsightHome } from '../../../src/models/home.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { type Group, readGroups } from './groups.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { split: { type: 'string' }, show: { type: 'boolean', default: false } },
});
const [repositories] = positionals;
if (repositories === undefined) {
  process.stderr.write('usage: node test/bench/truth/truth.ts REPOSITORIES [--split dev|held] [--show]\n');
  process.exit(2);
}

interface Score {
  rows: number;
  found: number;
  wronglyMarked: number;
}

const scores = new Map<string, Score>();
const folder = path.join(import.meta.dirname, 'sentences');
for (const file of readdirSync(folder).toSorted()) {
  const { repository, groups } = readGroups(readFileSync(path.join(folder, file), 'utf8'));
  const index = openIndex({
    location: findRepository(path.join(repositories, repository)),
    home: longsightHome(),
    settings: { include: [], exclude: [], maxFileSize: 1_000_000 },
    logger: silentLogger,
  });
  await index.indexer.run({}, () => undefined);
  for (const group of groups)
    if (values.split === undefined || values.split === group.split) measure(index.reader, repository, group);
  index.dispose();
}
for (const [name, { rows, found, wronglyMarked }] of [...scores].toSorted(([a], [b]) => a.localeCompare(b)))
  process.stdout.write(
    `${name.padEnd(28)} ${String(rows).padStart(4)} rows  found ${(found / rows).toFixed(3)}  true ones marked ${wronglyMarked}\n`,
  );

function measure(reader: IndexReader, repository: string, { sources, rows, split }: Group): void {
  const texts = sources.map((range) => ({
    ...range,
    text: reader
      .chunksOf(range.path)
      .flatMap(({ text, startLine, endLine }) => text.split('\n').slice(0, endLine - startLine + 1))
      .slice(range.startLine - 1, range.endLine)
      .join('\n'),
  }));
  const support = createSupportChecker(texts);
  const relations = createIndexRelations(reader, sources);
  const isMarked = (sentence: string): string => {
    const missing = support.check(sentence).map(({ text }) => text);
    const context = createContextCheck(relations);
    const wrong = sentence.split(/(?<=\.) (?=\p{Lu})/u).flatMap((one) => {
      const { contradicted } = context.check(one);
      context.remember(one);
      return contradicted.map(({ kind }) => kind);
    });
    return [...missing, ...wrong].join(', ');
  };
  for (const { kind, sentence, planted } of rows) {
    const [onTrue, onPlanted] = [isMarked(sentence), isMarked(planted)];
    for (const name of ['all', `kind ${kind}`, `split ${split}`, `repository ${repository}`]) {
      const score = scores.get(name) ?? { rows: 0, found: 0, wronglyMarked: 0 };
      score.rows += 1;
      score.found += onPlanted === '' ? 0 : 1;
      score.wronglyMarked += onTrue === '' ? 0 : 1;
      scores.set(name, score);
    }
    if (!values.show) continue;
    if (onTrue !== '') process.stdout.write(`marked though true (${onTrue}): ${sentence}\n`);
    if (onPlanted === '') process.stdout.write(`${kind} not found: ${planted}\n`);
  }
}
