/**
 * Which share of the places that a question's answer rests on is in what a decoder would be given to read. No model runs: `ask` is
 * asked as a client does, and a decoder that writes nothing keeps its prompt.
 *
 *   node test/bench/evidence-places.ts QUESTIONS.jsonl TREES --model FILE.gguf [--tokens 600,1000,3000] [--embedder]
 *     [--only a,b] [--split seen] [--kind how] [--per-question] [--output RUN.jsonl] [--paired BEFORE.jsonl]
 *
 * `test/bench/answers/places.jsonl` has questions of our own over nine repositories at their commits: those of the split `seen` may be
 * looked at, those of `held out` are for figures alone.
 *
 * TREES holds a checkout for each repository of the questions (`repo`, or `repo-<first 8 of its commit>`). The file gives the vocabulary
 * to count with. `place`: share of the places that a source overlaps; `lines`: share of their lines that are in the prompt, word
 * for word; `first 3`: places among the first three sources; `listed`: among all sources, read or not; `gold`: share of the
 * sources' lines that are lines of a place, which is how little else is read. With several numbers of tokens each question is
 * asked with each, and a table says what each holds: how early the places come.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAnswers } from '../../src/answers/answers.ts';
import { silentLogger } from '../../src/base/logging.ts';
import { english } from '../../src/base/speaker.ts';
import type { Source } from '../../src/protocol/answers.ts';
import { openIndex } from '../../src/index/open-index.ts';
import { longsightHome } from '../../src/models/home.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import { openEmbedder } from '../../src/runtime/embedding/open-embedder.ts';
import { createSearch } from '../../src/search/search.ts';
import { passed } from '../support/answers-over.ts';
import { type GoldPlace, type QuestionRow, linesOf, readRows, rowKinds, treeOf } from './answers/rows.ts';
import { type RecordingDecoder, recordingDecoder } from './answers/recording-decoder.ts';
import { interval, mean, median, paired } from './answers/statistics.ts';
import { overlaps } from './answers/score.ts';
import { table } from './answers/table.ts';
import { memoryClaimStore } from '../support/claim-store.ts';

interface Reached {
  readonly id: string;
  readonly kind: QuestionRow['kind'];
  readonly repo: string;
  /** Most tokens of sources. */
  readonly limit: number;
  readonly places: number;
  readonly place: number;
  /** Null: no place of the row says its lines. */
  readonly lines: number | null;
  /** Share of the sources' lines that are of a place; null where nothing is read or no place says its lines. */
  readonly gold: number | null;
  readonly first3: number;
  readonly listed: number;
  /** Tokens of the sources in the prompt, and of all of the prompt. */
  readonly tokens: number;
  readonly prompt: number;
  readonly sources: number;
  readonly ms: number;
  readonly missed: readonly string[];
}

type GoldLines = Pick<Source, 'path' | 'startLine' | 'endLine'>;

/** Kept for the answer by the budget, and what the budget leaves of the window to sources. */
const reserve = 512;
const windowShare = 0.75;
/** A shorter line (a brace, `else:`) is in every prompt. */
const fewestSigns = 8;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    tokens: { type: 'string', default: '3000' },
    embedder: { type: 'boolean', default: false },
    only: { type: 'string' },
    split: { type: 'string' },
    kind: { type: 'string' },
    'per-question': { type: 'boolean', default: false },
    output: { type: 'string' },
    paired: { type: 'string' },
  },
});
const [questionsFile, trees] = positionals;
if (questionsFile === undefined || trees === undefined || values.model === undefined) {
  process.stderr.write(
    'usage: node test/bench/evidence-places.ts QUESTIONS.jsonl TREES --model FILE.gguf [--tokens 3000]\n',
  );
  process.exit(2);
}
const home = longsightHome();
const only = values.only?.split(',');
const rows = readRows(questionsFile).filter(
  (row) =>
    row.gold.length > 0 &&
    (!only || only.includes(row.repo)) &&
    (values.split ?? row.split) === row.split &&
    (values.kind ?? row.kind) === row.kind,
);
const limits = values.tokens.split(',').map(Number);
const decoders: { readonly limit: number; readonly decoder: RecordingDecoder }[] = [];
for (const limit of limits)
  decoders.push({ limit, decoder: await recordingDecoder(values.model, Math.ceil(limit / windowShare) + reserve) });
const embedder = values.embedder ? await openEmbedder({ home, threads: null, logger: silentLogger }) : null;
const write = (text: string): void => void process.stdout.write(`${text}\n`);

const reached: Reached[] = [];
for (const root of new Set(rows.map((row) => treeOf(trees, row))))
  reached.push(
    ...(await overRepository(
      root,
      rows.filter((row) => treeOf(trees, row) === root),
    )),
  );
await embedder?.dispose();
for (const limit of limits.slice(-1)) report(reached.filter((one) => one.limit === limit));
if (limits.length > 1) curve(reached);
if (values.output !== undefined)
  writeFileSync(values.output, reached.map((one) => `${JSON.stringify(one)}\n`).join(''));
if (values.paired !== undefined) compare(values.paired);

async function overRepository(root: string, asked: readonly QuestionRow[]): Promise<Reached[]> {
  const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
  const index = openIndex({ location: findRepository(root), home, settings, logger: silentLogger });
  try {
    await index.indexer.run({}, () => undefined);
    const search = createSearch({ reader: index.reader, embedder, logger: silentLogger });
    const files = index.reader.files().length;
    const answersWith = (decoder: RecordingDecoder): ReturnType<typeof createAnswers> =>
      createAnswers({
        reader: index.reader,
        search,
        decoder: () =>
          Promise.resolve({
            ...{ decoder, readingTest: passed },
            runReadingTest: () => Promise.reject(new Error('it was tested')),
          }),
        readingTestOf: () => Promise.resolve(passed),
        completeness: () => ({ files, indexed: files, pending: 0, embedded: 0 }),
        repositoryRoot: root,
        name: null,
        claimStore: memoryClaimStore(),
        explanationCache: { get: () => undefined, put: () => undefined },
        decoderName: () => Promise.resolve(null),
        outboundRequests: () => 0,
        speaker: english,
        logger: silentLogger,
      });
    await search.warm(new AbortController().signal);
    const all: Reached[] = [];
    const asking = decoders.map(({ limit, decoder }) => ({ limit, decoder, answers: answersWith(decoder) }));
    for (const { row, limit, decoder, answers } of asked.flatMap((row) => asking.map((one) => ({ row, ...one })))) {
      decoder.taken();
      const started = performance.now();
      const answer = await answers.ask(
        { question: row.question, effort: 'thorough' },
        () => undefined,
        new AbortController().signal,
      );
      const ms = performance.now() - started;
      const prompt = (decoder.taken()[0]?.messages ?? []).map(({ content }) => content).join('\n');
      const read = answer.sources.filter(({ used }) => used);
      const share = (sources: typeof read): number =>
        row.gold.filter((place) => sources.some((source) => overlaps(source, place))).length / row.gold.length;
      all.push({
        ...{ id: row.id, kind: row.kind, repo: row.repo, limit, places: row.gold.length },
        ...{ place: share(read), first3: share(read.slice(0, 3)), listed: share([...answer.sources]) },
        lines: shareOfLines(root, row.gold, prompt),
        gold: shareOfGold(row.gold, read),
        ...{ tokens: answer.budget.sources, prompt: answer.budget.used, sources: read.length, ms },
        missed: row.gold
          .filter((place) => !read.some((source) => overlaps(source, place)))
          .map((place) => `${place.path}:${String(place.start_line)}-${String(place.end_line)}`),
      });
    }
    search.dispose();
    return all;
  } finally {
    index.dispose();
  }
}

/** Share of the places' lines that the prompt holds, indentation aside. */
function shareOfLines(root: string, gold: readonly GoldPlace[], prompt: string): number | null {
  const read = new Set(prompt.split('\n').map((line) => line.trim()));
  const withLines = gold.filter(({ end_line }) => end_line < Number.MAX_SAFE_INTEGER);
  const wanted = withLines.flatMap((place) =>
    readFileSync(path.join(root, place.path), 'utf8')
      .split(/\r?\n/)
      .slice(place.start_line - 1, place.end_line)
      .map((line) => line.trim())
      .filter((line) => line.length >= fewestSigns),
  );
  return wanted.length === 0 ? null : wanted.filter((line) => read.has(line)).length / wanted.length;
}

/** Share of the lines of what is read, as listed, that are of a place. */
function shareOfGold(gold: readonly GoldPlace[], read: readonly GoldLines[]): number | null {
  const withLines = gold.filter(({ end_line }) => end_line < Number.MAX_SAFE_INTEGER);
  const lines = read.flatMap(({ path: file, startLine, endLine }) =>
    Array.from({ length: endLine - startLine + 1 }, (_, at) => ({ file, line: startLine + at })),
  );
  if (withLines.length === 0 || lines.length === 0) return null;
  const isGold = ({ file, line }: { readonly file: string; readonly line: number }): boolean =>
    withLines.some((place) => place.path === file && place.start_line <= line && line <= place.end_line);
  return lines.filter(isGold).length / lines.length;
}

/** How much is read with each number of tokens. */
function curve(all: readonly Reached[]): void {
  const two = (value: number | null): string => value?.toFixed(2) ?? '-';
  write(
    table(
      ['tokens', 'place', 'lines', 'gold', 'sources'],
      limits.map((limit) => {
        const members = all.filter((one) => one.limit === limit && one.tokens > 0);
        return [
          String(limit),
          two(mean(members.map(({ place }) => place))),
          two(mean(members.flatMap(({ lines }) => lines ?? []))),
          two(mean(members.flatMap(({ gold }) => gold ?? []))),
          mean(members.map(({ sources }) => sources))?.toFixed(1) ?? '-',
        ];
      }),
    ),
  );
}

function report(all: readonly Reached[]): void {
  const group = (name: string, members: readonly Reached[]): { name: string; members: readonly Reached[] }[] =>
    members.length === 0 ? [] : [{ name, members }];
  const groups = [
    ...rowKinds.flatMap((kind) =>
      group(
        kind,
        all.filter((one) => one.kind === kind),
      ),
    ),
    ...[...new Set(all.map(({ repo }) => repo))].flatMap((repo) =>
      group(
        repo,
        all.filter((one) => one.repo === repo),
      ),
    ),
    ...group('all', all),
  ];
  const two = (value: number | null): string => value?.toFixed(2) ?? '-';
  const whole = (value: number | null): string => value?.toFixed(0) ?? '-';
  const columns = ['n', 'places', 'place', 'lines', 'first 3', 'listed', 'tokens', 'median', 'sources', 'ms'];
  write(
    table(
      ['', ...columns],
      groups.map(({ name, members }) => [
        name,
        String(members.length),
        String(members.reduce((sum, { places }) => sum + places, 0)),
        two(mean(members.map(({ place }) => place))),
        two(mean(members.flatMap(({ lines }) => lines ?? []))),
        two(mean(members.map(({ first3 }) => first3))),
        two(mean(members.map(({ listed }) => listed))),
        whole(mean(members.map(({ tokens }) => tokens))),
        whole(median(members.map(({ tokens }) => tokens))),
        mean(members.map(({ sources }) => sources))?.toFixed(1) ?? '-',
        whole(median(members.map(({ ms }) => ms))),
      ]),
    ),
  );
  const places = all.reduce((sum, one) => sum + one.places, 0);
  const found = all.reduce((sum, one) => sum + one.place * one.places, 0);
  const range = interval(all.map(({ place }) => place));
  write(
    `${found.toFixed(0)} of ${String(places)} places (${(found / places).toFixed(3)}); mean over questions ` +
      `${two(mean(all.map(({ place }) => place)))}${range ? ` [${two(range[0])}, ${two(range[1])}]` : ''}; ` +
      `${String(all.filter(({ sources }) => sources === 0).length)} questions were given nothing to read`,
  );
  if (!values['per-question']) return;
  for (const one of all.toSorted((a, b) => a.place - b.place))
    write(
      `${one.id}  place ${two(one.place)} lines ${two(one.lines)} tokens ${String(one.tokens)}  missed: ${one.missed.join(' ') || '-'}`,
    );
}

function compare(file: string): void {
  const keyOf = ({ id, limit }: Pick<Reached, 'id' | 'limit'>): string => `${id} ${String(limit)}`;
  const before = new Map(
    linesOf(file).map((line) => [keyOf(JSON.parse(line) as Reached), JSON.parse(line) as Reached]),
  );
  for (const figure of ['place', 'lines', 'first3', 'tokens'] as const) {
    const pairs = reached.flatMap((one): (readonly [number, number])[] => {
      const other = before.get(keyOf(one));
      const [a, b] = [other?.[figure] ?? null, one[figure]];
      return a === null || b === null ? [] : [[a, b]];
    });
    const difference = paired(pairs);
    if (!difference) continue;
    const { interval: range } = difference;
    write(
      `${figure.padEnd(7)} ${difference.before.toFixed(3)} -> ${difference.after.toFixed(3)}` +
        `${range ? ` difference in [${range[0].toFixed(3)}, ${range[1].toFixed(3)}]` : ''}, ` +
        `up ${String(difference.up)}, down ${String(difference.down)} of ${String(difference.of)}`,
    );
  }
}
