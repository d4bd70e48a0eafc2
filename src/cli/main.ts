/** The command line's entry: declares the commands, turns what is thrown into an exit status, and Ctrl-C into a cancellation. */
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { isCancelled } from '../base/cancellation.ts';
import { LongsightError, fault, toUserError } from '../base/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import { addAsk } from './commands/ask.ts';
import { addBench } from './commands/bench.ts';
import { addExplain } from './commands/explain.ts';
import { addGenerate } from './commands/generate.ts';
import { addIndex } from './commands/index-command.ts';
import { addModels } from './commands/models.ts';
import { addPerplexity } from './commands/perplexity.ts';
import { addSearch } from './commands/search.ts';
import { addStatus } from './commands/status.ts';
import { addSummarize } from './commands/summarize.ts';
import { addWhy } from './commands/why.ts';
import { flushed, note, printError } from './output.ts';
import { engineRunner } from './session.ts';

/** As shells count: 128 and the signal's number for a process that a signal ended. */
const exitCodes = { done: 0, failed: 1, usage: 2, cancelled: 130, terminated: 143 } as const;

const abort = new AbortController();
const wantsJson = process.argv.includes('--json') || process.argv.includes('--stream-json');
/** What commander would write to standard error itself: the help of a command that was called without its subcommand. */
let complaint = '';
const shell = '/bin/sh';
let exitCodeOfAbort: number = exitCodes.cancelled;
// The launcher's, for the time before this was loaded. They go after ours came: without any, a Ctrl-C from meanwhile is lost.
const launcherListeners = process.listeners('SIGINT');
process.on('SIGINT', () => {
  // The first Ctrl-C lets the work stop at its next step; the second ends the process where it stands.
  if (abort.signal.aborted) leave(exitCodes.cancelled);
  abort.abort();
});
for (const listener of launcherListeners) process.off('SIGINT', listener);
process.on('SIGTERM', () => {
  exitCodeOfAbort = exitCodes.terminated;
  abort.abort();
});
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `longsight … | head` closes the pipe; nobody is left to tell.
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    if (stream === process.stdout) printError(fault('LS1005', error.message, error).userError, false);
    process.exit(exitCodes.failed);
  });

process.on('uncaughtException', (error) => {
  printError(toUserError(error), wantsJson);
  process.exit(exitCodes.failed);
});

function program(): Command {
  const withEngine = engineRunner(abort.signal);
  const root = new Command('longsight')
    .description(
      'Asks questions of a whole repository with a model on this machine, and shows the exact lines the answer rests on.',
    )
    .version(manifest.version)
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      '\nExample:\n  $ longsight ask "How are redirects followed?"\n\n' +
        'Environment:\n' +
        '  LONGSIGHT_HOME       folder of caches and models\n' +
        '  LONGSIGHT_MODEL      what --model would say\n' +
        '  LONGSIGHT_THREADS    processor threads of the decoder\n' +
        '  LONGSIGHT_GRAPHS_GB  gigabytes that built graphs may take (20)\n' +
        '  LONGSIGHT_OFFLINE=1  no command opens a socket\n' +
        '  LONGSIGHT_API_KEY    the key of a model server given with --model http://host:port/v1#model\n' +
        '  LONGSIGHT_SERVER_CONTEXT=8192        tokens of its context, where it does not say\n' +
        '  LONGSIGHT_SERVER_TIMEOUTS=10,300,60  seconds to connect, to the first token, between two pieces\n' +
        '  LONGSIGHT_LOG=debug  the log on standard error\n',
    );
  for (const add of [
    addAsk,
    addSearch,
    addExplain,
    addSummarize,
    addIndex,
    addStatus,
    addWhy,
    addModels,
    addGenerate,
    addPerplexity,
  ])
    add(root, withEngine);
  addBench(root, abort.signal);
  // Subcommands inherit neither of these.
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: (text) => (complaint += text) });
    command.commands.forEach(prepare);
  };
  prepare(root);
  return root;
}

function exitCodeOf(error: unknown, json: boolean): number {
  if (isCancelled(error)) return exitCodeOfAbort;
  if (error instanceof CommanderError) {
    // --help and --version have written what was asked for.
    if (error.exitCode === 0) return exitCodes.done;
    const message = error.message.replace(/^error: /, '').replace(/\.$/, '');
    // A bare `longsight` shows its help, which commander counts as an error.
    if (error.code === 'commander.help') note(complaint.trimEnd());
    else printError(fault('LS1002', message).userError, json);
    return exitCodes.usage;
  }
  const userError = toUserError(error);
  printError(userError, json);
  const level = process.env.LONGSIGHT_LOG;
  if ((level === 'debug' || level === 'trace') && userError.diagnostic !== undefined) note(userError.diagnostic);
  return error instanceof LongsightError && userError.code === 'LS1002' ? exitCodes.usage : exitCodes.failed;
}

/** Ends the process now. A worker thread or a native handle that is slow to let go must not keep a finished command waiting. */
function leave(exitCode: number): never {
  // `exit` waits for threads in the middle of a native computation, which takes seconds on a busy machine; another program in
  // this one's place does not, and a database that is cut off is whole when it is opened again.
  if (abort.signal.aborted && process.execve && existsSync(shell))
    process.execve(shell, ['sh', '-c', `exit ${exitCode}`]);
  process.exit(exitCode);
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...argv]);
    return abort.signal.aborted ? exitCodeOfAbort : exitCodes.done;
  } catch (error) {
    return exitCodeOf(error, wantsJson);
  }
}

const exitCode = await run(process.argv);
await flushed();
leave(exitCode);
