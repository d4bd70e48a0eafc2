/** What every source of model files has in common: it delivers verified files into a folder, or throws. */
import { english } from '../../base/speaker.ts';
import type { Sentence } from '../../base/sentences.ts';
import type { CatalogueEntry, CatalogueFile } from '../catalogue.ts';
import type { DownloadProgress } from '../../protocol/models.ts';

export interface SourceContext {
  readonly entry: CatalogueEntry;
  /** What to deliver. */
  readonly files: readonly CatalogueFile[];
  /** Where the files go, under their own names; the folder exists. */
  readonly target: string;
  /** A folder of this download on the same disk; what is left in it is kept for the next try. */
  readonly scratch: string;
  readonly offline: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (phase: DownloadProgress['phase'], done: number, total: number | null) => void;
}

/** A file that a source has put in place. */
export interface DeliveredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** A source that failed says why in words that a user can act on; the next source is tried. */
export class SourceError extends Error {
  readonly words: Sentence;
  constructor(words: Sentence, options?: ErrorOptions) {
    super(english.words(words), options);
    this.name = 'SourceError';
    this.words = words;
  }
}
