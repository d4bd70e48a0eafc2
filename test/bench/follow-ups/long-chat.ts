/**
 * A long chat on a real decoder: does the prompt stay within the window, the memory where it was, and is what was pinned in the
 * first turn still read in the last?
 *
 *   node test/bench/follow-ups/long-chat.ts REPOSITORY [--model smollm2-135m-instruct-q4_1] [--turns 64] [--window 640]
 *
 * The decoder writes whatever it can: it is let write without a reading test, for what is measured is the prompt, not the words.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAnswers } from '../../../src/answers/answers.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { english } from '../../../src/base/speaker.ts';
import { openIndex } from '../../../src/index/open-index.ts';
import { longsightHome } from '../../../src/models/home.ts';
import type { Turn, TurnSource } from '../../../src/protocol/answers.ts';
import { sourcePlace, turnOf } from '../../../src/protocol/turn.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { openDecoder } from '../../../src/runtime/open-decoder.ts';
import type { Decoder } from '../../../src/runtime/decoder.ts';
import { createSearch } from '../../../src/search/search.ts';
import { benchedModel, defaultDecoder } from '../../support/models.ts';
import { memoryClaimStore } from '../../support/claim-store.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: defaultDecoder },
    turns: { type: 'string', default: '64' },
    window: { type: 'string', default: '640' },
  },
});
const [root] = positionals;
if (root === undefined) throw new Error('usage: node test/bench/follow-ups/long-chat.ts REPOSITORY');
const turns = Number(values.turns);
const window = Number(values.window);
const never = new AbortController().signal;
const scratch = mkdtempSync(path.join(tmpdir(), 'longsight-chat-'));
const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
const index = openIndex({ location: findRepository(root), home: scratch, settings, logger: silentLogger });
const search = createSearch({ reader: index.reader, embedder: null, logger: silentLogger });
await index.indexer.run({}, () => undefined);
const file = await benchedModel(values.model);
const opened = await openDecoder(
  { file, id: values.model, displayName: values.model, home: longsightHome(), threads: null, logger: silentLogger },
  () => undefined,
  never,
);
// A small window, so that a chat grows past it soon.
const decoder: Decoder = new Proxy(opened, {
  get: (target, name) => {
    if (name === 'info') return { ...target.info, effectiveWindow: window };
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  },
});
const report = { questions: 20, correct: 20, needed: 17, passed: true };
const count = index.reader.files().length;
const answers = createAnswers({
  reader: index.reader,
  search,
  decoder: () =>
    Promise.resolve({ decoder, readingTest: report, runReadingTest: () => Promise.reject(new Error('it is tested')) }),
  readingTestOf: () => Promise.resolve(report),
  completeness: () => ({ files: count, indexed: count, pending: 0, embedded: 0 }),
  repositoryRoot: root,
  name: null,
  claimStore: memoryClaimStore(),
  explanationCache: { get: () => undefined, put: () => undefined },
  decoderName: () => Promise.resolve(values.model),
  outboundRequests: () => 0,
  speaker: english,
  logger: silentLogger,
});
const questions = ['How is a route found?', 'What does it return when nothing matches?', 'And in the tests?', 'Why?'];
const history: Turn[] = [];
let pinned: TurnSource | null = null;
let pinnedRead = 0;
const prompts: number[] = [];
const memory: number[] = [];
for (let at = 0; at < turns; at++) {
  const answer = await answers.ask(
    {
      question: questions[at % questions.length] ?? 'Why?',
      history,
      maxTokens: 12,
      ...(pinned && { pinned: [pinned.id], pinnedPlaces: [pinned] }),
    },
    () => undefined,
    never,
  );
  const [first] = answer.sources;
  pinned ??= first ? sourcePlace(first) : null;
  const { path: place, startLine } = pinned ?? { path: '', startLine: 0 };
  const isRead = answer.sources.some(
    (one) => one.used && one.path === place && one.startLine <= startLine && startLine <= one.endLine,
  );
  pinnedRead += isRead ? 1 : 0;
  history.push(turnOf(answer));
  prompts.push(answer.budget.used);
  memory.push(process.memoryUsage().rss / 2 ** 20);
  if (at % 8 === 7 || at === turns - 1)
    process.stdout.write(
      `turn ${at + 1}: prompt ${answer.budget.used} of ${window} tokens, history ${answer.budget.history}, pinned read ${pinnedRead} of ${at + 1}, resident ${Math.round(memory.at(-1) ?? 0)} MiB\n`,
    );
}
const early = Math.max(...memory.slice(0, Math.ceil(turns / 4)));
process.stdout.write(
  `${turns} turns: largest prompt ${Math.max(...prompts)} of ${window} tokens; pinned source read in ${pinnedRead}; resident ${Math.round(early)} MiB in the first quarter, ${Math.round(Math.max(...memory))} MiB at most\n`,
);
await opened.dispose();
search.dispose();
index.dispose();
rmSync(scratch, { recursive: true, force: true });
