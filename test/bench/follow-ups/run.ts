/**
 * Follow-up questions with the turns before them, asked without a decoder: does what is read hold one of the places that answer it?
 *
 *   node test/bench/follow-ups/run.ts FOLDER-OF-REPOSITORIES [--questions FILE] [--all] [--home FOLDER]
 *
 * Each row is asked three times: with the sources of its turns, with their text alone, and by itself. A gold place is `path` or
 * `path#Symbol`; any of a row's places will do. `--all` prints every row.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createAnswers } from '../../../src/answers/answers.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { english } from '../../../src/base/speaker.ts';
import { type RepositoryIndex, openIndex } from '../../../src/index/open-index.ts';
import type { Answer, Turn, TurnSource } from '../../../src/protocol/answers.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { createSearch } from '../../../src/search/search.ts';
import { memoryClaimStore } from '../../support/claim-store.ts';

const Row = z.object({
  id: z.string(),
  repo: z.string(),
  history: z.array(z.object({ question: z.string(), answer: z.string(), sources: z.array(z.string()) })),
  question: z.string(),
  gold: z.array(z.string()),
});
type Row = z.infer<typeof Row>;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { questions: { type: 'string' }, all: { type: 'boolean', default: false }, home: { type: 'string' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: node test/bench/follow-ups/run.ts FOLDER-OF-REPOSITORIES');
const home = values.home ?? path.join(folder, '.follow-ups');
const rows = readFileSync(values.questions ?? path.join(import.meta.dirname, 'questions.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => Row.parse(JSON.parse(line)));
const never = new AbortController().signal;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A `path#Symbol` as the index has it now. */
function placeOf(index: RepositoryIndex, place: string): TurnSource {
  const [file = '', name] = place.split('#');
  if (name === undefined) return { id: place, path: file, startLine: 1, endLine: Number.MAX_SAFE_INTEGER };
  const symbol = index.reader.symbolsOf(file).find((one) => [...one.scope, one.name].join('.') === name);
  if (!symbol) throw new Error(`${place} is not in the index`);
  return { id: place, path: file, startLine: symbol.startLine, endLine: symbol.endLine, symbol: name };
}

function isRead(answer: Answer, gold: readonly TurnSource[]): boolean {
  return gold.some((place) =>
    answer.sources.some(
      ({ used, path: file, startLine, endLine }) =>
        used && file === place.path && startLine <= place.endLine && place.startLine <= endLine,
    ),
  );
}

const right = { sources: 0, text: 0, alone: 0 };
for (const repo of new Set(rows.map((row) => row.repo))) {
  const root = path.join(folder, repo);
  if (!existsSync(root)) throw new Error(`${root} is not there`);
  const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
  const index = openIndex({ location: findRepository(root), home, settings, logger: silentLogger });
  const search = createSearch({ reader: index.reader, embedder: null, logger: silentLogger });
  await index.indexer.run({}, () => undefined);
  const count = index.reader.files().length;
  const answers = createAnswers({
    reader: index.reader,
    search,
    decoder: () => Promise.resolve(null),
    readingTestOf: () => Promise.resolve(null),
    completeness: () => ({ files: count, indexed: count, pending: 0, embedded: 0 }),
    repositoryRoot: root,
    name: null,
    claimStore: memoryClaimStore(),
    explanationCache: { get: () => undefined, put: () => undefined },
    decoderName: () => Promise.resolve(null),
    outboundRequests: () => 0,
    speaker: english,
    logger: silentLogger,
  });
  for (const row of rows.filter((one) => one.repo === repo)) {
    const gold = row.gold.map((place) => placeOf(index, place));
    const turns = row.history.map((turn) => ({ ...turn, sources: turn.sources.map((place) => placeOf(index, place)) }));
    const asText = turns.map(({ question, answer, sources }): Turn => ({
      question,
      answer: `${answer} ${sources.map((one, at) => `\`${one.path}:${one.startLine}-${one.endLine}\` [${at + 1}]`).join(' ')}`,
    }));
    const ask = (history: readonly Turn[]): Promise<Answer> =>
      answers.ask({ question: row.question, ...(history.length > 0 && { history }) }, () => undefined, never);
    const answer = { sources: await ask(turns), text: await ask(asText), alone: await ask([]) };
    const found = {
      sources: isRead(answer.sources, gold),
      text: isRead(answer.text, gold),
      alone: isRead(answer.alone, gold),
    };
    for (const how of ['sources', 'text', 'alone'] as const) right[how] += found[how] ? 1 : 0;
    if (values.all || !found.sources || !found.text) {
      say(
        `${found.sources ? 'right' : 'WRONG'} ${found.text ? 'right' : 'WRONG'} ${found.alone ? 'right' : 'wrong'}  ${row.id}: ${row.question}`,
      );
      for (const one of answer.sources.sources.filter(({ used }) => used))
        say(`      ${one.path}:${one.startLine}-${one.endLine} ${one.symbol ?? ''}: ${english.words(one.reason)}`);
    }
  }
  search.dispose();
  index.dispose();
}
say(
  `right evidence: ${right.sources} of ${rows.length} with the sources of the turns before, ${right.text} with their text alone, ${right.alone} without them`,
);
