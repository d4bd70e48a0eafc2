/** `longsight generate`: the decoder alone. */
import { type Command, Option } from 'commander';
import { fault } from '../../base/errors.ts';
import type { GenerateParameters, GenerateReport } from '../../protocol/models.ts';
import { type CacheOptions, addCacheOptions, cacheParameters } from '../cache-options.ts';
import { modelOf } from '../environment.ts';
import { formatMs, note, print, printError, printJson, words } from '../output.ts';
import {
  type CommonOptions,
  type WithEngine,
  addCommonOptions,
  examples,
  modelOption,
  providerOption,
} from '../session.ts';
import { type SamplingOptions, addSamplingOptions, readText, samplingParameters } from '../sampling-options.ts';
import { tokenIds, wholeNumber } from '../values.ts';

interface Options extends CommonOptions, CacheOptions, SamplingOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly tokenIds?: number[];
  readonly chat?: true;
  readonly maxTokens?: number;
  readonly topLogits?: number;
  readonly parallelWindows?: string[];
  readonly nbce?: string[];
}

export function addGenerate(program: Command, withEngine: WithEngine): void {
  const command = addCommonOptions(program.command('generate'))
    .description('continue a prompt with the decoder alone, no repository')
    .option('--prompt <text>', 'the prompt')
    .addOption(new Option('--prompt-file <file>', 'the prompt, from a file').conflicts('prompt'))
    .addOption(
      new Option('--token-ids <ids>', 'the prompt as token ids: 1,2,3')
        .argParser(tokenIds)
        .conflicts(['prompt', 'promptFile', 'chat']),
    )
    .option('--chat', 'render the prompt as a user message with the model’s own template')
    .addOption(modelOption())
    .option('--max-tokens <n>', 'the largest number of new tokens', wholeNumber('--max-tokens', 0))
    .option('--top-logits <k>', 'with --json: the best logits of every step', wholeNumber('--top-logits', 1))
    .addOption(providerOption())
    .option(
      '--parallel-windows <files...>',
      'texts read separately, each from position 0; the prompt sees all of them (PCW)',
    )
    .addOption(
      new Option(
        '--nbce <files...>',
        'texts read separately, each followed by the prompt; every token is taken from the most certain one (NBCE)',
      ).conflicts('parallelWindows'),
    );
  addSamplingOptions(command);
  addCacheOptions(command)
    .addHelpText(
      'after',
      examples(
        'generate --prompt "def fibonacci(n):" --greedy --max-tokens 40',
        'generate --chat --prompt "Hello" --json',
        'generate --prompt "The answer is" --regex " (yes|no)"',
        'generate --nbce a.ts b.ts --prompt "Which function opens the file?"',
      ),
    )
    .action(async (options: Options) => {
      const request = generateParameters(options);
      await withEngine(options, async ({ engine, progress, signal }) => {
        const report = await engine.generate(
          request,
          (text) => {
            progress.clear();
            if (!options.json) print(text);
          },
          signal,
        );
        if (options.json) {
          printJson(report);
          return;
        }
        print('\n');
        if (report.notice) printError(report.notice, false);
        const { tokenIds, promptTokenIds, timings } = report;
        note(
          [
            `${tokenIds.length} tokens after ${promptTokenIds.length}, first ${formatMs(timings.firstTokenMs)}, total ${formatMs(timings.totalMs)}`,
            ...draftsOf(report),
          ].join(', '),
        );
      });
    });
}

/** What drafts brought, or why there were none. */
function draftsOf({ speculation }: GenerateReport): readonly string[] {
  if (!speculation) return [];
  const { drafted, accepted, offBecause } = speculation;
  const came = drafted > 0 ? [`${accepted} of ${drafted} drafted tokens accepted`] : [];
  return offBecause === null ? came : [...came, `drafts off: ${words(offBecause)}`];
}

function generateParameters(options: Options): GenerateParameters {
  const { maxTokens, topLogits, provider } = options;
  const model = modelOf(options.model);
  const prompt = options.promptFile === undefined ? options.prompt : readText(options.promptFile);
  if (prompt === undefined && options.tokenIds === undefined)
    throw fault('LS1002', 'generate takes --prompt, --prompt-file or --token-ids');
  return {
    ...(prompt !== undefined && { prompt }),
    ...(options.tokenIds && { tokenIds: options.tokenIds }),
    ...(options.chat && { chat: true }),
    ...(model !== undefined && { model }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(topLogits !== undefined && { topLogits }),
    ...(provider !== undefined && { provider }),
    ...contextParameters(options),
    ...samplingParameters(options),
    ...cacheParameters(options),
  };
}

function contextParameters({ parallelWindows, nbce }: Options): Pick<GenerateParameters, 'contexts'> {
  if (parallelWindows) return { contexts: { method: 'parallel-windows', texts: parallelWindows.map(readText) } };
  return nbce ? { contexts: { method: 'nbce', texts: nbce.map(readText) } } : {};
}
