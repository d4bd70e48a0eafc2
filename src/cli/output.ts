/** What the command line writes: results to standard output, everything else to standard error, errors in the catalogue's form. */
import { styleText } from 'node:util';
import { yieldToEventLoop } from '../base/cancellation.ts';
import type { UserError } from '../base/errors.ts';

type Style = Parameters<typeof styleText>[0];

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** One JSON document, or with `--stream-json` one line of them. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** One line to standard error: what is being done, or a warning. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `LSnnnn: sentence. What to do.` on standard error and, for `--json`, the same as an object on standard output. */
export function printError({ code, message, hint }: UserError, json: boolean): void {
  process.stderr.write(`${code}: ${message} ${hint}\n`);
  if (json) printJson({ error: { code, message, hint } });
}

/** Styled for standard output; plain when that is no terminal or NO_COLOR is set. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Resolves when everything written to standard output and standard error has left this process. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableLength === 0) resolve();
          else
            stream.write('', () => {
              resolve();
            });
        }),
    ),
  );
  // What could not be written is told of by an event, after this turn.
  await yieldToEventLoop();
}

/** A byte count for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit] ?? ''}`;
}

/** Milliseconds for people. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A whole number with its noun. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
}

/** `path:line` or `path:line-line`, what most terminals open with a click. */
export function formatRange({
  path,
  startLine,
  endLine,
}: {
  path: string;
  startLine: number;
  endLine: number;
}): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}
