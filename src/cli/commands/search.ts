/** `longsight search`: ranked chunks for one query, or with --batch for a file of them. */
import { type Command, Option } from 'commander';
import { fault } from '../../base/errors.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { formatMs, formatRange, inline, print, printJson, styled, words } from '../output.ts';
import { searchBatch } from '../search-batch.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';
import { collect, wholeNumber } from '../values.ts';

interface Options extends CommonOptions {
  readonly limit?: number;
  readonly scope?: string[];
  readonly batch?: string;
  readonly output?: string;
}

const defaultLimit = { single: 10, batch: 20 };

export function addSearch(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('search'))
    .description('rank chunks of the repository for a query, indexing first what is missing')
    .argument('[query]', 'the query, in quotes; omitted with --batch')
    .option(
      '--limit <n>',
      `how many results, ${defaultLimit.single}, with --batch ${defaultLimit.batch}, by default`,
      wholeNumber('--limit', 1),
    )
    .option('--scope <glob>', 'only files that match; may be repeated', collect)
    .addOption(
      new Option('--batch <file>', 'queries, one JSON object per line: {"id","query","index_root"?}').conflicts(
        'scope',
      ),
    )
    .option('--output <file>', 'with --batch: where the ranked chunks are written, one JSON object per line')
    .addHelpText(
      'after',
      examples(
        'search "connection pool" --limit 5',
        'search --batch questions.jsonl --output run.jsonl --repository ../requests',
      ),
    )
    .action(async (query: string | undefined, options: Options) => {
      if (options.batch !== undefined) {
        if (query !== undefined || options.output === undefined)
          throw fault('LS1002', '--batch takes --output and no query');
        await searchBatch(options.batch, options.output, options.limit ?? defaultLimit.batch, options, withEngine);
        return;
      }
      if (query === undefined || query.trim() === '') throw fault('LS1002', 'search takes a query, or --batch');
      if (options.output !== undefined) throw fault('LS1002', '--output is used together with --batch');
      await withEngine(options, async (session) => {
        await bringUpToDate(session);
        const { limit = defaultLimit.single, scope } = options;
        const response = await session.engine.search({ query, limit, ...(scope && { scope }) }, session.signal);
        if (options.json) {
          printJson(response);
          return;
        }
        for (const { symbol, ...range } of response.results)
          print(
            `${styled('cyan', formatRange(range))}${symbol === null ? '' : `  ${styled('bold', inline(symbol))}`}\n`,
          );
        if (response.notice) print(`${words(response.notice)}\n`);
        print(styled('dim', `${formatMs(response.ms)}\n`));
      });
    });
}
