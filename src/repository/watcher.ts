/** Watches a repository for a door that does not tell of changes itself: gathers what changed for a moment, then says it once. */
import { type FSWatcher, existsSync, lstatSync, readdirSync, watch } from 'node:fs';
import path from 'node:path';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import { defaultExclude } from './default-excludes.ts';
import { absoluteOf, folderOf, relativeTo } from './paths.ts';

/** Milliseconds without a further change before the changes are told, and after which they are told at the latest. */
const quiet = 150;
const latest = 2000;
/** Folders without indexed files that are watched at most: new ones, in which a file may come next. */
const mostEmpty = 1000;

export interface WatcherOptions {
  readonly root: string;
  readonly logger: Logger;
  /** Absolute paths that were made, changed or removed; the root itself when anything may have changed. */
  readonly onChange: (paths: readonly string[]) => void;
}

/**
 * Where the system can watch a tree by itself (macOS, Windows) that is used; elsewhere the folders that hold indexed files are
 * watched one by one, so that ignored trees (node_modules) cost nothing. Call {@link RepositoryWatcher.follow} after every scan.
 */
export class RepositoryWatcher implements Disposable {
  readonly #options: WatcherOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed = new Set<string>();
  /** Folders that came while we watched and hold no indexed file yet. */
  readonly #empty = new Set<string>();
  readonly #recursive = process.platform === 'darwin' || process.platform === 'win32';
  #timer: NodeJS.Timeout | undefined;
  #first = 0;
  #disposed = false;
  /** Why not everything is watched, for instance the system's limit; null while all is. */
  #trouble: string | null = null;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#watch('');
    // Git's own files tell of a switched branch and of staged changes.
    if (!this.#recursive && existsSync(path.join(options.root, '.git'))) this.#watch('.git');
  }

  /** Null while everything is watched. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Watches the folders of these files, which are relative to the root, and no others. */
  follow(files: Iterable<string>): void {
    if (this.#recursive || this.#disposed) return;
    const folders = new Set(['', '.git']);
    for (const file of files) {
      for (let folder = folderOf(file); folder !== '' && !folders.has(folder); folder = folderOf(folder))
        folders.add(folder);
    }
    for (const folder of this.#empty) {
      if (folders.has(folder) || !isFolder(absoluteOf(this.#options.root, folder))) this.#empty.delete(folder);
      else folders.add(folder);
    }
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    const absolute = folder === '' ? this.#options.root : absoluteOf(this.#options.root, folder);
    if (!existsSync(absolute)) return;
    try {
      const watcher = watch(absolute, { recursive: this.#recursive, persistent: true }, (_event, name) => {
        if (name === null) this.#note(this.#options.root);
        else if (folder !== '.git' || /^(HEAD|index|MERGE_HEAD)$/.test(name)) this.#note(path.join(absolute, name));
      });
      watcher.on('error', (error) => {
        // The folder went, or events were lost: everything is looked at again.
        this.#options.logger.debug({ folder, error: error.message }, 'a watched folder reports an error');
        watcher.close();
        this.#watchers.delete(folder);
        this.#note(this.#options.root);
      });
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#trouble ??= error instanceof Error ? error.message : String(error);
      this.#options.logger.warn(
        { folder, error: this.#trouble },
        'a folder cannot be watched; its changes are found by the next scan',
      );
    }
  }

  /** A new folder is watched at once with all below it: its first file may come before the next scan. */
  #watchNew(absolute: string): void {
    const pending = [absolute];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const folder = relativeTo(this.#options.root, at);
      if (folder === undefined || this.#watchers.has(folder) || this.#empty.size >= mostEmpty) continue;
      if (!isFolder(at) || defaultExclude(path.dirname(at), path.basename(at)) !== undefined) continue;
      this.#empty.add(folder);
      this.#watch(folder);
      try {
        for (const entry of readdirSync(at, { withFileTypes: true }))
          if (entry.isDirectory()) pending.push(path.join(at, entry.name));
      } catch (error) {
        this.#options.logger.debug(
          { folder, error: error instanceof Error ? error.message : String(error) },
          'a new folder went again',
        );
      }
    }
  }

  #note(changed: string): void {
    if (this.#disposed) return;
    if (!this.#recursive) this.#watchNew(changed);
    const now = performance.now();
    if (this.#changed.size === 0) this.#first = now;
    this.#changed.add(changed);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, Math.min(quiet, this.#first + latest - now)));
  }

  #tell(): void {
    if (this.#disposed) return;
    const paths = [...this.#changed];
    this.#changed.clear();
    this.#options.onChange(paths);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}

function isFolder(absolute: string): boolean {
  return lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
}
