/** A piece of code that is considered for reading: where it is, why, what it is worth, and the forms it can be read in. */
import type { Sentence } from '../../../base/sentences.ts';
import type { SymbolDefinition } from '../../../index/types.ts';
import type { SourceForm } from '../../../reading/plan.ts';
import type { RankedChunk } from '../../../search/result-list.ts';
import type { AnswersRepository } from '../../dependencies.ts';
import type { FileText } from '../../code/file-text.ts';
import type { Lines } from './documentation-lines.ts';

/** The repository that a piece is in. */
export type Place = Pick<AnswersRepository, 'reader' | 'repositoryRoot' | 'name'>;

/** What a piece is considered for, in the order of claim. */
type Claim = 'named' | 'found' | 'related';

export interface Piece extends Lines {
  readonly from: Place;
  readonly file: FileText;
  /** The definition that it is, or is a part of. */
  readonly symbol: SymbolDefinition | null;
  readonly kind: 'definition' | 'part' | 'lines';
  readonly claim: Claim;
  /** Beside the other pieces of a question, 1 for the best that search found. */
  readonly worth: number;
  readonly reason: Sentence;
  /** How search ranked its file, where it did. */
  readonly hit: Pick<RankedChunk, 'score' | 'ranks'> | null;
}

/** A piece that was chosen, ready to be packed. */
export interface ReadyPiece extends Piece {
  /** Largest first. */
  readonly forms: readonly SourceForm[];
}
