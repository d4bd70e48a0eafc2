/**
 * The one place through which the command line writes: results to standard output, everything else to standard error. Nothing
 * that comes from a repository, a model or a server reaches a terminal or a pipe with a control sequence; our own colours do.
 */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { yieldToEventLoop } from '../base/cancellation.ts';
import { type UserError, isUserError } from '../base/errors.ts';
import { type Words, isSentence } from '../base/sentences.ts';
import { createSpeaker } from '../base/speaker.ts';
import { visible, visibleInline, visibleJson } from '../base/visible-text.ts';

type Style = Parameters<typeof styleText>[0];

const speaker = createSpeaker('commandLine', { text: visibleInline });

/** Around the numbers of our own colours until they are written: no text can spell it. */
const mark = `\u0000${randomUUID()}\u0000`;

/** Our colours as the terminal takes them, all other text shown and never obeyed. */
function written(text: string): string {
  return text
    .split(mark)
    .map((part, at) => (at % 2 === 1 ? `\u001b[${part}m` : visible(part)))
    .join('');
}

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(written(text));
}

/** One JSON document, or with `--stream-json` one line of them; sentences and errors in words. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(inWords(value))}\n`);
}

/** One line to standard error: what is being done, or a warning. */
export function note(text: Words): void {
  process.stderr.write(`${written(typeof text === 'string' ? text : words(text))}\n`);
}

/** `LSnnnn: sentence. What to do.` on standard error and, for `--json`, the same as an object on standard output. */
export function printError(error: UserError, json: boolean): void {
  const { code, message, hint } = speaker.error(error);
  note(`${code}: ${message} ${hint}`);
  if (json) printJson({ error: { code, message, hint } });
}

/** What the engine has to say, on one line, whatever is in its values. */
export function words(said: Words): string {
  return speaker.words(said);
}

/** A name, a path or another text that must stay on its line. */
export function inline(text: string): string {
  return visibleInline(text);
}

/** A copy in which every sentence and every error of the catalogue is in words: the form of `--json`. */
function inWords(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inWords);
  if (isSentence(value)) return plain.words(value);
  if (isUserError(value)) return plain.error(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inWords(one)]));
}

/** In JSON text is escaped and keeps every character. */
const plain = createSpeaker('commandLine');

/** Styled for standard output; plain when that is no terminal or NO_COLOR is set. */
export function styled(style: Style, text: string): string {
  const [before = '', after = ''] = styleText(style, '\n', { stream: process.stdout }).split('\n');
  return `${marked(before)}${text}${marked(after)}`;
}

/** A colour's sequence as it is until it is written. */
function marked(sequence: string): string {
  return sequence.replace(/^\u001b\[(\d+)m$/, `${mark}$1${mark}`);
}

/** Standard error when it is a terminal, for a line that redraws itself; what it shows must be made by {@link words} or {@link inline}. */
export function errorTerminal(): NodeJS.WriteStream | null {
  return process.stderr.isTTY ? process.stderr : null;
}

/** Calls back when standard output or standard error cannot be written. */
export function onWriteError(handle: (error: NodeJS.ErrnoException, isOutput: boolean) => void): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      handle(error, stream === process.stdout);
    });
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
  // What could not be written is reported by an event, after this turn.
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
  const name = inline(path);
  return startLine === endLine ? `${name}:${startLine}` : `${name}:${startLine}-${endLine}`;
}
