/** The evidence of an answer: which passages of the ranked chunks are shown and cited, in which order, and why the others are not. */
import { type Sentence, say } from '../../base/sentences.ts';
import type { SymbolDefinition } from '../../index/types.ts';
import type { CommitPlace, LineRange, Source } from '../../protocol/answers.ts';
import type { SourceForm } from '../../reading/plan.ts';
import type { RankedChunk } from '../../search/result-list.ts';
import type { AnswersRepository } from '../dependencies.ts';
import { renderedDocumentation } from '../code/documentation/markup.ts';
import {
  type FileText,
  type NamedRepository,
  declarationLines,
  fileText,
  linesOf,
  qualifiedName,
} from '../code/file-text.ts';
import { isData, isTestPath } from '../code/module-map.ts';
import { type Passage, passagesOf } from './passages.ts';
import { capitalised, contentWords, namesIn, wordsOf } from '../code/words.ts';

/** A passage with what is known of it; `cited` says whether the answer rests on it. */
export interface Evidence extends LineRange {
  readonly id: string;
  /** Where it was found, when there are several; null: there is only one. */
  readonly repository: NamedRepository | null;
  /** It is a commit, and `text` its message; left out: it is lines of a file. */
  readonly commit?: CommitPlace;
  readonly language: string;
  readonly symbol: SymbolDefinition | null;
  /** The declaration as it stands in the file, when the passage shows a definition. */
  readonly declaration: string;
  readonly documentation: string;
  readonly text: string;
  /** The lines that are shown of it, chosen for the question; left out: not chosen. */
  readonly excerpt?: string;
  readonly score: number;
  readonly ranks: Readonly<Record<string, number>>;
  readonly cited: boolean;
  readonly reason: Sentence;
  /** How a decoder may read it, cited or not; left out: as it is, where it is cited; null: not at all. */
  readonly reading?: {
    /** Beside the others. */
    readonly worth: number;
    /** Largest first. */
    readonly forms: readonly SourceForm[];
    /** The user put it in front of the answer. */
    readonly isGiven?: true;
  } | null;
}

const mostCited = 5;
/** A passage is cited while its score is at least this share of the best one's… */
const nearBest = 0.6;
/** …and a drop to less than this share of the one before ends the list. */
const gap = 0.75;
/** Further passages of the best file, when they fit nearly as well as its best. */
const mostOfBestFile = 3;
const nearlyAsWell = 0.5;

/** A repository to find in; the name is null where there is only one. */
type Place = Pick<AnswersRepository, 'reader' | 'repositoryRoot' | 'name'>;

/** A chunk that search ranked, and the repository it ranked it in. */
export interface Hit extends RankedChunk {
  readonly from: Place;
}

export interface EvidenceInput {
  /** Those that were searched. */
  readonly places: readonly Place[];
  readonly ranked: readonly Hit[];
  /** What is read before, whatever search finds: nothing of it is listed twice. */
  readonly attached?: readonly Evidence[];
  readonly question: string;
  readonly pinned: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/** Evidence in the order of search; what is cited stands first in it. */
export function gatherEvidence({
  places,
  ranked: found,
  attached = [],
  question,
  pinned,
  dropped,
}: EvidenceInput): Evidence[] {
  const words = contentWords(question);
  const names = codeNames(question, places);
  const wantsTests =
    /\b(?:tests?|tested|testing|specs?|examples?|samples?|mocks?|fixtures?|bench\w*|documentation|docs)\b/i.test(
      question,
    );
  const ranked = wantsTests ? found : testsLast(found);
  const isFound = ranked.some((hit) => holdsAny(hit, words, names));
  const best = ranked[0]?.score ?? 0;
  const cited: Evidence[] = [];
  const others: Evidence[] = [];
  const seen = new Set<string>(attached.map(({ id }) => id));
  let before = best;
  let ended = false;
  for (const [at, hit] of ranked.entries()) {
    const { reader } = hit.from;
    const file = fileText(reader, hit.chunk.path);
    // A file may have left the index between the search and now.
    if (!file) continue;
    const repository = namedOf(hit.from);
    const passages = passagesOf(file, reader.symbolsOf(file.path), hit.chunk, words, names);
    const near = hit.score >= best * nearBest && hit.score >= before * gap;
    if (!near) ended = true;
    before = hit.score;
    const wanted = at === 0 ? passages.filter(({ fit }) => fit >= (passages[0]?.fit ?? 0) * nearlyAsWell) : passages;
    let taken = 0;
    for (const passage of wanted) {
      if (taken >= (at === 0 ? mostOfBestFile : 1)) break;
      if (seen.has(passage.chunk.id) || overlaps(passage, file.path, repository, [...attached, ...cited, ...others]))
        continue;
      seen.add(passage.chunk.id);
      taken += 1;
      const shown = (isCited: boolean, reason: Sentence): Evidence =>
        toEvidence(file, passage, hit, isCited, reason, repository);
      const { id } = passage.chunk;
      const isPinned = pinned.has(id);
      if (dropped.has(id)) others.push(shown(false, say('dropped by you')));
      else if (isPinned) cited.push(shown(true, say('pinned by you')));
      else if (!isFound) others.push(shown(false, say('has none of the question’s words')));
      else if (ended) others.push(shown(false, say('fits the question much less than those above')));
      else if (at > 0 && !wantsTests && isTestOrExample(file.path))
        others.push(shown(false, say('a test or an example; the question asks for none')));
      else if (cited.length >= mostCited) others.push(shown(false, say('only the best {0} are shown', mostCited)));
      else cited.push(shown(true, reasonOf(at, taken, passage, names)));
    }
  }
  return [...attached, ...cited, ...pinnedBeyond(places, pinned, seen), ...others];
}

/** The names of code in a question: those written as code, and capitalised words that some repository defines. */
export function codeNames(question: string, places: readonly Pick<Place, 'reader'>[]): string[] {
  const isDefined = (name: string): boolean => places.some(({ reader }) => reader.definitions(name).length > 0);
  return [...namesIn(question), ...capitalised(question).filter(isDefined)];
}

export function namedOf({ repositoryRoot, name }: Pick<Place, 'repositoryRoot' | 'name'>): NamedRepository | null {
  return name === null ? null : { root: repositoryRoot, name };
}

/** An example is not led with while code of the repository itself fits nearly as well. */
function testsLast(ranked: readonly Hit[]): readonly Hit[] {
  const best = ranked[0];
  const own = ranked.find(({ chunk }) => !isTestOrExample(chunk.path) && !isData(chunk));
  if (!best || !own || !isTestOrExample(best.chunk.path) || own.score < best.score * gap) return ranked;
  const isLate = ({ chunk, score }: RankedChunk): boolean => isTestOrExample(chunk.path) && score >= own.score;
  const at = ranked.indexOf(own);
  return [
    ...ranked.slice(at, at + 1),
    ...ranked.filter((hit) => hit !== own && !isLate(hit)),
    ...ranked.filter(isLate),
  ];
}

/** Code that makes documentation, or a tool, is the repository's own: search has ranked it lower already. */
function isTestOrExample(path: string): boolean {
  return isTestPath(path) && !/(?:^|\/)(?:docs?|documentation|tools?|scripts?)\//i.test(path);
}

/** Whether anything of the question stands in the chunk; a question without words of its own asks for whatever is there. */
function holdsAny({ chunk }: RankedChunk, words: readonly string[], names: readonly string[]): boolean {
  if (words.length + names.length === 0) return true;
  const there = new Set(wordsOf(`${chunk.path} ${chunk.scope.join(' ')} ${chunk.text}`));
  return words.some((word) => there.has(word)) || names.some((name) => chunk.text.includes(name));
}

/** Pinned chunks that search did not find. */
function pinnedBeyond(places: readonly Place[], pinned: ReadonlySet<string>, seen: ReadonlySet<string>): Evidence[] {
  const found: Evidence[] = [];
  for (const id of pinned) {
    if (seen.has(id)) continue;
    const from = places.find(({ reader }) => reader.chunk(id) !== undefined);
    const chunk = from?.reader.chunk(id);
    const file = from && chunk && fileText(from.reader, chunk.path);
    if (!chunk || !file) continue;
    const passage: Passage = { chunk, symbol: null, startLine: chunk.startLine, endLine: chunk.endLine, fit: 0 };
    found.push(toEvidence(file, passage, { score: 0, ranks: {} }, true, say('pinned by you'), namedOf(from)));
  }
  return found;
}

function overlaps(
  passage: Pick<Passage, 'startLine' | 'endLine'>,
  path: string,
  repository: NamedRepository | null,
  taken: readonly Evidence[],
): boolean {
  return taken.some(
    (other) =>
      other.path === path &&
      other.repository?.root === repository?.root &&
      other.startLine <= passage.endLine &&
      passage.startLine <= other.endLine,
  );
}

function reasonOf(rank: number, taken: number, passage: Passage, names: readonly string[]): Sentence {
  const name = passage.symbol?.name;
  if (name !== undefined && names.includes(name)) return say('defines `{0}`, which the question names', name);
  if (rank === 0) return taken === 1 ? say('fits the question best') : say('in the best file, fits nearly as well');
  return say('fits the question nearly as well as the best');
}

/** A passage with its declaration, documentation and lines, as they were read. */
export function toEvidence(
  file: FileText,
  { chunk, symbol, startLine, endLine }: Omit<Passage, 'fit'>,
  { score, ranks }: Pick<RankedChunk, 'score' | 'ranks'>,
  cited: boolean,
  reason: Sentence,
  repository: NamedRepository | null = null,
): Evidence {
  const declared = symbol && declarationLines(file, symbol);
  return {
    id: chunk.id,
    repository,
    path: file.path,
    language: file.language,
    startLine,
    endLine,
    symbol,
    declaration: declared ? linesOf(file, declared.startLine, declared.endLine) : '',
    documentation: renderedDocumentation(symbol?.documentation ?? '', file.language),
    text: linesOf(file, startLine, endLine),
    score,
    ranks,
    cited,
    reason,
  };
}

/** Evidence as it travels to the doors. */
export function toSource(
  evidence: Evidence,
  read: { readonly tokens: number; readonly used: boolean; readonly reason: Sentence },
): Source {
  const { id, path, startLine, endLine, language, text, score, ranks, symbol, declaration, documentation } = evidence;
  const { repository } = evidence;
  return {
    id,
    ...(repository && { repository: repository.root }),
    ...(evidence.commit && { commit: evidence.commit }),
    path,
    startLine,
    endLine,
    language,
    ...(symbol ? { symbol: qualifiedName(symbol) } : {}),
    ...(declaration === '' ? {} : { signature: declaration }),
    ...(documentation === '' ? {} : { documentation }),
    text,
    ...(evidence.excerpt !== undefined && { excerpt: evidence.excerpt }),
    tokens: read.tokens,
    score,
    ranks,
    used: read.used,
    reason: read.reason,
  };
}
