/**
 * Escapes in a stretch of prose that a decoder wrote: outside of code spans nothing in it can open a link, a picture, HTML or a
 * code span that another stretch would close. Each stretch is safe by itself, and so is whatever they are put together to.
 */

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Code spans of a stretch: a run of backticks and the next run that is as long. Offsets in UTF-16 units, ticks included. */
export function codeSpans(prose: string): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < prose.length;) {
    if (prose[at] === '\\') {
      at += 2;
      continue;
    }
    const ticks = /^`+/.exec(prose.slice(at))?.[0];
    if (ticks === undefined) {
      at += 1;
      continue;
    }
    const inner = at + ticks.length;
    const close = [...prose.slice(inner).matchAll(/`+/g)].find(([run]) => run.length === ticks.length);
    const end = close ? inner + close.index + ticks.length : inner;
    if (close) spans.push({ start: at, end });
    at = end;
  }
  return spans;
}

/** Signs that would open something: a tag, a link or picture, code, an address that clients make a link of. */
const opens = /<(?=[a-z/!?]|[^\s<>]*@)|\[|`|(?<=[ps]):(?=\/)|(?<=www)\.(?=[-.\w])|(?<=\S)@(?=\S)|(?<=\[\d+\]):/gi;

/**
 * Where backslashes belong, in order: before each of these offsets.
 * @param isCitation whether the bracket at an offset begins a citation, which stays one
 */
export function escapesOf(prose: string, isCitation: (at: number) => boolean): number[] {
  const spans = codeSpans(prose);
  const escaped = new Set([...prose.matchAll(/\\[!-/:-@[-`{-~]/g)].map(({ index }) => index + 1));
  return [...prose.matchAll(opens)]
    .map(({ index }) => index)
    .filter(
      (at) =>
        !spans.some(({ start, end }) => start <= at && at < end) &&
        !escaped.has(at) &&
        !(prose[at] === '[' && isCitation(at)),
    );
}

/** The stretch with its backslashes, and where an offset of the stretch lies in it. */
export function escapeAt(
  prose: string,
  places: readonly number[],
): { text: string; moved: (offset: number) => number } {
  const parts: string[] = [];
  let from = 0;
  for (const at of places) {
    parts.push(prose.slice(from, at), '\\');
    from = at;
  }
  return {
    text: parts.join('') + prose.slice(from),
    moved: (offset) => offset + places.filter((at) => at < offset).length,
  };
}
