/** Places that are read because an earlier turn showed them, before what search finds: each definition once, long ones in part. */
import { type Sentence, say } from '../../base/sentences.ts';
import type { SymbolDefinition } from '../../index/types.ts';
import type { LineRange } from '../../protocol/answers.ts';
import { chunkAt, fileText } from '../code/file-text.ts';
import { withOwnId } from './attached.ts';
import type { AnswersRepository } from '../dependencies.ts';
import { type Evidence, namedOf, toEvidence } from './evidence.ts';

/** Of a longer definition the beginning is read, and the chunk that search chooses in it. */
const mostLines = 120;

/** A place that was shown before, and why it is read now. */
interface Place extends LineRange {
  readonly from: Pick<AnswersRepository, 'reader' | 'repositoryRoot' | 'name'>;
  readonly symbol: SymbolDefinition | null;
}

/** What words of the question refer to; without words, what the answer before is about. @param before what is read anyway */
export function referredEvidence(
  referred: readonly (Place & { readonly words: string })[],
  before: readonly Evidence[],
): Evidence[] {
  return evidenceAt(
    referred,
    ({ words }) => (words === '' ? say('what the answer before is about') : say('what “{0}” refers to', words)),
    before,
  );
}

/** What the user pinned. @param before what is read anyway */
export function pinnedEvidence(pinned: readonly Place[], before: readonly Evidence[]): Evidence[] {
  return evidenceAt(pinned, () => say('pinned by you'), before);
}

function evidenceAt<P extends Place>(
  places: readonly P[],
  reasonOf: (place: P) => Sentence,
  before: readonly Evidence[],
): Evidence[] {
  const found: Evidence[] = [];
  for (const one of places) {
    const { from, path, symbol, startLine, endLine } = one;
    const file = fileText(from.reader, path);
    const chunk = file && chunkAt(file, startLine);
    if (!file || !chunk) continue;
    const repository = namedOf(from);
    const overlaps = [...before, ...found].some(
      (other) =>
        other.path === path &&
        other.repository?.root === repository?.root &&
        other.startLine <= endLine &&
        startLine <= other.endLine,
    );
    if (overlaps) continue;
    const passage = { chunk, symbol, startLine, endLine: Math.min(endLine, startLine + mostLines - 1) };
    const evidence = toEvidence(file, passage, { score: 0, ranks: {} }, true, reasonOf(one), repository);
    found.push(withOwnId(evidence, [...before, ...found]));
  }
  return found;
}
