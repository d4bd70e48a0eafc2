/**
 * How many tokens a follow-up reads after a restart of the engine: behind the conversation as it was read, and as a prompt of its own.
 *
 *   node test/bench/follow-ups/prefill.ts FOLDER-OF-REPOSITORIES --model MODEL --home FOLDER [--count N] [--strategy NAME]
 *
 * Of each conversation of questions.jsonl the first question is asked, the engine is started anew, and the follow-up is asked with the
 * answer as history; then again with a history that says the same in other words, of which nothing is known. `--home` keeps models,
 * verdicts and prompts; the model has to have passed the reading test there.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { silentLogger } from '../../../src/base/logging.ts';
import { createEngine } from '../../../src/engine/engine.ts';
import { protocolVersion } from '../../../src/protocol/engine.ts';
import type { Answer, AskRequest } from '../../../src/protocol/answers.ts';
import { turnOf } from '../../../src/protocol/turn.ts';

const Row = z.object({
  id: z.string(),
  repo: z.string(),
  history: z.array(z.object({ question: z.string() })),
  question: z.string(),
});

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    home: { type: 'string' },
    count: { type: 'string', default: '10' },
    strategy: { type: 'string', default: 'auto' },
  },
});
const [folder] = positionals;
const { model, home, strategy } = values;
if (folder === undefined || model === undefined || home === undefined)
  throw new Error('usage: node test/bench/follow-ups/prefill.ts FOLDER-OF-REPOSITORIES --model MODEL --home FOLDER');
const rows = readFileSync(path.join(import.meta.dirname, 'questions.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => Row.parse(JSON.parse(line)));
// Spread over the repositories.
const every = Math.max(1, Math.floor(rows.length / Number(values.count)));
const chosen = rows.filter((_, at) => at % every === 0).slice(0, Number(values.count));
const never = new AbortController().signal;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function asked(repo: string, request: AskRequest): Promise<Answer> {
  const settings = {
    include: [],
    exclude: [],
    maxFileSize: 1_000_000,
    model: model ?? null,
    threads: null,
    offline: true,
    embeddings: false,
  };
  const repository = path.join(folder ?? '', repo);
  const engine = await createEngine(
    { protocolVersion, repository, home: home ?? null, settings, watchesFiles: false },
    silentLogger,
  );
  try {
    await engine.index({}, () => undefined, never);
    return await engine.ask({ maxTokens: 32, seed: 0, strategy, ...request }, () => undefined, never);
  } finally {
    await engine.dispose();
  }
}

const sums = { first: 0, behind: 0, anew: 0 };
const shown = ({ timings: { prefillTokens, reusedTokens }, strategy: how, budget }: Answer): string =>
  `${how} ${String(prefillTokens)} read, ${String(reusedTokens)} reused, conversation ${String(budget.history)}`;
for (const { id, repo, history, question } of chosen) {
  const first = await asked(repo, { question: history[0]?.question ?? '' });
  const turn = turnOf(first);
  const behind = await asked(repo, { question, history: [turn] });
  const anew = await asked(repo, { question, history: [{ ...turn, answer: `${turn.answer}\n\nThat is all.` }] });
  sums.first += first.timings.prefillTokens;
  sums.behind += behind.timings.prefillTokens;
  sums.anew += anew.timings.prefillTokens;
  say(`${id}: first ${shown(first)}; behind it ${shown(behind)}; anew ${shown(anew)}`);
}
const mean = (sum: number): string => (sum / chosen.length).toFixed(0);
say(
  `${String(chosen.length)} conversations, tokens read: first question ${mean(sums.first)}, follow-up behind it ${mean(sums.behind)}, anew ${mean(sums.anew)}`,
);
