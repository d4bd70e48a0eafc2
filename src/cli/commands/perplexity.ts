/** `longsight perplexity`: how well the decoder predicts a text. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { fault } from '../../base/errors.ts';
import { type CacheOptions, addCacheOptions, cacheParameters } from '../cache-options.ts';
import { modelOf } from '../environment.ts';
import { print, printJson } from '../output.ts';
import {
  type CommonOptions,
  type WithEngine,
  addCommonOptions,
  examples,
  modelOption,
  providerOption,
} from '../session.ts';
import { wholeNumber } from '../values.ts';

interface Options extends CommonOptions, CacheOptions {
  readonly textFile: string;
  readonly maxTokens?: number;
  readonly bucket?: number;
}

export function addPerplexity(program: Command, withEngine: WithEngine): void {
  const command = addCommonOptions(program.command('perplexity'))
    .description('mean negative log-likelihood of a text, in nats per token')
    .requiredOption('--text-file <file>', 'the text')
    .addOption(modelOption())
    .addOption(providerOption())
    .option('--max-tokens <n>', 'only the first tokens of the text', wholeNumber('--max-tokens', 2))
    .option('--bucket <n>', 'tokens per bucket of the report', wholeNumber('--bucket', 1));
  addCacheOptions(command)
    .addHelpText(
      'after',
      examples('perplexity --text-file README.md', 'perplexity --text-file book.txt --sinks 4 --recent 1020 --json'),
    )
    .action(async (options: Options) => {
      const text = readText(options.textFile);
      const model = modelOf(options.model);
      const request = {
        text,
        ...(model !== undefined && { model }),
        ...(options.provider !== undefined && { provider: options.provider }),
        ...(options.maxTokens !== undefined && { maxTokens: options.maxTokens }),
        ...(options.bucket !== undefined && { bucket: options.bucket }),
        ...cacheParameters(options),
      };
      await withEngine(options, async ({ engine, progress, signal }) => {
        const report = await engine.perplexity(
          request,
          ({ message, done, total }) => {
            progress.update(message, done, total);
          },
          signal,
        );
        progress.clear();
        if (options.json) {
          printJson(report);
          return;
        }
        print(`${report.meanNll.toFixed(4)} nats per token over ${report.tokens} tokens\n`);
        for (const { start, end, meanNll } of report.buckets) print(`  ${start}-${end}: ${meanNll.toFixed(4)}\n`);
      });
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('LS1003', file, error);
  }
}
