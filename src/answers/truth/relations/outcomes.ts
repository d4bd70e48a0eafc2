/** Whether a body does what is said of it under a condition: by the branches that the condition opens and closes. */
import { namesInCode } from '../../code/code-words.ts';
import type { Comparison, ConditionSubject } from '../statements/claim.ts';
import { type Consequence, literal } from '../statements/consequences.ts';
import type { Mention } from '../statements/mentions.ts';
import type { States } from '../statements/states.ts';
import { type Bodies, type Body, callable, occurrencesIn } from './bodies.ts';
import { type Branch, type Stretch, branchesOf, indent, leaves, lineAt } from './branches.ts';
import { doneAt, withValue } from './deeds.ts';
import { agreed, type Known } from './known.ts';
import { type AtomJudge, judgeComparison, judgeStates, outcomeOfTest } from './tests.ts';

export function happensWhere(
  bodies: Bodies,
  subject: ConditionSubject,
  states: States,
  then: readonly Consequence[],
  all: readonly Mention[],
): Known {
  return agreed(
    contexts(bodies, all, then, (body) => {
      const name =
        'words' in subject ? nameFor(body, subject.words, subject.isExact === true) : (subject.name ?? subject.text);
      return name === null ? null : opened(body, judgeStates(name, states));
    }).map(({ body, cases }) => happens(bodies, body, cases, then, 'words' in subject ? null : subject)),
  );
}

export function happensWhereCompared(
  bodies: Bodies,
  comparison: Comparison,
  then: readonly Consequence[],
  all: readonly Mention[],
): Known {
  return agreed(
    contexts(bodies, all, then, (body) => opened(body, judgeComparison(comparison))).map(({ body, cases }) =>
      happens(bodies, body, cases, then, null),
    ),
  );
}

/** What a condition opens and closes in a body. */
interface Cases {
  /** What never runs under the condition. */
  readonly closed: readonly Stretch[];
  /** What runs in some cases of it. */
  readonly open: readonly Stretch[];
  /** Branches that are taken whenever they are come to. */
  readonly taken: readonly { readonly block: Stretch; readonly isOutermost: boolean }[];
}

/** Null: the body tests nothing of it. */
function opened(body: Body, judge: AtomJudge): Cases | null {
  const closed: Stretch[] = [];
  const open: Stretch[] = [];
  const taken: { block: Stretch; isOutermost: boolean }[] = [];
  let isTested = false;
  for (const branch of branchesOf(body)) {
    const { is, isMet } = outcomeOfTest(branch.test, judge);
    if (is === null && !isMet) continue;
    isTested = true;
    const side = sidesOf(branch);
    if (is === null) {
      // One part of several holds: what needs them all may run.
      open.push(...(branch.isTurned ? side.otherwise : side.then));
      continue;
    }
    const isThen = is !== branch.isTurned;
    closed.push(...(isThen ? side.otherwise : side.then));
    open.push(...(isThen ? side.then : side.otherwise));
    const block = isThen ? branch.then : branch.otherwise;
    if (block) taken.push({ block, isOutermost: branch.isOutermost });
  }
  return isTested ? { closed, open, taken } : null;
}

function sidesOf({
  then,
  otherwise,
  rest,
  thenLeaves,
  otherwiseLeaves,
}: Branch): Readonly<Record<'then' | 'otherwise', readonly Stretch[]>> {
  return {
    then: otherwiseLeaves && !thenLeaves ? [then, rest] : [then],
    otherwise: [...(otherwise ? [otherwise] : []), ...(thenLeaves && !otherwiseLeaves ? [rest] : [])],
  };
}

/** Bodies that test what the condition is about: those that the sentence names, else those that were read; the innermost ones. */
function contexts(
  bodies: Bodies,
  all: readonly Mention[],
  then: readonly Consequence[],
  casesOf: (body: Body) => Cases | null,
): readonly { readonly body: Body; readonly cases: Cases }[] {
  const mentioned = then.filter(({ of }) => of !== null);
  /** A body without what is said to happen tells nothing of it. */
  const isAbout = (body: Body): boolean => {
    const others = mentioned.filter(({ of }) => of?.name !== body.symbol.name);
    return others.length === 0 || others.some(({ of }) => of !== null && occurrencesIn(body, of).length > 0);
  };
  const among = (which: readonly Body[]): { body: Body; cases: Cases }[] =>
    [...new Set(which)].flatMap((body) => {
      const cases = callable.has(body.symbol.kind) && isAbout(body) ? casesOf(body) : null;
      return cases ? [{ body, cases }] : [];
    });
  const named = among(all.flatMap((mention) => bodies.of(mention)));
  const found = named.length > 0 ? named : among(bodies.read);
  return found.filter(({ body }) => !found.some((other) => isInside(other.body, body)));
}

function isInside(inner: Body, body: Body): boolean {
  return (
    inner !== body &&
    inner.path === body.path &&
    inner.symbol.startLine >= body.symbol.startLine &&
    inner.symbol.endLine <= body.symbol.endLine &&
    inner.text.length < body.text.length
  );
}

function happens(
  bodies: Bodies,
  body: Body,
  cases: Cases,
  then: readonly Consequence[],
  subject: Mention | null,
): Known {
  const verdicts = then.map((consequence) => happensIn(bodies, body, cases, consequence, subject));
  if (verdicts.includes('no')) return 'no';
  return verdicts.includes('yes') ? 'yes' : 'unknown';
}

function happensIn(bodies: Bodies, body: Body, cases: Cases, consequence: Consequence, subject: Mention | null): Known {
  const { of, deed, value, isNegated } = consequence;
  if (deed === 'nothing') return doesNothing(body, cases);
  if (of && of.name !== null && of.name === body.symbol.name) return 'unknown';
  const isSubject = of !== null && subject !== null && of.text === subject.text;
  if (isSubject && deed !== 'called' && deed !== 'set' && value === null) return 'unknown';
  const isWithin = (stretches: readonly Stretch[], at: number): boolean =>
    stretches.some(({ from, to }) => from <= at && at < to);
  const { places, isSure } = placesOf(body, consequence);
  const runs = places.filter((at) => isWithin(cases.open, at) && !isWithin(cases.closed, at));
  if (isNegated) {
    if (runs.length > 0) return isSure ? 'no' : 'unknown';
    return places.length > 0 && places.every((at) => isWithin(cases.closed, at)) ? 'yes' : 'unknown';
  }
  if (runs.length > 0) return isSure ? 'yes' : 'unknown';
  const isClosed =
    places.some((at) => isWithin(cases.closed, at)) &&
    places.every((at) => isWithin(cases.closed, at) || isAside(body, cases.closed, at));
  if (isClosed) return isReachedElsewhere(bodies, body, cases, of) ? 'unknown' : 'no';
  if (of === null && (deed === 'returned' || deed === 'raised'))
    return cases.taken.some(
      ({ block, isOutermost }) => (isOutermost || places.length === 0) && endsOtherwise(body, block, consequence),
    )
      ? 'no'
      : 'unknown';
  return 'unknown';
}

/** Whether what stands at an offset hangs on something else: it is in a block that does not hold what is closed. */
function isAside({ code }: Body, closed: readonly Stretch[], at: number): boolean {
  const depth = indent(lineAt(code, at));
  return closed.every(({ from, to }) => {
    const [start, end] = at < from ? [at, from] : [to, at];
    return code
      .slice(start, end)
      .split('\n')
      .slice(1, -1)
      .some((line) => line.trim() !== '' && indent(line) < depth);
  });
}

/** Whether a block that is taken leaves the body, and not as is said. */
function endsOtherwise({ code }: Body, { from, to }: Stretch, { deed, value }: Consequence): boolean {
  const block = code.slice(from, to);
  if (!leaves(block)) return false;
  const returned = [...block.matchAll(/\breturn\b[ \t]*([^;\n}]*)/g)].map((match) => (match[1] ?? '').trim());
  const isRaising = /(?:^|\n|\{|;)\s*(?:throw|raise|panic!?)\b/.test(block);
  if (/\b(?:continue|break|next|goto|exit|abort|yield)\b/.test(block)) return false;
  if (deed === 'raised')
    return (
      !isRaising &&
      returned.length > 0 &&
      !/\b(?:err\w*|error\w*|fail\w*|reject\w*)\b/i.test(block) &&
      returned.every((one) => one === '' || literal.test(one))
    );
  if (value === null || value === 'error') return false;
  if (returned.length === 0) return isRaising;
  return !isRaising && returned.every((one) => literal.test(one) && !isSameLiteral(one, value));
}

function isSameLiteral(one: string, other: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/^(?:none|null|undefined)$/, 'nil');
  return plain(one) === plain(other);
}

interface Places {
  readonly places: readonly number[];
  /** Whether what stands there is certainly what is said. */
  readonly isSure: boolean;
}

function placesOf(body: Body, { of, deed, value }: Consequence): Places {
  const { code } = body;
  if (of === null) {
    if (deed === 'raised') return { places: offsets(code, /(?<![\w.$])(?:throw|raise|panic!?|fail)\b/g), isSure: true };
    if (deed === 'left') {
      const blocks = branchesOf(body).flatMap(({ then, otherwise }) => (otherwise ? [then, otherwise] : [then]));
      const leaving = offsets(code, /(?<![\w.$])(?:return|throw|raise)\b/g);
      return { places: leaving.filter((at) => blocks.some(({ from, to }) => from <= at && at < to)), isSure: true };
    }
    if (value === 'error')
      return body.language === 'go' || body.language === 'rust'
        ? {
            places: offsets(
              code,
              /\breturn\b(?=[^\n;]*(?:\b(?:err|errors\.\w+|fmt\.Errorf)\b|\bErr[A-Z]\w*\b|\w+Error\b|\bErr\())/g,
            ),
            isSure: true,
          }
        : { places: [], isSure: false };
    return literalPlaces(body, value ?? '');
  }
  const places = doneAt(
    body,
    of,
    deed,
    occurrencesIn(body, of).filter((at) => !isInTest(body, at)),
  );
  return { places: withValue(body, value, places), isSure: true };
}

/** In these what a block ends with is returned. */
const withoutReturn = new Set(['rust', 'ruby', 'scala', 'elixir', 'kotlin']);

function literalPlaces({ code, language }: Body, value: string): Places {
  const returns = [...code.matchAll(/\breturn\b[ \t]*([^;\n}]*)/g)].map((match) => ({
    at: match.index,
    is: (match[1] ?? '').trim(),
  }));
  const ends = withoutReturn.has(language)
    ? [...code.matchAll(/^[ \t]*(true|false|None|nil|null)[ \t]*$/gm)].map((match) => ({
        at: match.index,
        is: match[1] ?? '',
      }))
    : [];
  const all = [...returns, ...ends];
  const same = all.filter(({ is }) => isSameLiteral(is, value));
  // What a call or a comparison comes to may be the value; what is made is none.
  const isMade = (is: string): boolean =>
    literal.test(is) ||
    /^(?:new\b|[[{"'`\d]|Some\(|Ok\()/.test(is) ||
    (new RegExp(String.raw`(?<![\w$.])${is.replaceAll('$', String.raw`\$`)}\s*=\s*new\b`).test(code) &&
      /^[\w$]+$/.test(is));
  const other = all.filter(({ is }) => !isMade(is));
  return other.length === 0 || same.length === 0
    ? { places: same.map(({ at }) => at), isSure: true }
    : { places: [...same, ...other].map(({ at }) => at), isSure: false };
}

function isInTest(body: Body, at: number): boolean {
  return branchesOf(body).some(({ testAt: { from, to } }) => from <= at && at < to);
}

function offsets(code: string, pattern: RegExp): number[] {
  return [...code.matchAll(pattern)].map(({ index }) => index);
}

/** Whether something that is called in what is open may do it too. */
function isReachedElsewhere(bodies: Bodies, body: Body, { open }: Cases, of: Mention | null): boolean {
  if (of === null) return false;
  const rest = open.map(({ from, to }) => body.code.slice(from, to)).join('\n');
  const called = new Set(namesInCode(rest, body.language).flatMap((one) => (one.called ? [one.name] : [])));
  return [...called].some((name) => {
    if (name === body.symbol.name || name === of.name) return false;
    const all = bodies.named(name);
    return all.some(
      (other) =>
        (all.length === 1 || other.path === body.path) &&
        other.symbol.kind !== 'type' &&
        occurrencesIn({ code: other.code, text: '' }, of).length > 0,
    );
  });
}

/** `no`: the branch that is taken does more than leave. */
function doesNothing(body: Body, { taken, closed, open }: Cases): Known {
  const work = (block: Stretch): boolean =>
    body.code
      .slice(block.from, block.to)
      .split('\n')
      .some(
        (line) =>
          /[\p{L}_$]/u.test(line) &&
          !/^\s*(?:return|continue|break|next|pass|nil|null|None|else|end)\b[^(]*$/.test(line),
      );
  if (taken.some(({ block, isOutermost }) => isOutermost && work(block))) return 'no';
  // Where it only leaves is closed, and what it would have left out runs.
  if (closed.some((block) => !work(block) && leaves(body.code.slice(block.from, block.to))) && open.some(work))
    return 'no';
  return closed.some(work) ? 'yes' : 'unknown';
}

/** The one name in the tests of a body that words mean; null: there is none, or several. */
function nameFor(body: Body, words: string, isExact: boolean): string | null {
  const wanted = words.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  const names = new Set(branchesOf(body).flatMap(({ test }) => test.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []));
  const plain = (name: string): string =>
    name
      .replace(/^_+/, '')
      .replace(/^(?:is|has|was|can|should)(?=_|\p{Lu})/u, '')
      .replaceAll('_', '')
      .toLowerCase();
  const exact = [...names].filter((name) => plain(name) === wanted || plain(name) === `${wanted}s`);
  if (exact.length > 0 || isExact) return exact.length === 1 ? (exact[0] ?? null) : null;
  const lastPart = (name: string): string =>
    (name.match(/\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+/gu) ?? []).at(-1)?.toLowerCase() ?? '';
  const ending = [...names].filter((name) => lastPart(name) === wanted);
  return ending.length === 1 ? (ending[0] ?? null) : null;
}
