/** The evidence of an answer: which passages of the ranked chunks are shown and cited, in which order, and why the others are not. */
import type { IndexReader, SymbolDefinition } from '../index/types.ts';
import type { LineRange, Source } from '../protocol/answers.ts';
import type { RankedChunk } from '../search/result-list.ts';
import { type FileText, declarationLines, fileText, linesOf, qualifiedName } from './file-text.ts';
import { isData, isTestPath } from './module-map.ts';
import { type Passage, passagesOf } from './passages.ts';
import { capitalised, contentWords, namesIn, wordsOf } from './words.ts';

/** A passage with what is known of it; `cited` says whether the answer rests on it. */
export interface Evidence extends LineRange {
  readonly id: string;
  readonly language: string;
  readonly symbol: SymbolDefinition | null;
  /** The declaration as it stands in the file, when the passage shows a definition. */
  readonly declaration: string;
  readonly documentation: string;
  readonly text: string;
  readonly score: number;
  readonly ranks: Readonly<Record<string, number>>;
  readonly cited: boolean;
  readonly reason: string;
}

const mostCited = 5;
/** A passage is cited while its score is at least this share of the best one's… */
const nearBest = 0.6;
/** …and a drop to less than this share of the one before ends the list. */
const gap = 0.75;
/** Further passages of the best file, when they fit nearly as well as its best. */
const mostOfBestFile = 3;
const nearlyAsWell = 0.5;

export interface EvidenceInput {
  readonly reader: IndexReader;
  readonly ranked: readonly RankedChunk[];
  readonly question: string;
  readonly pinned: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/** Evidence in the order of search; what is cited stands first in it. */
export function gatherEvidence({ reader, ranked: found, question, pinned, dropped }: EvidenceInput): Evidence[] {
  const words = contentWords(question);
  const names = [...namesIn(question), ...capitalised(question).filter((name) => reader.definitions(name).length > 0)];
  const wantsTests =
    /\b(?:tests?|tested|testing|specs?|examples?|samples?|mocks?|fixtures?|bench\w*|documentation|docs)\b/i.test(
      question,
    );
  const ranked = wantsTests ? found : testsLast(found);
  const isFound = ranked.some((hit) => holdsAny(hit, words, names));
  const best = ranked[0]?.score ?? 0;
  const cited: Evidence[] = [];
  const others: Evidence[] = [];
  const seen = new Set<string>();
  let before = best;
  let ended = false;
  for (const [at, hit] of ranked.entries()) {
    const file = fileText(reader, hit.chunk.path);
    // A file may have left the index between the search and now.
    if (!file) continue;
    const passages = passagesOf(file, reader.symbolsOf(file.path), hit.chunk, words, names);
    const near = hit.score >= best * nearBest && hit.score >= before * gap;
    if (!near) ended = true;
    before = hit.score;
    const wanted = at === 0 ? passages.filter(({ fit }) => fit >= (passages[0]?.fit ?? 0) * nearlyAsWell) : passages;
    let taken = 0;
    for (const passage of wanted) {
      if (taken >= (at === 0 ? mostOfBestFile : 1)) break;
      if (seen.has(passage.chunk.id) || overlaps(passage, file.path, [...cited, ...others])) continue;
      seen.add(passage.chunk.id);
      taken += 1;
      const { id } = passage.chunk;
      const isPinned = pinned.has(id);
      if (dropped.has(id)) others.push(toEvidence(file, passage, hit, false, 'dropped by you'));
      else if (isPinned) cited.push(toEvidence(file, passage, hit, true, 'pinned by you'));
      else if (!isFound) others.push(toEvidence(file, passage, hit, false, "has none of the question's words"));
      else if (ended)
        others.push(toEvidence(file, passage, hit, false, 'fits the question much less than those above'));
      else if (at > 0 && !wantsTests && isTestOrExample(file.path))
        others.push(toEvidence(file, passage, hit, false, 'a test or an example; the question asks for none'));
      else if (cited.length >= mostCited)
        others.push(toEvidence(file, passage, hit, false, `only the best ${mostCited} are shown`));
      else cited.push(toEvidence(file, passage, hit, true, reasonOf(at, taken, passage, names)));
    }
  }
  return [...cited, ...pinnedBeyond(reader, pinned, seen), ...others];
}

/** An example is not led with while code of the repository itself fits nearly as well. */
function testsLast(ranked: readonly RankedChunk[]): readonly RankedChunk[] {
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
function pinnedBeyond(reader: IndexReader, pinned: ReadonlySet<string>, seen: ReadonlySet<string>): Evidence[] {
  const found: Evidence[] = [];
  for (const id of pinned) {
    const chunk = seen.has(id) ? undefined : reader.chunk(id);
    const file = chunk && fileText(reader, chunk.path);
    if (!chunk || !file) continue;
    const passage: Passage = { chunk, symbol: null, startLine: chunk.startLine, endLine: chunk.endLine, fit: 0 };
    found.push(toEvidence(file, passage, { score: 0, ranks: {} }, true, 'pinned by you'));
  }
  return found;
}

function overlaps(passage: Passage, path: string, taken: readonly Evidence[]): boolean {
  return taken.some(
    (other) => other.path === path && other.startLine <= passage.endLine && passage.startLine <= other.endLine,
  );
}

function reasonOf(rank: number, taken: number, passage: Passage, names: readonly string[]): string {
  const name = passage.symbol?.name;
  if (name !== undefined && names.includes(name)) return `defines \`${name}\`, which the question names`;
  if (rank === 0) return taken === 1 ? 'fits the question best' : 'in the best file, fits nearly as well';
  return 'fits the question nearly as well as the best';
}

/** A passage with its declaration, documentation and lines, as they were read. */
export function toEvidence(
  file: FileText,
  { chunk, symbol, startLine, endLine }: Omit<Passage, 'fit'>,
  { score, ranks }: Pick<RankedChunk, 'score' | 'ranks'>,
  cited: boolean,
  reason: string,
): Evidence {
  const declared = symbol && declarationLines(file, symbol);
  return {
    id: chunk.id,
    path: file.path,
    language: file.language,
    startLine,
    endLine,
    symbol,
    declaration: declared ? linesOf(file, declared.startLine, declared.endLine) : '',
    documentation: symbol?.documentation ?? '',
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
  read: { readonly tokens: number; readonly used: boolean; readonly reason: string },
): Source {
  const { id, path, startLine, endLine, language, text, score, ranks, symbol, declaration, documentation } = evidence;
  return {
    id,
    path,
    startLine,
    endLine,
    language,
    ...(symbol ? { symbol: qualifiedName(symbol) } : {}),
    ...(declaration === '' ? {} : { signature: declaration }),
    ...(documentation === '' ? {} : { documentation }),
    text,
    tokens: read.tokens,
    score,
    ranks,
    used: read.used,
    reason: read.reason,
  };
}
