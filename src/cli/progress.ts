/** Progress on standard error, drawn only on a terminal; elsewhere long work is silent but for the notes it writes itself. */
import { SingleBar } from 'cli-progress';
import type { Disposable } from '../base/disposable.ts';
import type { Words } from '../base/sentences.ts';
import { errorTerminal, words } from './output.ts';

export interface ProgressLine extends Disposable {
  /** `total` null where the end is not known. */
  update(message: Words, done: number, total: number | null): void;
  /** Takes the line away, so that other text can be written; the next update draws it again. */
  clear(): void;
}

/** A line that redraws itself at most ten times a second; does nothing when standard error is no terminal. */
export function createProgressLine(): ProgressLine {
  let bar: SingleBar | undefined;
  const clear = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update: (message, done, total) => {
      const stream = errorTerminal();
      if (!stream) return;
      const text = words(message);
      const end = total ?? Math.max(done, 1);
      if (!bar) {
        bar = new SingleBar({
          format: '{bar} {percentage}% {message}',
          stream,
          barsize: 24,
          fps: 10,
          clearOnComplete: true,
          hideCursor: true,
          stopOnComplete: false,
          // A bar per phase: bytes, files and tokens have different ends.
          barCompleteChar: '█',
          barIncompleteChar: '░',
        });
        bar.start(end, done, { message: text });
      }
      bar.setTotal(end);
      bar.update(done, { message: text });
    },
    clear,
    dispose: clear,
  };
}
