/** The options that say how tokens are chosen and what the text is held to. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { fault } from '../base/errors.ts';
import type { GenerateParameters } from '../protocol/models.ts';
import { collect, nonNegativeNumber, wholeNumber } from './values.ts';

export interface SamplingOptions {
  readonly greedy?: true;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly repetitionWindow?: number;
  readonly logitBias?: string[];
  readonly seed?: number;
  readonly stop?: string[];
  readonly regex?: string;
  readonly jsonSchema?: string;
  /** False with --no-speculation. */
  readonly speculation: boolean;
}

export function addSamplingOptions(command: Command): Command {
  return command
    .option('--greedy', 'always take the most likely token')
    .option('--temperature <t>', 'sampling temperature; 0 is greedy', nonNegativeNumber('--temperature'))
    .option(
      '--top-p <p>',
      'sample from the most likely tokens that together have this probability',
      nonNegativeNumber('--top-p'),
    )
    .option('--top-k <k>', 'sample from the k most likely tokens', wholeNumber('--top-k', 1))
    .option('--min-p <p>', 'least share of the best token’s probability', nonNegativeNumber('--min-p'))
    .option('--repetition-penalty <p>', 'above 1 makes tokens that occurred less likely', penalty)
    .option('--repetition-window <n>', 'how many of the last tokens the penalty covers; -1 is all; default 64', window)
    .option(
      '--logit-bias <token=nats>',
      'makes a token id, or the tokens of a text, more or less likely: 42=-1.5, " foo"=never',
      collect,
    )
    .option('--seed <n>', 'seed of the random numbers for sampling', wholeNumber('--seed', 0))
    .option('--stop <text>', 'ends the text before this string; may be repeated', collect)
    .option('--regex <pattern>', 'the whole text matches this regular expression')
    .addOption(
      new Option(
        '--json-schema <schema>',
        'the text is JSON that this schema accepts; a file or the schema itself',
      ).conflicts('regex'),
    )
    .option('--no-speculation', 'compute every token by itself, without drafts; the text is the same, but slower');
}

type SamplingParameters = Pick<
  GenerateParameters,
  | 'greedy'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'minP'
  | 'repetitionPenalty'
  | 'repetitionWindow'
  | 'logitBias'
  | 'seed'
  | 'stop'
  | 'constraint'
  | 'speculation'
>;

/** @throws LS1002 for what cannot be read, LS1003 for a schema file that cannot */
export function samplingParameters(options: SamplingOptions): SamplingParameters {
  const { temperature, topP, topK, minP, repetitionPenalty, repetitionWindow, logitBias, seed, stop, regex } = options;
  return {
    ...(options.greedy && { greedy: true }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(minP !== undefined && { minP }),
    ...(repetitionPenalty !== undefined && { repetitionPenalty }),
    ...(repetitionWindow !== undefined && { repetitionWindow }),
    ...(logitBias && { logitBias: logitBias.map(bias) }),
    ...(seed !== undefined && { seed }),
    ...(stop && { stop }),
    ...(regex !== undefined && { constraint: { kind: 'regex' as const, pattern: regex } }),
    ...(options.jsonSchema !== undefined && {
      constraint: { kind: 'json-schema' as const, schema: schemaOf(options.jsonSchema) },
    }),
    ...(!options.speculation && { speculation: false }),
  };
}

function penalty(value: string): number {
  const number = nonNegativeNumber('--repetition-penalty')(value);
  if (number === 0) throw fault('LS1002', '--repetition-penalty takes a number above 0');
  return number;
}

function window(value: string): number {
  return value.trim() === '-1' ? -1 : wholeNumber('--repetition-window', 0)(value);
}

/** `42=-1.5`, `some text=2`, `42=never`: what stands before the last equals sign is the token. */
function bias(value: string): { token: number | string; bias: number | 'never' } {
  const at = value.lastIndexOf('=');
  const [token, nats] = [value.slice(0, at), value.slice(at + 1)];
  const number = Number(nats);
  if (at < 1 || (nats !== 'never' && (nats.trim() === '' || !Number.isFinite(number))))
    throw fault('LS1002', `--logit-bias takes TOKEN=NATS or TOKEN=never, not "${value}"`);
  return { token: /^\d+$/.test(token) ? Number(token) : token, bias: nats === 'never' ? 'never' : number };
}

function schemaOf(value: string): unknown {
  const isText = /^\s*(?:\{|true\s*$|false\s*$)/.test(value);
  try {
    return JSON.parse(isText ? value : readText(value));
  } catch (error) {
    if (error instanceof SyntaxError) throw fault('LS1002', `--json-schema is not JSON: ${error.message}`, error);
    throw error;
  }
}

/** @throws LS1003 */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('LS1003', file, error);
  }
}
