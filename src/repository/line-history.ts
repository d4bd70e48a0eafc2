/** Which commits last changed lines of a file, and what their messages say: from the history on this disk alone, within a time. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { CancelledError } from '../base/cancellation.ts';
import { GitError, runGit, withoutFilters } from './git.ts';
import { isSafeRelativePath } from './paths.ts';

/** Lines from 1, both ends included. */
interface Lines {
  readonly startLine: number;
  readonly endLine: number;
}

export interface CommitOfLines {
  /** The whole hexadecimal id. */
  readonly id: string;
  /** The day it was made on, by its author's clock: `2019-03-04`. */
  readonly date: string;
  readonly subject: string;
  /** The rest of its message without trailers (`Signed-off-by: …`); empty when there is none. */
  readonly body: string;
  /** The file as it is called now. */
  readonly file: string;
  /** The file's name in that commit. */
  readonly path: string;
  /** The file as it was before: the commit and the name there; null: the commit made the file. */
  readonly before: { readonly id: string; readonly path: string } | null;
  /** The lines of the file as it is now that it changed last, ascending and apart. */
  readonly lines: readonly Lines[];
}

/**
 * `none`: the folder is no repository of Git, has no commit, or Git is missing. `shallow`: what was before the oldest commit that
 * was fetched is not there, and lines of that time have no commit. `partly`: the time was over before all lines were known.
 */
export type HistoryState = 'whole' | 'none' | 'shallow' | 'partly';

export interface LineHistory {
  readonly state: HistoryState;
  /** Each commit once for a file. */
  readonly commits: readonly CommitOfLines[];
}

export interface HistoryFile {
  readonly path: string;
  /** All of it as it is now; what is not committed yet has no commit. */
  readonly text: string;
  readonly ranges: readonly Lines[];
}

/** What projects call the list of commits that only changed the form of lines; GitHub reads it under this name too. */
const ignoredCommits = '.git-blame-ignore-revs';
/** Of a message; what follows is seldom a reason. */
const longestBody = 1500;

/**
 * @param limit milliseconds for all of it
 * @throws CancelledError
 */
export async function historyOfLines(
  root: string,
  files: readonly HistoryFile[],
  limit: number,
  signal?: AbortSignal,
): Promise<LineHistory> {
  const until = performance.now() + limit;
  const left = (): number => Math.max(1, Math.round(until - performance.now()));
  try {
    const about = await runGit(root, ['rev-parse', '--is-shallow-repository', '--verify', 'HEAD^{commit}'], {
      ...{ signal, limit: left() },
    });
    const isShallow = about.startsWith('true');
    const configuration = await withoutFilters(root, signal);
    const found = await Promise.all(
      files
        .filter((file) => isSafeRelativePath(file.path))
        .map(async (file) => {
          try {
            return { blamed: await blame(root, file, configuration, isShallow, left(), signal), isKnown: true };
          } catch (error) {
            if (!(error instanceof GitError)) throw error;
            // Files that are not committed have no history; what takes too long has one that is not known.
            return { blamed: [], isKnown: error.status !== null };
          }
        }),
    );
    const commits = await withMessages(
      root,
      found.flatMap(({ blamed }) => blamed),
      left(),
      signal,
    );
    const isPartly = found.some(({ isKnown }) => !isKnown);
    return { state: isPartly ? 'partly' : isShallow ? 'shallow' : 'whole', commits };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    if (error instanceof GitError) return { state: performance.now() < until ? 'none' : 'partly', commits: [] };
    throw error;
  }
}

type Blamed = Omit<CommitOfLines, 'date' | 'subject' | 'body'>;

/** The commits of some lines; of the whole file the lines are given to Git, so that no filter of the repository makes them. */
async function blame(
  root: string,
  { path: file, text, ranges }: HistoryFile,
  configuration: readonly (readonly [string, string])[],
  isShallow: boolean,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Blamed[]> {
  const run = (ignored: readonly string[]): Promise<string> =>
    runGit(
      root,
      [
        ...['blame', '--incremental', '-w', '--no-textconv', ...ignored, '--contents', '-'],
        ...ranges.flatMap(({ startLine, endLine }) => ['-L', `${startLine},${endLine}`]),
        ...['--', file],
      ],
      { input: text, configuration, signal, limit },
    );
  const ignored = existsSync(path.join(root, ignoredCommits)) ? ['--ignore-revs-file', ignoredCommits] : [];
  const output = await run(ignored).catch((error: unknown) => {
    // A list that Git cannot read ends the command.
    if (ignored.length === 0 || !(error instanceof GitError) || error.status === null) throw error;
    return run([]);
  });
  const commits = new Map<string, { -readonly [Key in keyof Blamed]: Blamed[Key] } & { lines: Lines[] }>();
  const boundaries = new Set<string>();
  let id = '';
  let lines: Lines = { startLine: 0, endLine: 0 };
  for (const line of output.split('\n')) {
    const entry = /^([0-9a-f]{40,64}) \d+ (\d+) (\d+)$/.exec(line);
    if (entry) {
      id = entry[1] ?? '';
      lines = { startLine: Number(entry[2]), endLine: Number(entry[2]) + Number(entry[3]) - 1 };
      const known = commits.get(id);
      if (known) known.lines.push(lines);
      else commits.set(id, { id, file, path: file, before: null, lines: [lines] });
      continue;
    }
    const commit = commits.get(id);
    const [, key, value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (!commit || key === undefined) continue;
    if (key === 'boundary') boundaries.add(id);
    else if (key === 'filename' && isSafeRelativePath(value)) commit.path = value;
    else if (key === 'previous') {
      const [, before, name] = /^([0-9a-f]+) (.*)$/.exec(value) ?? [];
      if (before !== undefined && name !== undefined && isSafeRelativePath(name))
        commit.before = { id: before, path: name };
    }
  }
  return (
    [...commits.values()]
      // Zeros are what is not committed; a boundary of a shallow repository only stands for commits that are not there.
      .filter((commit) => !/^0+$/.test(commit.id) && !(isShallow && boundaries.has(commit.id)))
      .map((commit) => ({ ...commit, lines: joined(commit.lines) }))
  );
}

/** Ranges that touch as one, ascending. */
function joined(all: readonly Lines[]): Lines[] {
  const found: Lines[] = [];
  for (const one of all.toSorted((a, b) => a.startLine - b.startLine)) {
    const last = found.at(-1);
    if (last && one.startLine <= last.endLine + 1)
      found.splice(-1, 1, { startLine: last.startLine, endLine: Math.max(last.endLine, one.endLine) });
    else found.push(one);
  }
  return found;
}

async function withMessages(
  root: string,
  commits: readonly Blamed[],
  limit: number,
  signal: AbortSignal | undefined,
): Promise<CommitOfLines[]> {
  const ids = [...new Set(commits.map(({ id }) => id))];
  if (ids.length === 0) return [];
  const output = await runGit(root, ['log', '--no-walk=unsorted', '--stdin', '-z', '--format=%H%n%as%n%s%n%b'], {
    ...{ input: `${ids.join('\n')}\n`, signal, limit },
  });
  const messages = new Map(
    output.split('\0').flatMap((entry) => {
      const [id, date, subject, ...body] = entry.split('\n');
      return id === undefined || date === undefined || subject === undefined
        ? []
        : [[id, { date, subject, body: bodyOf(body) }] as const];
    }),
  );
  return commits.flatMap((commit) => {
    const message = messages.get(commit.id);
    return message ? [{ ...commit, ...message }] : [];
  });
}

const trailer =
  /^(?:signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|reported-by|cc|change-id|bug|pr-url|git-svn-id|gitorigin-revid|piperorigin-revid)\s*:/i;

/** A message's body without trailers, as long as it may be, ended at a line. */
function bodyOf(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (trailer.test(line)) continue;
    length += line.length + 1;
    if (length > longestBody) break;
    kept.push(line.trimEnd());
  }
  return kept
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
