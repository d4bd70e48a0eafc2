/**
 * What "it" and "this function" at the head of a sentence stand for: the subject of the sentence before, else what that names, else the
 * one name that was asked about. The sentence is given back with the name in its place, so that what it states can be checked.
 */
import { type Mention, skeletonOf } from './mentions.ts';
import { subjectOf } from './uses.ts';

type Reading =
  /** It names its subject, or has none that stands for another. */
  | { readonly kind: 'own' }
  /** Its subject is a pronoun, which may mean any of these; the first is the likeliest, where `isSure` it is the only one. */
  | { readonly kind: 'resolved'; readonly sentences: readonly string[]; readonly isSure: boolean }
  /** It speaks of something that the sentences before said, and not of one thing that has a name. */
  | { readonly kind: 'open' };

export interface Antecedents {
  read(sentence: string): Reading;
  /** Takes a sentence as said: the next may speak of what it is about. */
  remember(sentence: string): void;
}

const kinds =
  'function|method|class|middleware|constructor|struct|type|helper|macro|handler|hook|component|module|decorator|property|route|command';
const lead = String.raw`^(?:\W*(?:then|finally|next|afterwards|otherwise|also|first|here|after that|in addition|additionally|lastly|second|secondly|if not|in this case|in that case|specifically|internally),? )?`;
/** A clause that says when; what it names is no subject. */
const clause = String.raw`\W*(?:if|when|whenever|unless|once|after|before|until|while|for|where|as)\b[^.;]*?, (?:then )?`;
const pronoun = new RegExp(
  String.raw`(${lead}|^${clause})(it|the (?:${kinds})|this (?:${kinds}))(?= (?:\w+ly |also |then |first |next |only |just |itself |never )*(?:[a-z]+s|does|is|was|never|cannot|can|will|may|must|should)\b)`,
  'i',
);
/** "This ensures …", "These are stored …": of a deed, or of several things. */
const deed =
  /^\W*(?:this|that|these|those|they|both|which)(?= (?:\w+ly |also |then |only )*(?:[a-z]+s|are|were|was|do|can|will|may|have)\b)/i;
/** "It is important that …" speaks of nothing before. */
const empty = /^\W*it(?: is|'s) (?:\w+ly )?(?:\w+) (?:that|to)\b/i;

/** @param asked names in the question that the repository has */
export function createAntecedents(asked: readonly string[] = []): Antecedents {
  const only = asked.length === 1 ? asked : [];
  let subject: string | null = only[0] ?? null;
  let others: readonly string[] = [];

  const read = (sentence: string): Reading => {
    if (empty.test(sentence)) return { kind: 'own' };
    if (deed.test(sentence)) return { kind: 'open' };
    const found = pronoun.exec(sentence);
    if (!found) return { kind: 'own' };
    const meant = subject === null ? others : [subject, ...others];
    if (meant.length === 0) return { kind: 'open' };
    const start = found.index + (found[1] ?? '').length;
    const end = start + (found[2] ?? '').length;
    return {
      kind: 'resolved',
      sentences: meant.map((name) => `${sentence.slice(0, start)}\`${name}\`${sentence.slice(end)}`),
      isSure: subject !== null || meant.length === 1,
    };
  };
  return {
    read,
    remember: (sentence) => {
      const reading = read(sentence);
      const skeleton = skeletonOf(sentence);
      const named = skeleton.mentions.filter(isName);
      if (reading.kind === 'resolved') {
        // It goes on about the same.
        if (reading.isSure) others = textsOf(named).filter((name) => name !== subject);
        return;
      }
      const own = subjectOf(skeleton).find(isName);
      subject = own?.text ?? null;
      others = textsOf(named).filter((name) => name !== subject);
    },
  };
}

function isName({ name }: Mention): boolean {
  return name !== null;
}

function textsOf(mentions: readonly Mention[]): string[] {
  return [...new Set(mentions.map(({ text }) => text))];
}
