/** `longsight generate`: the decoder alone. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { fault } from '../../base/errors.ts';
import type { GenerateParameters } from '../../protocol/models.ts';
import { type CacheOptions, addCacheOptions, cacheParameters } from '../cache-options.ts';
import { modelOf } from '../environment.ts';
import { formatMs, note, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples, modelOption } from '../session.ts';
import { nonNegativeNumber, tokenIds, wholeNumber } from '../values.ts';

interface Options extends CommonOptions, CacheOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly tokenIds?: number[];
  readonly chat?: true;
  readonly maxTokens?: number;
  readonly greedy?: true;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly topLogits?: number;
  readonly provider?: string;
}

export function addGenerate(program: Command, withEngine: WithEngine): void {
  const command = addCommonOptions(program.command('generate'))
    .description('continue a prompt with the decoder alone, no repository')
    .option('--prompt <text>', 'the prompt')
    .addOption(new Option('--prompt-file <file>', 'the prompt, from a file').conflicts('prompt'))
    .addOption(
      new Option('--token-ids <ids>', 'the prompt as it goes into the decoder: 1,2,3')
        .argParser(tokenIds)
        .conflicts(['prompt', 'promptFile', 'chat']),
    )
    .option('--chat', 'renders the prompt as a user message by the model’s own template')
    .addOption(modelOption())
    .option('--max-tokens <n>', 'the most new tokens', wholeNumber('--max-tokens', 0))
    .option('--greedy', 'always the likeliest token')
    .option('--temperature <t>', 'of the sampling; 0 is greedy', nonNegativeNumber('--temperature'))
    .option('--top-p <p>', 'of the sampling', nonNegativeNumber('--top-p'))
    .option('--top-k <k>', 'of the sampling', wholeNumber('--top-k', 1))
    .option('--seed <n>', 'of the sampling', wholeNumber('--seed', 0))
    .option('--top-logits <k>', 'with --json: the best logits of every step', wholeNumber('--top-logits', 1))
    .option('--provider <provider>', 'the execution provider: cpu, webgpu, …');
  addCacheOptions(command)
    .addHelpText(
      'after',
      examples(
        'generate --prompt "def fibonacci(n):" --greedy --max-tokens 40',
        'generate --chat --prompt "Hello" --json',
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
        note(
          `${report.tokenIds.length} tokens after ${report.promptTokenIds.length}, first ${formatMs(report.timings.firstTokenMs)}, total ${formatMs(report.timings.totalMs)}`,
        );
      });
    });
}

function generateParameters(options: Options): GenerateParameters {
  const { maxTokens, temperature, topP, topK, seed, topLogits, provider } = options;
  const model = modelOf(options.model);
  const prompt = options.promptFile === undefined ? options.prompt : readPrompt(options.promptFile);
  if (prompt === undefined && options.tokenIds === undefined)
    throw fault('LS1002', 'generate takes --prompt, --prompt-file or --token-ids');
  return {
    ...(prompt !== undefined && { prompt }),
    ...(options.tokenIds && { tokenIds: options.tokenIds }),
    ...(options.chat && { chat: true }),
    ...(model !== undefined && { model }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(options.greedy && { greedy: true }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(topLogits !== undefined && { topLogits }),
    ...(provider !== undefined && { provider }),
    ...cacheParameters(options),
  };
}

function readPrompt(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('LS1003', file, error);
  }
}
