/** The options of the decoder's cache and positions, which generate and perplexity share. */
import type { Command } from 'commander';
import { fault } from '../base/errors.ts';
import { wholeNumber } from './values.ts';

export interface CacheOptions {
  readonly sinks?: number;
  readonly recent?: number;
  readonly rope?: string;
}

export function addCacheOptions(command: Command): Command {
  return command
    .option(
      '--sinks <n>',
      'attention sinks: the first tokens that stay in the cache; goes with --recent',
      wholeNumber('--sinks', 0),
    )
    .option('--recent <n>', 'the last tokens that stay in the cache; goes with --sinks', wholeNumber('--recent', 1))
    .option('--rope <spec>', 'how positions are rotated: default, linear:2, ntk:2, yarn:4, …');
}

export function cacheParameters({ sinks, recent, rope }: CacheOptions): CacheOptions {
  if ((sinks === undefined) !== (recent === undefined)) throw fault('LS1002', '--sinks and --recent go together');
  return {
    ...(sinks !== undefined && { sinks }),
    ...(recent !== undefined && { recent }),
    ...(rope !== undefined && { rope }),
  };
}
