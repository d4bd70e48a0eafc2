/** The names of code and the quotations in a sentence, and the sentence with each of them as one sign, so that its words can be read by patterns. */
import { looksLikeCode } from '../../code/words.ts';

export interface Mention {
  /** As written, without backticks or marks. */
  readonly text: string;
  /** The name without its arguments and qualifiers; null for a quotation and for what is more than a name. */
  readonly name: string | null;
  /** What stands before the name (`mx.pool` of `mx.pool.Get()`); empty when nothing does. */
  readonly qualifier: string;
  /** What is said to be done with it, where lines show that: `x = …`, `del x`, `if x`. */
  readonly how: 'set' | 'deleted' | 'checked' | null;
  /** What it is said to be set to: a name or a literal; null: nothing is said. */
  readonly value: string | null;
  /** Offsets in the sentence, marks included. */
  readonly start: number;
  readonly end: number;
}

export interface Skeleton {
  /** The sentence with `⟦n⟧` for its n-th mention. */
  readonly text: string;
  readonly mentions: readonly Mention[];
}

const mark =
  /`([^`\n]+)`|["“]([^"”\n]{2,80})["”]|(?<![\p{L}\p{N}_$.])[\p{L}_$][\p{L}\p{N}_$]*(?:(?:\.|::|#|->)[\p{L}_$][\p{L}\p{N}_$]*)*(?:\(\))?/gu;

export function skeletonOf(sentence: string): Skeleton {
  const mentions: Mention[] = [];
  let text = '';
  let from = 0;
  for (const match of sentence.matchAll(mark)) {
    const ticked = match[1] ?? match[2];
    const written = ticked ?? match[0];
    if (ticked === undefined && !written.endsWith('()') && !looksLikeCode(written)) continue;
    text += `${sentence.slice(from, match.index)}⟦${mentions.length}⟧`;
    from = match.index + match[0].length;
    const names = match[2] === undefined ? namesOf(written) : { name: null, qualifier: '' };
    mentions.push({ text: written, ...names, how: null, value: null, start: match.index, end: from });
  }
  text += sentence.slice(from);
  // `[1]` says where it is from, not what it says.
  text = text.replaceAll(/\s*\[\d+\]/g, '');
  return {
    text,
    mentions: mentions.map((mention, at) => ({
      ...mention,
      how: howOf(text, at),
      value: valueOf(text, at, mentions),
      qualifier: mention.qualifier === '' ? ownerOf(text, at, mentions) : mention.qualifier,
    })),
  };
}

/** "The `request` method of the `Session` class" is `Session.request`. */
function ownerOf(text: string, at: number, mentions: readonly Mention[]): string {
  const found =
    new RegExp(
      String.raw`⟦${at}⟧ (?:method|function|constructor|property) (?:of|in|on|from) (?:the )?⟦(\d+)⟧(?! (?:module|file|package|folder|directory|library))`,
      'i',
    ).exec(text)?.[1] ?? new RegExp(String.raw`⟦(\d+)⟧['’]s? (?:own )?⟦${at}⟧`).exec(text)?.[1];
  const owner = mentions[Number(found ?? NaN)];
  return owner?.name != null && owner.text === owner.name ? owner.name : '';
}

const deeds = {
  set: 'set|reset|assign|overwrit|overwritt|replac',
  deleted: 'delet|remov|unset|drop',
  checked: 'check|test|compar',
} as const;

function howOf(text: string, at: number): Mention['how'] {
  for (const how of ['set', 'deleted', 'checked'] as const) {
    const stem = `(?:${deeds[how]})`;
    const isDone = new RegExp(String.raw`⟦${at}⟧ (?:is|are|gets) (?:first |then )?${stem}(?:ed|e?d)?\b`, 'i').test(
      text,
    );
    const isObject = new RegExp(String.raw`\b${stem}(?:e?s)? (?:(?:the|its|old|new|a|of|whether) )*⟦${at}⟧`, 'i').test(
      text,
    );
    const isTarget =
      how === 'set' &&
      new RegExp(String.raw`\b(?:written|stored|saved|put|copied) (?:to|into|in) (?:the )?⟦${at}⟧`, 'i').test(text);
    if (isDone || isObject || isTarget) return how;
  }
  return null;
}

/** "`a` is set to `b`", "sets `a` to false". */
function valueOf(text: string, at: number, mentions: readonly Mention[]): string | null {
  const found =
    new RegExp(
      String.raw`⟦${at}⟧ (?:is|are|gets|was|being) (?:first |then )?(?:set|reset|changed|assigned|initiali[sz]ed) (?:back )?to (?:⟦(\d+)⟧|(true|false|nil|null|none|\d+)\b)`,
      'i',
    ).exec(text) ??
    new RegExp(
      String.raw`\b(?:sets?|resets?|changes?|assigns?|initiali[sz]es?|setting) (?:the )?⟦${at}⟧ (?:back )?to (?:⟦(\d+)⟧|(true|false|nil|null|none|\d+)\b)`,
      'i',
    ).exec(text);
  return found === null ? null : (mentions[Number(found[1])]?.text ?? found[2] ?? null);
}

function namesOf(written: string): Pick<Mention, 'name' | 'qualifier'> {
  const call =
    /^[&*!@]*([\p{L}_$][\p{L}\p{N}_$]*(?:(?:\?\.|\.|::|#|->)[\p{L}_$][\p{L}\p{N}_$]*)*)[!?]?(?:<.*>)?(?:\(.*\))?$/su.exec(
      written.trim(),
    )?.[1];
  if (call === undefined) return { name: null, qualifier: '' };
  const cut = /^(.*?)(?:\?\.|\.|::|#|->)?([\p{L}_$][\p{L}\p{N}_$]*)$/su.exec(call);
  return { name: cut?.[2] ?? call, qualifier: cut?.[1] ?? '' };
}

/** Numbers of the mentions in a piece of a skeleton. */
export function mentionsIn(piece: string): number[] {
  return Array.from(piece.matchAll(/⟦(\d+)⟧/g), (match) => Number(match[1]));
}
