/** Keys of stored vectors: which model, what kind of text, which text. */
import { createHash } from 'node:crypto';
import { cardVersion } from './chunks/card.ts';

/** The kind of a file's card. */
export const cardKind = `card ${cardVersion}`;

/** The first 40 hex digits of SHA-256 over the embedder's id, the kind and the text, a line feed between them. */
export function vectorKey(embedder: { readonly id: string }, kind: string, text: string): string {
  return createHash('sha256').update(`${embedder.id}\n${kind}\n${text}`).digest('hex').slice(0, 40);
}
