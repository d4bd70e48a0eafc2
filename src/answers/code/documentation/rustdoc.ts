/** rustdoc, and Swift's and Dart's comments: Markdown with links to names, sections behind the text. */
import { beforeTags, ticked, withoutLinks } from './marks.ts';

export function fromRustdoc(documentation: string): string {
  const text = beforeTags(documentation, /^\s*(?:#{1,6}\s|- (?:Parameters?|Returns|Throws)\b)/);
  return (
    withoutLinks(text)
      .replaceAll(/^\[[^\]\n]+\]:[^\n]*$/gm, '')
      .replaceAll(/\[`([^`\n]+)`\]/g, (_whole, name: string) => ticked(name))
      // A name between brackets is a link to it.
      .replaceAll(/\[([\p{L}_][\w:.]*(?:\(\)|!)?)\]/gu, (_whole, name: string) => ticked(name))
  );
}
