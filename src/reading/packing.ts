/**
 * Chooses which sources are read, and in which of their forms, under a number of tokens: first many places in the smallest form
 * that still says something, then the best of them larger, as long as there is room.
 */
import { type Sentence, say } from '../base/sentences.ts';
import type { FormKind, LeftOut, PlannedSource, ReadableSource, SourceForm } from './plan.ts';

export interface Packing {
  /** In the order of the sources. */
  readonly read: readonly PlannedSource[];
  readonly leftOut: readonly LeftOut[];
}

/** What share of a source's worth a form holds: chosen by which places are then read (test/bench/evidence-places.ts). */
const shareOf: Readonly<Record<FormKind, number>> = { whole: 1, lines: 0.85, documented: 0.2, signature: 0.05 };
/** The worth is a guess, and the best guesses are right more often than it says. */
const power = 5;

interface Choice {
  readonly source: ReadableSource;
  readonly worth: number;
  readonly forms: readonly { readonly form: SourceForm; readonly tokens: number }[];
  /** Index of the form that is read; the number of forms: none. */
  taken: number;
}

/**
 * Greedy by worth gained a token, as for a knapsack with several sizes of each thing: what one source gains by its next form is
 * weighed against what any other gains.
 * @param cost tokens that a source takes in the prompt
 * @param room tokens that all of them may take
 */
export function pack(
  sources: readonly ReadableSource[],
  cost: (source: ReadableSource) => number,
  room: number,
): Packing {
  const choices = sources.map((source, at): Choice => {
    const forms = formsOf(source).map((form) => ({ form, tokens: cost(inForm(source, form)) }));
    return { source, worth: source.worth ?? 1 / (at + 1), forms, taken: forms.length };
  });
  let left = room;
  for (;;) {
    let best: { choice: Choice; to: number; gain: number; tokens: number } | undefined;
    for (const choice of choices) {
      const now = choice.forms[choice.taken];
      for (let to = choice.taken - 1; to >= 0; to--) {
        const next = choice.forms[to];
        if (!next) continue;
        const tokens = next.tokens - (now?.tokens ?? 0);
        if (tokens > left) break;
        const share = shareOf[next.form.kind] - (now ? shareOf[now.form.kind] : 0);
        const gain = (choice.worth ** power * share) / Math.max(tokens, 1);
        if (!best || gain > best.gain) best = { choice, to, gain, tokens };
      }
    }
    if (!best) break;
    best.choice.taken = best.to;
    left -= best.tokens;
  }
  const read: PlannedSource[] = [];
  const leftOut: LeftOut[] = [];
  for (const { source, forms, taken } of choices) {
    const chosen = forms[taken];
    const least = forms.at(-1)?.tokens ?? 0;
    if (!chosen) leftOut.push({ number: source.number, path: source.path, reason: noRoom(least, Math.max(left, 0)) });
    else
      read.push({ source: inForm(source, chosen.form), tokens: chosen.tokens, reason: reasonOf(chosen.form, source) });
  }
  return { read, leftOut };
}

/** Why a source is not read. */
export function noRoom(needed: number, left: number): Sentence {
  return say('did not fit: it takes {0} tokens and {1} were left', needed, left);
}

/** The source as it is read in one of its forms. */
export function inForm(source: ReadableSource, form: SourceForm): ReadableSource {
  if (form.kind === 'whole') return source;
  const startLine = form.lines[0]?.startLine ?? source.startLine;
  const endLine = form.lines.at(-1)?.endLine ?? source.endLine;
  return { ...source, text: form.text, startLine, endLine, forms: [form] };
}

/** The forms of a source; one that has none can only be read whole. */
function formsOf(source: ReadableSource): readonly SourceForm[] {
  const { startLine, endLine, text, forms = [] } = source;
  return forms.length > 0 ? forms : [{ kind: 'whole', text, lines: [{ startLine, endLine }] }];
}

function reasonOf({ kind, lines }: SourceForm, source: ReadableSource): Sentence {
  if (kind === 'whole') return say('read whole');
  const held = lines.map(({ startLine, endLine }) =>
    startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`,
  );
  const place = `${source.startLine}-${source.endLine}`;
  switch (kind) {
    case 'lines':
      return say('read in part, lines {0} of {1}: what the question is about', held.join(', '), place);
    case 'documented':
      return say('read in part, lines {0} of {1}: the signature and its documentation', held.join(', '), place);
    case 'signature':
      return say('read in part, lines {0} of {1}: the signature', held.join(', '), place);
  }
}
