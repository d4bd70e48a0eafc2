/** `longsight explain`: what a symbol or a range of lines does, with what it uses and what uses it. */
import { type Command, Option } from 'commander';
import type { Effort } from '../../protocol/effort.ts';
import { type AnswerOutput, writeAnswer } from '../answer-run.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { modelOf, pathInRepository } from '../environment.ts';
import {
  type CommonOptions,
  type WithEngine,
  addCommonOptions,
  effortOption,
  examples,
  modelOption,
} from '../session.ts';
import { parsePlace, wholeNumber } from '../values.ts';

interface Options extends CommonOptions, AnswerOutput {
  readonly effort: Effort;
  readonly maxTokens?: number;
  readonly kept?: true;
  readonly again?: true;
}

export function addExplain(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('explain'))
    .description('explain a symbol, a range of lines or a file')
    .argument('<place>', 'PATH, PATH:LINE or PATH:LINE-LINE')
    .addOption(modelOption())
    .addOption(effortOption())
    .option('--max-tokens <n>', 'the largest number of tokens of the answer', wholeNumber('--max-tokens', 1))
    .addOption(
      new Option('--kept', 'only show the explanation that is kept, and whether it is stale').conflicts('again'),
    )
    .option('--again', 'explain again, whatever is kept')
    .addOption(new Option('--stream-json', 'one JSON object per line, as the answer is made').conflicts('json'))
    .addHelpText('after', examples('explain src/base/errors.ts:45', 'explain src/base/errors.ts:10-30 --json'))
    .action(async (text: string, options: Options) => {
      const place = parsePlace(text);
      await withEngine(options, async (session) => {
        await bringUpToDate(session);
        const model = modelOf(options.model);
        const request = {
          ...place,
          path: pathInRepository(session.parameters.repository, place.path),
          effort: options.effort,
          ...(options.kept === true && { keptOnly: true }),
          ...(options.again === true && { again: true }),
          ...(model !== undefined && { model }),
          ...(options.maxTokens !== undefined && { maxTokens: options.maxTokens }),
        };
        await writeAnswer(
          options,
          session.progress,
          (onEvent) => session.engine.explain(request, onEvent, session.signal),
          { listsSources: false },
        );
      });
    });
}
