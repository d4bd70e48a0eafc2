/** Which of two things a body does first. */
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, type Body, callable, headLength, occurrencesIn } from './bodies.ts';
import { doneAt, withValue } from './deeds.ts';
import { type Known, agreed } from './known.ts';

/** Shorter names are variables that are everywhere. */
const shortestName = 2;

export function comesBefore(
  bodies: Bodies,
  first: readonly Mention[],
  second: readonly Mention[],
  all: readonly Mention[],
): Known {
  return agreed(contexts(bodies, all, first, second).map((body) => orderIn(body, first, second)));
}

/** Bodies in which both sides are: of what the sentence names, else of what was read; the innermost ones. */
function contexts(
  bodies: Bodies,
  all: readonly Mention[],
  one: readonly Mention[],
  other: readonly Mention[],
): readonly Body[] {
  const holds = (body: Body): boolean => {
    const within = (mentions: readonly Mention[]): boolean =>
      mentions.some((mention) => mention.name !== body.symbol.name && occurrencesIn(body, mention).length > 0);
    return callable.has(body.symbol.kind) && within(one) && within(other);
  };
  const named = all.flatMap((mention) => bodies.of(mention)).filter(holds);
  const found = named.length > 0 ? named : bodies.read.filter(holds);
  return found.filter(
    (body) =>
      !found.some(
        (inner) =>
          inner !== body &&
          inner.path === body.path &&
          inner.symbol.startLine >= body.symbol.startLine &&
          inner.symbol.endLine <= body.symbol.endLine &&
          inner.text.length < body.text.length,
      ),
  );
}

function orderIn(body: Body, first: readonly Mention[], second: readonly Mention[]): Known {
  const head = headLength(body);
  // What is called comes when it is called, wherever its name is beside.
  const placesOf = (mention: Mention): readonly number[] => {
    const all = doneAt(
      body,
      mention,
      mention.how ?? 'any',
      occurrencesIn(body, mention).filter((at) => at >= head),
    );
    const said = withValue(body, mention.value, all);
    const places = said.length > 0 ? said : all;
    const calls = places.filter((at) =>
      /^[\p{L}\p{N}_$]+(?:(?:\.|::|->|\?\.)[\p{L}\p{N}_$]+)*!?\s*\(/u.test(body.code.slice(at)),
    );
    return calls.length > 0 ? calls : places;
  };
  const inBody = (mentions: readonly Mention[]): Mention[] =>
    mentions.filter(
      ({ name, text, ...rest }) =>
        (name ?? text).length >= shortestName &&
        name !== body.symbol.name &&
        placesOf({ name, text, ...rest }).length > 0,
    );
  const a = inBody(first).at(-1);
  const [b] = inBody(second).filter(({ text, name }) => text !== a?.text && (name === null || name !== a?.name));
  if (!a || !b) return 'unknown';
  const as = placesOf(a);
  const bs = placesOf(b);
  const [firstA = 0, firstB = 0] = [as[0], bs[0]];
  if (isDeferred(body, firstA) !== isDeferred(body, firstB)) return 'unknown';
  if (firstA < firstB || (as.at(-1) ?? 0) < (bs.at(-1) ?? 0)) return 'yes';
  // An argument is evaluated before the call that it is in.
  return isInside(body.code, firstB, firstA) ? 'yes' : 'no';
}

/** Whether an offset lies in a call's parentheses that open between another one and it. */
function isInside(code: string, from: number, to: number): boolean {
  let depth = 0;
  for (const sign of code.slice(from, to)) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth = Math.max(0, depth - 1);
    if (sign === ';' || sign === '{') return false;
  }
  return depth > 0;
}

/** What is deferred, or in a `finally`, runs later than where it is written. */
function isDeferred({ code }: Body, offset: number): boolean {
  const lines = code.slice(0, offset).split('\n');
  const depth = (line: string): number => /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '    ').length ?? 0;
  let inner = depth(lines.at(-1) ?? '');
  if (/^\s*defer\b/.test(lines.at(-1) ?? '')) return true;
  for (const line of lines.slice(0, -1).toReversed()) {
    if (line.trim() === '' || depth(line) >= inner) continue;
    inner = depth(line);
    if (/^\s*(?:\}\s*)?(?:defer|finally)\b/.test(line)) return true;
  }
  return false;
}
