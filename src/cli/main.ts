/** The command line's entry: turns what a command throws into an exit status, and Ctrl-C into a cancellation. */
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { isCancelled } from '../base/cancellation.ts';
import { LongsightError, fault, toUserError } from '../base/errors.ts';
import { flushed, note, onWriteError, print, printError } from './output.ts';
import { createProgram } from './program.ts';

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
onWriteError((error, isOutput) => {
  // `longsight … | head` closes the pipe; nobody is left to tell.
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  if (isOutput) printError(fault('LS1005', error.message, error).userError, false);
  process.exit(exitCodes.failed);
});

process.on('uncaughtException', (error) => {
  printError(toUserError(error), wantsJson);
  process.exit(exitCodes.failed);
});

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
    await createProgram(abort.signal, (text) => (complaint += text), print).parseAsync([...argv]);
    return abort.signal.aborted ? exitCodeOfAbort : exitCodes.done;
  } catch (error) {
    return exitCodeOf(error, wantsJson);
  }
}

const exitCode = await run(process.argv);
await flushed();
leave(exitCode);
