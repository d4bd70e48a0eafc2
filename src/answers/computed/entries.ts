/** The entries of a literal in code: keys of a map, elements of a list, parameters in parentheses, alternatives of a union. */

export interface Entry {
  /** As written, without comments. */
  readonly text: string;
  /** What is before its colon or arrow; empty: it has none. */
  readonly key: string;
  readonly startLine: number;
  readonly endLine: number;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Entries between the first bracket of this kind and the one that closes it.
 * @param open `(`, `[`, `{`, or `|` for what is between bars up to the end
 * @param firstLine of the text, in its file
 */
export function entriesOf(text: string, open: string, firstLine: number): Entry[] {
  const start = open === '|' ? -1 : text.indexOf(open);
  if (open !== '|' && start < 0) return [];
  const end = closing[open];
  const entries: Entry[] = [];
  let depth = 0;
  let part = '';
  let key = '';
  let line = firstLine + (text.slice(0, start + 1).match(/\n/g) ?? []).length;
  let first = line;
  const push = (): void => {
    const clean = part.trim();
    if (clean !== '') entries.push({ text: clean, key: key.trim(), startLine: first, endLine: line });
    part = '';
    key = '';
  };
  for (let at = start + 1; at < text.length; at++) {
    const rest = text.slice(at, at + 400);
    const comment = /^(?:\/\/[^\n]*|#(?!\[)[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0];
    if (comment !== undefined) {
      line += (comment.match(/\n/g) ?? []).length;
      at += comment.length - 1;
      continue;
    }
    const string = /^(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)/.exec(rest)?.[0];
    const sign = text[at] ?? '';
    if (part.trim() === '' && sign.trim() !== '') first = line;
    if (string !== undefined) {
      part += string;
      at += string.length - 1;
      continue;
    }
    if (sign === '\n') line += 1;
    if (depth === 0 && sign === end) break;
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0 && (sign === ',' || (open === '|' && (sign === '|' || sign === ';')))) {
      push();
      continue;
    }
    if (
      depth === 0 &&
      key === '' &&
      ((sign === ':' && text[at + 1] !== ':' && text[at - 1] !== ':') || (sign === '=' && text[at + 1] === '>'))
    )
      key = part;
    part += sign;
  }
  push();
  return entries;
}
