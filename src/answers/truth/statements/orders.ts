/** Which of two things a sentence says comes first. */
import type { Claim } from './claim.ts';
import { type Mention, type Skeleton, mentionsIn } from './mentions.ts';

const firstThen =
  /\bfirst\b(.*?)(?:\b(?:and|but) (?:only )?(?:after(?: that| this)?|then|afterwards|later)\b|, (?:and )?(?:only )?then\b|; then\b|\band only after\b)(.*)$/i;

export function ordersIn({ text, mentions }: Skeleton): Claim[] {
  const of = (piece: string): Mention[] => mentionsIn(piece).flatMap((at) => mentions[at] ?? []);
  const claim = (first: readonly Mention[], second: readonly Mention[]): Claim[] =>
    first.length > 0 && second.length > 0 ? [{ kind: 'order', first, second, all: mentions }] : [];
  const staged = firstThen.exec(text);
  if (staged) {
    const between = of(staged[1] ?? '');
    // "X is called first, then Y": what comes first stands before the word.
    return claim(between.length > 0 ? between : of(text.slice(0, staged.index)), of(staged[2] ?? ''));
  }
  const andThen = /\b(?:and|,) then\b/i.exec(text);
  if (andThen) return claim(of(text.slice(0, andThen.index)), of(text.slice(andThen.index)));
  const turn = /\b(before|after)\b/i.exec(text);
  if (!turn) return [];
  const left = of(text.slice(0, turn.index));
  const right = of(text.slice(turn.index).split(/[;]|, (?:so|but|which|because)/)[0] ?? '');
  const isBefore = turn[1]?.toLowerCase() === 'before';
  // "After X, Y": what follows the comma comes later.
  if (left.length === 0) {
    const [clause = '', ...rest] = text.slice(turn.index).split(',');
    return isBefore ? claim(of(rest.join(',')), of(clause)) : claim(of(clause), of(rest.join(',')));
  }
  return isBefore ? claim(left, right) : claim(right, left);
}
