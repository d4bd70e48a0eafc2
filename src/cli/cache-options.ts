/** The options of the decoder's cache and positions, which generate and perplexity share. */
import type { Command } from 'commander';
import { fault } from '../base/errors.ts';
import { wholeNumber } from './values.ts';

export interface CacheOptions {
  readonly sinks?: number;
  readonly recent?: number;
  readonly rope?: string;
  readonly mask?: string;
  readonly retrieval?: string;
}

export function addCacheOptions(command: Command): Command {
  return command
    .option(
      '--sinks <n>',
      'attention sinks: the first tokens that stay in the cache; used together with --recent',
      wholeNumber('--sinks', 0),
    )
    .option(
      '--recent <n>',
      'the last tokens that stay in the cache; used together with --sinks',
      wholeNumber('--recent', 1),
    )
    .option(
      '--rope <spec>',
      'RoPE scaling or position rule: default, linear:2, ntk:2, dynamic:2, yarn:4, llama3:8, rerope:512, self-extend:512:4, lm-infinite:4096, …',
    )
    .option(
      '--mask <spec>',
      'attention mask: causal, window:1024, dilated:256:4, block:512, global-local:4:1020, strided:128, …',
    )
    .option('--retrieval <spec>', 'attend only to the relevant part of the KV cache: quest:1024, infllm:1024');
}

export function cacheParameters({ sinks, recent, rope, mask, retrieval }: CacheOptions): CacheOptions {
  if ((sinks === undefined) !== (recent === undefined)) throw fault('LS1002', '--sinks and --recent are used together');
  return {
    ...(sinks !== undefined && { sinks }),
    ...(recent !== undefined && { recent }),
    ...(rope !== undefined && { rope }),
    ...(mask !== undefined && { mask }),
    ...(retrieval !== undefined && { retrieval }),
  };
}
