/** Where the lines of a text begin and how many non-whitespace characters each holds; the measure of chunk sizes. */

export interface LineTable {
  /** Number of lines; a line feed at the very end begins no further line. An empty text has none. */
  readonly count: number;
  /** UTF-16 offset of each line's beginning, and last the text's length: `count + 1` numbers. */
  readonly starts: Uint32Array;
  /** Non-whitespace characters before each line, and last their sum: `count + 1` numbers. */
  readonly ink: Uint32Array;
}

export function tabulateLines(text: string): LineTable {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  if (text.length > 0 && text.charCodeAt(text.length - 1) !== 10) count += 1;
  const starts = new Uint32Array(count + 1);
  const ink = new Uint32Array(count + 1);
  let line = 0;
  let marks = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 32) marks += code === 0xa0 || code === 0xfeff ? 0 : 1;
    else if (code === 10) {
      line += 1;
      starts[line] = i + 1;
      ink[line] = marks;
    }
  }
  starts[count] = text.length;
  ink[count] = marks;
  return { count, starts, ink };
}

/** The line, from 0, in which an offset lies. */
export function lineAt(table: LineTable, offset: number): number {
  let low = 0;
  let high = table.count;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if ((table.starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}
