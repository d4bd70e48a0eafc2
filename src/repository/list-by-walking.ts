/** Lists a folder's files without Git: nested .gitignore files are honoured, links are not followed, default excludes apply. */
import { type Sentence, say } from '../base/sentences.ts';
import { type Dirent, closeSync, constants, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import { defaultExclude } from './default-excludes.ts';
import type { Globs } from './globs.ts';
import { nameOf, shownName } from './git.ts';
import { type Listing, type Unlistable, unnameable } from './listing.ts';
import { absoluteOf } from './paths.ts';

/** Every rule is compared with every path, so that a list of hundreds of thousands would take hours. */
const mostRules = 5000;
/** Bytes of a .gitignore that are read: more than so many rules take. */
const mostRuleBytes = 512 * 1024;

/** The rules of one folder's .gitignore; they speak of paths relative to that folder. */
export interface IgnoreFile {
  /** Relative to the root, empty for the root itself. */
  readonly folder: string;
  readonly rules: Ignore;
  /** It has more rules than are followed. */
  readonly isCut: boolean;
}

export interface UnreadableFolder {
  readonly path: string;
  readonly explanation: Sentence;
}

/** @throws CancelledError */
export async function listByWalking(
  root: string,
  include: Globs,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Listing & { readonly unreadable: readonly UnreadableFolder[] }> {
  const files: string[] = [];
  const ignored: string[] = [];
  const excluded: { path: string; explanation: Sentence }[] = [];
  const unreadable: UnreadableFolder[] = [];
  const unlistable: Unlistable[] = [];
  const pending: { folder: string; chain: readonly IgnoreFile[]; ignored: boolean }[] = [
    { folder: '', chain: [], ignored: false },
  ];
  let steps = 0;
  for (let at = pending.pop(); at; at = pending.pop()) {
    if (++steps % 64 === 0) {
      throwIfCancelled(options.signal);
      await yieldToEventLoop();
    }
    const absolute = at.folder === '' ? root : absoluteOf(root, at.folder);
    let found: Dirent<Buffer>[];
    try {
      found = readdirSync(absolute, { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      unreadable.push({
        path: `${at.folder}/`,
        explanation: say('{0}', error instanceof Error ? error.message : String(error)),
      });
      continue;
    }
    const entries = found.flatMap((entry) => {
      const name = nameOf(entry.name);
      if (name !== undefined) return [{ name, isFile: entry.isFile(), isFolder: entry.isDirectory() }];
      const shown = shownName(entry.name);
      unlistable.push(unnameable(at.folder === '' ? shown : `${at.folder}/${shown}`));
      return [];
    });
    const own = entries.some((entry) => entry.name === '.gitignore' && entry.isFile)
      ? readIgnoreFile(root, at.folder)
      : undefined;
    const chain = own ? [...at.chain, own] : at.chain;
    if (own?.isCut === true)
      unlistable.push({
        path: at.folder === '' ? '.gitignore' : `${at.folder}/.gitignore`,
        reason: 'too-large',
        explanation: say('It has too many rules; only the first {0} are followed.', mostRules),
      });
    for (const entry of entries) {
      const file = at.folder === '' ? entry.name : `${at.folder}/${entry.name}`;
      const { isFolder } = entry;
      const dropped = at.ignored || isIgnored(chain, file, isFolder);
      if (!isFolder) {
        if (!dropped || include.match(file) !== undefined) files.push(file);
        else if (!at.ignored) ignored.push(file);
        continue;
      }
      const verdict = defaultExclude(absolute, entry.name);
      const wanted = !include.isEmpty && include.mayMatchBelow(file) && entry.name !== '.git';
      if (verdict !== undefined || dropped) {
        if (verdict !== undefined) excluded.push({ path: `${file}/`, explanation: verdict });
        else if (!at.ignored) ignored.push(`${file}/`);
        if (!wanted) continue;
      }
      pending.push({ folder: file, chain, ignored: dropped || verdict !== undefined });
    }
  }
  return { files, ignored, excluded, unreadable, unlistable };
}

/** Files below an ignored folder that the include globs ask for. */
export function walkUnder(root: string, folder: string, include: Globs): string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    let entries: Dirent[];
    try {
      entries = readdirSync(absoluteOf(root, at), { withFileTypes: true });
    } catch {
      // An ignored folder that cannot be read holds nothing that could be included.
      continue;
    }
    for (const entry of entries) {
      const file = `${at}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== '.git' && include.mayMatchBelow(file)) pending.push(file);
      } else if (include.match(file) !== undefined) found.push(file);
    }
  }
  return found;
}

/** The .gitignore files that apply to a path, outermost first; read from the root down to its folder. */
export function ignoreChain(root: string, file: string): IgnoreFile[] {
  const chain: IgnoreFile[] = [];
  const folders = [''];
  for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1))
    folders.push(file.slice(0, slash));
  for (const folder of folders) {
    const own = readIgnoreFile(root, folder);
    if (own) chain.push(own);
  }
  return chain;
}

/** Whether the rules ignore this path itself; the innermost file with an opinion decides, as in Git. */
export function isIgnored(chain: readonly IgnoreFile[], file: string, isFolder: boolean): boolean {
  for (let i = chain.length - 1; i >= 0; i--) {
    const { folder, rules } = chain[i] as IgnoreFile;
    const relative = folder === '' ? file : file.slice(folder.length + 1);
    const verdict = rules.test(isFolder ? `${relative}/` : relative);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

function readIgnoreFile(root: string, folder: string): IgnoreFile | undefined {
  try {
    const { text, isCut } = firstRules(path.join(folder === '' ? root : absoluteOf(root, folder), '.gitignore'));
    return { folder, rules: ignore({ allowRelativePaths: true }).add(text), isCut };
  } catch {
    // Absent, a folder of that name, or not readable: it states no rules.
    return undefined;
  }
}

function firstRules(file: string): { readonly text: string; readonly isCut: boolean } {
  // A pipe of that name must not be waited for.
  const handle = openSync(file, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
  try {
    if (!fstatSync(handle).isFile()) return { text: '', isCut: false };
    const buffer = Buffer.alloc(mostRuleBytes);
    const length = readSync(handle, buffer, 0, mostRuleBytes, 0);
    const lines = buffer.toString('utf8', 0, length).split('\n');
    const isCut = length === mostRuleBytes || lines.length > mostRules;
    // The last line may be half a rule.
    if (length === mostRuleBytes) lines.pop();
    return { text: lines.slice(0, mostRules).join('\n'), isCut };
  } finally {
    closeSync(handle);
  }
}
