/**
 * The commits that last changed the best places, as evidence for why they are as they are: what the message says in the question's
 * words, and how much of the place the commit changed, tell which are worth reading.
 */
import { type Sentence, say } from '../../base/sentences.ts';
import type { CommitPlace } from '../../protocol/answers.ts';
import { type CommitOfLines, type HistoryState, historyOfLines } from '../../repository/line-history.ts';
import { type FileText, fileText, innermost } from '../code/file-text.ts';
import { contentWords, wordsOf } from '../code/words.ts';
import type { AnswersRepository } from '../dependencies.ts';
import { type Evidence, namedOf } from './evidence.ts';

/** Milliseconds for the history of all places: it is looked up before anything is read. */
const usualLimit = 1500;
const mostFiles = 3;
const mostRanges = 8;
/** Of a longer place the beginning is asked for. */
const longestRange = 120;
const mostCommits = 3;
/** Beside the best place, which is worth 1. */
const worthOfCommit = 0.75;
/** What a word of the question is worth in the body of a message, beside one in its first line. */
const inBody = 0.5;
const withBody = 0.6;
/** What changed only the form of lines, or many things at once, gives no reason for any. */
const formal =
  /\b(?:black|prettier|ruff|isort|gofmt|lint(?:s|er|ing)?|(?:re)?format(?:s|ted|ting)?|pep ?8|typos?|whitespace|indent(?:ation)?|autoupdate|pre-commit|rename[sd]?|update internal types|type (?:hints?|annotations?)|annotate)\b|^(?:init(?:ial)?(?: commit)?|wip|merge\b.*)[.!]?$/i;
const ofFormal = 0.3;
/** Less says nothing of why: a few lines, and none of the question's words. */
const leastScore = 0.5;

export interface CommitsFound {
  /** The likeliest reasons first, each cited. */
  readonly evidence: readonly Evidence[];
  /** What is not known of the history; null: all is. */
  readonly gap: Sentence | null;
}

interface CommitsInput {
  readonly places: readonly Pick<AnswersRepository, 'reader' | 'repositoryRoot' | 'name'>[];
  /** Best first. */
  readonly evidence: readonly Evidence[];
  readonly question: string;
  /** Ids of what the user dropped. */
  readonly dropped?: ReadonlySet<string>;
  /** Milliseconds. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** @throws CancelledError */
export async function commitEvidence(input: CommitsInput): Promise<CommitsFound> {
  const { places, evidence, question, dropped, limit = usualLimit, signal } = input;
  const words = contentWords(question);
  const found = await Promise.all(
    places.map(async (from) => {
      const own = evidence.filter(
        ({ repository, commit }) => !commit && (repository === null || repository.root === from.repositoryRoot),
      );
      const files = filesOf(own, from);
      if (files.length === 0) return { state: 'whole' as const, commits: [] };
      const history = await historyOfLines(
        from.repositoryRoot,
        files.map(({ file, ranges }) => ({ path: file.path, text: `${file.lines.join('\n')}\n`, ranges })),
        limit,
        signal,
      );
      const commits = history.commits.map((commit) => ({
        commit,
        from,
        place: placeOf(commit, files),
        score: scoreOf(commit, words),
      }));
      return { state: history.state, commits };
    }),
  );
  const best = found
    .flatMap(({ commits }) => commits)
    .filter(({ score }) => score >= leastScore)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, mostCommits);
  return {
    evidence: best.flatMap(({ commit, from, place, score }) =>
      place ? [asEvidence(commit, place, from, score / (best[0]?.score ?? 1), dropped)] : [],
    ),
    gap: gapOf(found.map(({ state }) => state)),
  };
}

interface AskedFile {
  readonly file: FileText;
  readonly ranges: readonly { readonly startLine: number; readonly endLine: number }[];
}

/** The best places by file, as far as their history is asked for. */
function filesOf(evidence: readonly Evidence[], { reader }: CommitsInput['places'][number]): AskedFile[] {
  const byPath = new Map<string, { startLine: number; endLine: number }[]>();
  let ranges = 0;
  for (const { path, startLine, endLine } of evidence) {
    if (ranges >= mostRanges) break;
    const known = byPath.get(path);
    if (!known && byPath.size >= mostFiles) continue;
    const range = { startLine, endLine: Math.min(endLine, startLine + longestRange - 1) };
    byPath.set(path, [...(known ?? []), range]);
    ranges += 1;
  }
  return [...byPath].flatMap(([path, own]) => {
    const file = fileText(reader, path);
    const inside = own.filter(({ endLine }) => endLine <= (file?.lines.length ?? 0));
    return file && inside.length > 0 ? [{ file, ranges: inside }] : [];
  });
}

/** The file that a commit's lines are of: the one that has them. */
function placeOf({ file }: CommitOfLines, files: readonly AskedFile[]): FileText | undefined {
  return files.find((one) => one.file.path === file)?.file;
}

function scoreOf({ subject, body, lines }: CommitOfLines, words: readonly string[]): number {
  const first = new Set(wordsOf(subject));
  const rest = new Set(wordsOf(body));
  const said = words.reduce((sum, word) => sum + (first.has(word) ? 1 : rest.has(word) ? inBody : 0), 0);
  const changed = lines.reduce((sum, { startLine, endLine }) => sum + endLine - startLine + 1, 0);
  const score = said + Math.log(1 + changed) / 3 + (body === '' ? 0 : withBody);
  return score * (formal.test(subject) ? ofFormal : 1);
}

function asEvidence(
  commit: CommitOfLines,
  file: FileText,
  from: CommitsInput['places'][number],
  share: number,
  dropped: ReadonlySet<string> | undefined,
): Evidence {
  const { id, subject, body, date, lines } = commit;
  const own = `commit:${id}:${file.path}`;
  const text = body === '' ? subject : `${subject}\n\n${body}`;
  const isDropped = dropped?.has(own) === true;
  const startLine = lines[0]?.startLine ?? 1;
  const endLine = lines.at(-1)?.endLine ?? startLine;
  return {
    ...{ id: own, repository: namedOf(from), path: file.path, language: file.language, startLine, endLine },
    // What it is about is a name that it may have no word for.
    symbol: innermost(from.reader.symbolsOf(file.path), startLine, endLine) ?? null,
    ...{ declaration: '', documentation: '', text, score: 0, ranks: {} },
    commit: commitPlace(commit),
    cited: !isDropped,
    reason: isDropped ? say('dropped by you') : say('last changed these lines, on {0}', date),
    ...(!isDropped && {
      reading: { worth: worthOfCommit * share, forms: [{ kind: 'whole', text, lines: [{ startLine, endLine }] }] },
    }),
  };
}

function commitPlace({ id, date, subject, path, before, lines }: CommitOfLines): CommitPlace {
  return { id, date, subject, path, before, lines };
}

function gapOf(states: readonly HistoryState[]): Sentence | null {
  if (states.includes('none')) return say('There is no Git history here: no commit was looked at.');
  if (states.includes('shallow'))
    return say('The Git history here is shallow: commits before its oldest were not looked at.');
  if (states.includes('partly')) return say('Git took too long: not every commit of these lines was looked at.');
  return null;
}
