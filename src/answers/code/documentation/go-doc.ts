/** Go's comments: plain text with links to names between brackets, indented code, headings behind `#`. */
import { ticked } from './marks.ts';

export function fromGo(documentation: string): string {
  return documentation
    .replaceAll(/^\[[^\]\n]+\]:[^\n]*$/gm, '')
    .replaceAll(/^# .*$/gm, '')
    .replaceAll(/\[(\*?[\p{L}_][\w./]*)\]/gu, (_whole, name: string) => ticked(name.replace(/^.*\//, '')));
}
