/** A sentence of the repository in a line of Markdown: what stands between backticks is code, all else is text. */
import { type Inline, code, text } from './tree.ts';

export function phrases(sentence: string): Inline[] {
  return sentence
    .split(/(`+[^`]+`+)/)
    .filter((part) => part !== '')
    .map((part) => (/^`.*`$/s.test(part) ? code(part.replaceAll(/^`+|`+$/g, '')) : text(part)));
}
