/** `longsight evaluate`: asks a repository its own questions over a copy without their answers' comments, and measures what comes of them. */
import { rm } from 'node:fs/promises';
import { say } from '../../base/sentences.ts';
import { isCancelled, throwIfCancelled } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import { indexFolder, openIndex } from '../../index/open-index.ts';
import type { Answer, LineRange } from '../../protocol/answers.ts';
import type { InitializeParameters, Progress } from '../../protocol/engine.ts';
import type {
  EvaluationMeasure,
  EvaluationParameters,
  EvaluationQuestion,
  EvaluationReport,
} from '../../protocol/evaluation.ts';
import { recentCommits } from '../../repository/commits.ts';
import { findRepository } from '../../repository/find-repository.ts';
import { longsightHome } from '../../models/home.ts';
import { type Engine, createEngine } from '../engine.ts';
import { copyWithout } from './copy.ts';
import { type Asked, likelihoodAfter } from './likelihood.ts';
import { commitQuestions, documentedDefinitions, sampled } from './questions.ts';
import { rowsOf } from './rows.ts';

/** Results of search among which the right place is looked for. */
const mostResults = 50;
const mostCommits = 2000;
const mostAnswerTokens = 128;

/**
 * @param initialize the repository as the user's engine has it; its index is read, and nothing is written to it
 * @returns cancelled, what was measured until then
 * @throws LS6018 when nothing can be asked; what the index, the search and the decoder throw
 */
export async function evaluate(
  parameters: EvaluationParameters,
  initialize: InitializeParameters,
  logger: Logger,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<EvaluationReport> {
  const started = performance.now();
  const home = longsightHome(initialize.home);
  const location = findRepository(initialize.repository);
  const index = openIndex({ location, home, settings: {}, logger });
  try {
    const { reader } = index;
    const wants = (kind: EvaluationQuestion['kind']): boolean => parameters.kinds.includes(kind);
    const commits = wants('commits')
      ? sampled(
          commitQuestions(await recentCommits(location.root, mostCommits, signal), reader),
          wants('documentation') ? Math.floor(parameters.questions / 2) : parameters.questions,
          parameters.seed,
        )
      : [];
    const documented = wants('documentation')
      ? sampled(documentedDefinitions(reader), parameters.questions - commits.length, parameters.seed)
      : [];
    if (commits.length + documented.length === 0) throw fault('LS6018', location.root);
    onProgress({ message: say('Copying the files'), done: 0, total: null });
    const copy = await copyWithout(reader, location.root, documented, commits, signal);
    const asked: Asked[] = [];
    const { settings } = initialize;
    const engine = await createEngine(
      { ...initialize, repository: copy.root, others: [], settings: { ...settings, include: ['**'], exclude: [] } },
      logger,
      { onDecode: (decoder, request) => asked.push({ decoder, request }) },
    );
    try {
      await engine.index({ lexicalOnly: true }, onProgress, signal);
      return await measureAll(parameters, copy.questions, { engine, asked, onProgress, signal, started });
    } finally {
      await engine.dispose();
      await rm(indexFolder(home, copy.root), { recursive: true, force: true });
      await copy.dispose();
    }
  } finally {
    index.dispose();
  }
}

interface Measuring {
  readonly engine: Engine;
  readonly asked: Asked[];
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
  readonly started: number;
}

/** Question by question over all strategies and models, so that what is there when it is cancelled compares them over the same ones. */
async function measureAll(
  { strategies, models, likelihood, seed }: EvaluationParameters,
  questions: readonly EvaluationQuestion[],
  { engine, asked, onProgress, signal, started }: Measuring,
): Promise<EvaluationReport> {
  const measures: EvaluationReport['measures'][number][] = [];
  const subjects = models.flatMap((model) => strategies.map((strategy) => ({ model, strategy })));
  const total = questions.length * Math.max(subjects.length, 1);
  let done = 0;
  let stopped = false;
  try {
    for (const [at, question] of questions.entries()) {
      throwIfCancelled(signal);
      const { results } = await engine.search({ query: question.question, limit: mostResults }, signal);
      const first = results.findIndex((result) => question.places.some((place) => overlaps(result, place)));
      const rank = first < 0 ? null : first + 1;
      const of: EvaluationReport['measures'][number]['of'][number][] = [
        { model: null, strategy: null, rank, ...notMeasured },
      ];
      for (const { model, strategy } of subjects) {
        onProgress({
          message: say('Question {0} of {1}: {2}, {3}', at + 1, questions.length, strategy, model),
          done,
          total,
        });
        asked.length = 0;
        const answer = await engine.ask(
          { question: question.question, strategy, model, seed, maxTokens: mostAnswerTokens },
          () => undefined,
          signal,
        );
        throwIfCancelled(signal);
        const nll = likelihood ? await likelihoodAfter(asked, question.truth, signal) : null;
        of.push({ model, strategy, rank, ...measureOf(answer, question), nll });
        done += 1;
      }
      measures.push({ question, of });
    }
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = true;
  }
  return { rows: rowsOf(measures), measures, seed, stopped, totalMs: performance.now() - started };
}

const notMeasured = { isRead: null, support: null, firstWordMs: null, tokensRead: null, nll: null };

function measureOf(answer: Answer, { places }: EvaluationQuestion): Omit<EvaluationMeasure, 'rank' | 'nll'> {
  const read = answer.sources.filter(({ used, tokens }) => used && tokens > 0);
  return {
    isRead: read.some((source) => places.some((place) => overlaps(source, place))),
    support: answer.form === 'prose' ? supportOf(answer) : null,
    firstWordMs: answer.timings.firstTokenMs,
    tokensRead: answer.coverage.tokensRead,
  };
}

/** Share of the sentences of a written answer in which nothing is marked. */
function supportOf({ answer, unsupported }: Answer): number | null {
  const sentences = [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(answer)].filter(
    ({ segment }) => /\p{L}{2}/u.test(segment) && !/^\s*\[not supported/.test(segment),
  );
  if (sentences.length === 0) return null;
  const marked = sentences.filter(({ index, segment }) =>
    unsupported.some(({ start, end }) => start < index + segment.length && index < end),
  );
  return 1 - marked.length / sentences.length;
}

function overlaps(a: LineRange, b: LineRange): boolean {
  return a.path === b.path && a.startLine <= b.endLine && b.startLine <= a.endLine;
}
