/** `longsight ask`: answers a question over the whole repository, and on a new machine gets the default models first. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { fault } from '../../base/errors.ts';
import type { AskRequest, Turn } from '../../protocol/answers.ts';
import { type AnswerOutput, writeAnswer } from '../answer-run.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { getDefaultModel } from '../default-models.ts';
import { modelOf } from '../environment.ts';
import {
  type CommonOptions,
  type WithEngine,
  addCommonOptions,
  examples,
  modelOption,
  providerOption,
} from '../session.ts';
import { collect, nonNegativeNumber, wholeNumber } from '../values.ts';

interface Options extends CommonOptions, AnswerOutput {
  readonly strategy?: string;
  readonly scope?: string[];
  readonly history?: string;
  readonly maxTokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly download: boolean;
}

const turns = z.array(z.looseObject({ question: z.string(), answer: z.string() }));

export function addAsk(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('ask'))
    .description('answer a question over the repository, indexing first what is missing')
    .argument('<question>', 'the question, in quotes')
    .addOption(modelOption())
    .addOption(providerOption())
    .option('--strategy <strategy>', 'how more text than fits is read', 'auto')
    .option('--scope <glob>', 'only files that match; may be given again', collect)
    .option('--history <file>', 'JSON: [{"question","answer"}, …], the earlier turns of the conversation')
    .option('--max-tokens <n>', 'the most tokens the answer may have', wholeNumber('--max-tokens', 1))
    .option('--seed <n>', 'of the sampling', wholeNumber('--seed', 0))
    .option('--temperature <t>', 'of the sampling; 0 is greedy', nonNegativeNumber('--temperature'))
    .addOption(new Option('--stream-json', 'one JSON object a line, as the answer is made').conflicts('json'))
    .option(
      '--no-download',
      'answer with what is on this machine; left out, the default decoder and embedder are got first where there is none',
    )
    .addHelpText(
      'after',
      examples('ask "How are redirects followed?"', 'ask "Where is the cache written?" --scope "src/**" --json'),
    )
    .action(async (question: string, options: Options) => {
      const request = askRequest(question, options);
      await withEngine(options, async (session) => {
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
    return turns.parse(JSON.parse(readFileSync(file, 'utf8'))).map(({ question, answer }) => ({ question, answer }));
  } catch (error) {
    throw fault('LS1002', `--history takes a JSON file of questions and answers, which ${file} is not`, error);
  }
}
