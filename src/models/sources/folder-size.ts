/** Bytes under a folder, watched while a program that reports no progress fills it. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Disposable, toDisposable } from '../../base/disposable.ts';
import { hasCode } from '../store/storage-faults.ts';

/** Calls back with the folder's size every `everyMs` until disposed. */
export function watchFolderSize(folder: string, everyMs: number, onSize: (bytes: number) => void): Disposable {
  let measuring = false;
  let stopped = false;
  const timer = setInterval(() => {
    if (measuring) return;
    measuring = true;
    void folderSize(folder).then(
      (bytes) => {
        measuring = false;
        if (!stopped) onSize(bytes);
      },
      () => {
        // Only the progress bar misses this beat: the program itself reports what is wrong with the folder.
        measuring = false;
      },
    );
  }, everyMs);
  return toDisposable(() => {
    stopped = true;
    clearInterval(timer);
  });
}

async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += (await lstat(path.join(entry.parentPath, entry.name))).size;
    } catch (error) {
      // Temporary files come and go while we look.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return bytes;
}
