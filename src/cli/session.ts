/** One run of a command: the engine in this process, the signal that Ctrl-C aborts, and what is let go of at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { createLogger } from '../base/logging.ts';
import { forOneAnswer } from '../base/outbound-requests.ts';
import { type Engine, createEngine } from '../engine/engine.ts';
import { efforts, effortSeconds } from '../protocol/effort.ts';
import { unsupportedSentences } from '../protocol/unsupported.ts';
import type { FileRules, InitializeParameters } from '../protocol/engine.ts';
import { type ProviderChoice, providerChoices } from '../protocol/providers.ts';
import { initializeParametersOf, logLevel, repositoryOf } from './environment.ts';
import { note } from './output.ts';
import { type ProgressLine, createProgressLine } from './progress.ts';

export interface CommonOptions {
  readonly repository?: string;
  readonly json?: true;
  readonly model?: string;
  readonly provider?: ProviderChoice;
  /** What the command states of which files are indexed. */
  readonly rules?: FileRules;
}

export interface Session {
  readonly engine: Engine;
  readonly parameters: InitializeParameters;
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/** Runs work with an engine that is disposed afterwards, whatever happened. */
export type WithEngine = (options: CommonOptions, work: (session: Session) => Promise<void>) => Promise<void>;

/** The options that every command takes. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('--repository <dir>', 'the repository; default: the Git root of the working directory, or that directory')
    .option('--json', 'one JSON document on standard output and nothing else');
}

export function modelOption(): Option {
  return new Option(
    '--model <model>',
    'a catalogue id, a GGUF file, a folder with config.json and safetensors, or a server: http://host:port/v1#model',
  );
}

/** `--unsupported`, for the commands whose answer a model may write. */
export function unsupportedOption(): Option {
  return new Option('--unsupported <what>', 'what becomes of a sentence that nothing read supports')
    .choices(unsupportedSentences)
    .default('mark');
}

export function effortOption(): Option {
  const seconds = efforts.map((effort) => `${effort} ${String(effortSeconds[effort])}`).join(', ');
  return new Option('--effort <effort>', `seconds that the first word of an answer may take: ${seconds}`)
    .choices(efforts)
    .default('normal');
}

export function providerOption(): Option {
  return new Option('--provider <provider>', 'what computes the decoder; default: the fastest that works here').choices(
    providerChoices,
  );
}

/** Lines of examples under a command's --help. */
export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  $ longsight ${line}`).join('\n')}`;
}

/** How long a cancelled command waits for a thread that is deep in a computation, milliseconds; the process then ends around it. */
const patienceMs = 700;

export function engineRunner(signal: AbortSignal): WithEngine {
  return async (options, work) => {
    const parameters = initializeParametersOf(
      repositoryOf(options.repository),
      options.model,
      options.provider,
      options.rules,
    );
    const logger = createLogger(logLevel(), (line) => {
      note(line.trimEnd());
    });
    const engine = await createEngine(parameters, logger);
    const progress = createProgressLine();
    try {
      // What a command fetches before it answers belongs to its answer.
      await forOneAnswer(() => work({ engine, parameters, signal, progress }));
    } finally {
      for (const notice of engine.notices()) note(notice);
      progress.dispose();
      await (signal.aborted ? Promise.race([engine.dispose(), delay(patienceMs)]) : engine.dispose());
    }
  };
}
