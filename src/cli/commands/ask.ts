/** `longsight ask`: answers a question over the whole repository, and on a new machine gets the default models first. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import type { AskRequest, Turn } from '../../protocol/answers.ts';
import type { Effort } from '../../protocol/effort.ts';
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import { strategyNames } from '../../protocol/strategy-names.ts';
import { turnOf } from '../../protocol/turn.ts';
import { type AnswerOutput, writeAnswer } from '../answer-run.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { getDefaultModel } from '../default-models.ts';
import { modelOf, pathInRepository } from '../environment.ts';
import {
  type CommonOptions,
  type WithEngine,
  addCommonOptions,
  effortOption,
  unsupportedOption,
  examples,
  modelOption,
  providerOption,
} from '../session.ts';
import { collect, nonNegativeNumber, parsePlace, wholeNumber } from '../values.ts';

interface Options extends CommonOptions, AnswerOutput {
  readonly strategy?: string;
  readonly scope?: string[];
  readonly attach?: string[];
  readonly history?: string;
  readonly effort: Effort;
  readonly unsupported: UnsupportedSentences;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly download: boolean;
}

const line = z.int().positive();
const placed = z.looseObject({
  id: z.string().default(''),
  repository: z.string().optional(),
  path: z.string().min(1),
  startLine: line,
  endLine: line,
  symbol: z.string().optional(),
  number: line.optional(),
  used: z.boolean().default(true),
});
/** A turn, or a whole answer as `--json` prints it. */
const turns = z.array(
  z.looseObject({
    question: z.string(),
    answer: z.string(),
    sources: z.array(placed).optional(),
    citations: z.array(z.looseObject({ id: z.string(), number: line })).default([]),
  }),
);

export function addAsk(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('ask'))
    .description('answer a question over the repository, indexing first what is missing')
    .argument('<question>', 'the question, in quotes')
    .addOption(modelOption())
    .addOption(providerOption())
    .option('--strategy <strategy>', `how the sources are read: ${strategyNames.join(', ')}`, 'auto')
    .option('--scope <glob>', 'only files that match; may be repeated', collect)
    .option('--attach <place>', 'PATH or PATH:LINE-LINE, read before what search finds; may be repeated', collect)
    .option(
      '--history <file>',
      'JSON: [{"question","answer","sources"}, …], the earlier turns of the conversation; answers of --json will do',
    )
    .addOption(effortOption())
    .addOption(unsupportedOption())
    .option('--max-tokens <n>', 'the largest number of tokens of the answer', wholeNumber('--max-tokens', 1))
    .option('--seed <n>', 'seed of the random numbers for sampling', wholeNumber('--seed', 0))
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', nonNegativeNumber('--temperature'))
    .addOption(new Option('--stream-json', 'one JSON object per line, as the answer is made').conflicts('json'))
    .option(
      '--no-download',
      'use only what is on this machine; by default a missing decoder or embedder is downloaded first',
    )
    .addHelpText(
      'after',
      examples('ask "How are redirects followed?"', 'ask "Where is the cache written?" --scope "src/**" --json'),
    )
    .action(async (question: string, options: Options) => {
      const asked = askRequest(question, options);
      const places = options.attach?.map(parsePlace);
      await withEngine(options, async (session) => {
        const { repository } = session.parameters;
        const attached = places?.map((place) => ({ ...place, path: pathInRepository(repository, place.path) }));
        const request = { ...asked, ...(attached && { attached }) };
        if (options.download) {
          await getDefaultModel(session, 'decoder');
          await getDefaultModel(session, 'embedder');
        }
        session.engine.prepareDecoder(request.model);
        await bringUpToDate(session);
        await writeAnswer(options, session.progress, (onEvent) => session.engine.ask(request, onEvent, session.signal));
      });
    });
}

function askRequest(question: string, options: Options): AskRequest {
  const { scope, maxTokens, seed, temperature } = options;
  const model = modelOf(options.model);
  const history = options.history === undefined ? undefined : readHistory(options.history);
  return {
    question,
    effort: options.effort,
    unsupported: options.unsupported,
    ...(scope && { scope }),
    ...(history && { history }),
    ...(model !== undefined && { model }),
    ...(options.strategy !== undefined && { strategy: options.strategy }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(seed !== undefined && { seed }),
    ...(temperature !== undefined && { temperature }),
  };
}

function readHistory(file: string): readonly Turn[] {
  try {
    return turns.parse(JSON.parse(readFileSync(file, 'utf8'))).map(({ question, answer, sources, citations }): Turn => {
      if (!sources) return { question, answer };
      const numbered = sources.flatMap(({ id, number }) => (number === undefined ? [] : [{ id, number }]));
      return turnOf({ question, answer, sources, citations: [...numbered, ...citations] });
    });
  } catch (error) {
    throw fault('LS1002', `--history takes a JSON file of questions and answers, which ${file} is not`, error);
  }
}
