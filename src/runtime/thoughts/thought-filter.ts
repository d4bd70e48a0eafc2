/**
 * Keeps what a model thinks apart from what it answers, on a stream whose pieces cut tags anywhere. Thoughts begin where the
 * assistant's turn begins, or behind another thought; a tag anywhere else is text, as in an answer about such tags.
 */
import { HeldText } from './held-text.ts';
import { answerWrappers, closingsBehind, isThoughtControl, thoughtSpellings, turnHeaders } from './spellings.ts';
import type { TurnStart } from './turn-start.ts';

/** What became certain. */
export interface Sorted {
  readonly text: string;
  readonly thought: string;
}

type State =
  | { readonly in: 'unknown' }
  | { readonly in: 'start' }
  /** `opening` is what to give back when words that look like a thought turn out to be the answer. */
  | { readonly in: 'thought'; readonly close: string; readonly opening: string | null }
  | { readonly in: 'answer' };

const tags = thoughtSpellings.filter(({ inWords }) => !inWords);
const bareClosings = [...new Set(tags.map(({ close }) => close)), '[BEGIN FINAL RESPONSE]'];
const longestClosing = Math.max(...bareClosings.map(({ length }) => length));
const quotes: Readonly<Record<string, string>> = { '`': '`', '"': '"', "'": "'", '“': '”', '‘': '’', '«': '»' };

export class ThoughtFilter {
  readonly #held = new HeldText();
  readonly #likely: boolean;
  #state: State;
  #isBehindThought = false;
  /** What may end the answer without being a part of it. */
  #wrapper: string | null = null;
  /** Held text before this place was searched already. */
  #searched = 0;
  #beganInside: boolean | null = null;
  #out = { text: '', thought: '' };

  constructor(start: TurnStart) {
    this.#likely = start.at === 'unknown' && start.likely;
    this.#state =
      start.at === 'thought'
        ? { in: 'thought', close: start.close, opening: null }
        : { in: start.at === 'unknown' ? 'unknown' : 'start' };
  }

  /** Whether an answer whose prompt nobody saw began inside a thought; null as long as that is open. */
  get beganInside(): boolean | null {
    return this.#beganInside;
  }

  /** @param isControl whether the piece is a control token rather than text */
  push(text: string, isControl = false): Sorted {
    if (!isControl || isThoughtControl(text)) this.#held.append(text, isControl);
    this.#sort();
    return this.#taken();
  }

  /** Thoughts that a server told apart: what it tells as text is then the answer from its start. */
  pushThought(text: string): Sorted {
    if (this.#state.in === 'unknown') this.#settle(false);
    this.#isBehindThought = true;
    this.#out.thought += text;
    return this.#taken();
  }

  /** @param isCut whether the limit of tokens ended it, rather than the model */
  end(isCut: boolean): Sorted {
    const state = this.#state;
    const asThought =
      state.in === 'thought' ? state.opening === null || isCut : state.in === 'unknown' && isCut && this.#likely;
    if (state.in === 'unknown' && !isCut && this.#held.text.trim() !== '') this.#beganInside = false;
    if (asThought) this.#out.thought += this.#held.takeAll();
    else {
      if (state.in === 'thought') this.#out.text += state.opening ?? '';
      const at = this.#wrapper === null ? -1 : this.#held.text.lastIndexOf(this.#wrapper);
      const rest = this.#held.take(at < 0 ? this.#held.text.length : at);
      this.#out.text += this.#isBehindThought && state.in === 'start' ? rest.trimStart() : rest;
    }
    this.#state = { in: 'answer' };
    return this.#taken();
  }

  #taken(): Sorted {
    const out = this.#out;
    this.#out = { text: '', thought: '' };
    return out;
  }

  /** Goes from state to state until more text is needed. */
  #sort(): void {
    while (this.#held.text !== '') {
      switch (this.#state.in) {
        case 'unknown':
          if (!this.#findBareClosing()) return;
          break;
        case 'start':
          if (!this.#begin()) return;
          break;
        case 'thought':
          if (!this.#findClosing(this.#state.close, this.#state.opening)) return;
          break;
        case 'answer':
          this.#answer();
          return;
      }
    }
  }

  #settle(beganInside: boolean): void {
    this.#beganInside = beganInside;
    this.#searched = 0;
    this.#state = { in: 'start' };
  }

  /** Without the prompt, a closing tag that nothing opened is the only sign of a thought. */
  #findBareClosing(): boolean {
    const { text } = this.#held;
    const begun = text.trimStart();
    const opens = thoughtSpellings.some(
      ({ open, followedBy }) => begun.startsWith(open) && (followedBy?.test(begun.slice(open.length)) ?? true),
    );
    if (opens || turnHeaders.some((header) => begun.startsWith(header))) {
      this.#settle(false);
      return true;
    }
    const from = Math.max(0, this.#searched - longestClosing);
    this.#searched = text.length;
    for (const close of bareClosings)
      for (let at = text.indexOf(close, from); at >= 0; at = text.indexOf(close, at + 1)) {
        if (!this.#held.isControl(at) && !this.#isBare(at, close)) continue;
        this.#closeThought(at, close);
        this.#beganInside = true;
        return true;
      }
    return false;
  }

  /** Whether a closing that was written as text closes what nothing in the text opened, and is not quoted. */
  #isBare(at: number, close: string): boolean {
    const { text } = this.#held;
    const open = tags.find((spelling) => spelling.close === close)?.open;
    if (open !== undefined && text.lastIndexOf(open, at) >= 0) return false;
    return !isInCode(text, at) && this.#isQuoted(at, close.length) === false;
  }

  #closeThought(at: number, close: string): void {
    this.#out.thought += this.#held.take(at);
    this.#held.take(close.length);
    this.#isBehindThought = true;
    this.#wrapper = closingsBehind[close] ?? null;
    this.#searched = 0;
    this.#state = { in: 'start' };
  }

  /** @returns false when more text is needed to know how the turn begins */
  #begin(): boolean {
    const { text } = this.#held;
    const begun = text.trimStart();
    const blank = text.length - begun.length;
    const wrappers = answerWrappers.filter(({ isTag }) => isTag ?? this.#isBehindThought);
    for (const { open, close, inWords, followedBy } of thoughtSpellings) {
      if (!begun.startsWith(open)) continue;
      const rest = begun.slice(open.length);
      if (followedBy && rest === '') return false;
      if (followedBy && !followedBy.test(rest)) continue;
      const opening = this.#held.take(blank + open.length);
      this.#state = { in: 'thought', close, opening: inWords ? opening : null };
      return true;
    }
    const wrapper = wrappers.find(({ open }) => begun.startsWith(open));
    const dropped = wrapper?.open ?? [...turnHeaders, ...bareClosings].find((tag) => begun.startsWith(tag));
    if (dropped !== undefined) {
      this.#wrapper = wrapper?.close ?? closingsBehind[dropped] ?? this.#wrapper;
      this.#held.take(blank + dropped.length);
      return true;
    }
    const possible = [...thoughtSpellings, ...wrappers].map(({ open }) => open);
    if ([...possible, ...turnHeaders, ...bareClosings].some((tag) => tag.startsWith(begun))) return false;
    if (this.#isBehindThought) this.#held.take(blank);
    this.#state = { in: 'answer' };
    return true;
  }

  #findClosing(close: string, opening: string | null): boolean {
    const { text } = this.#held;
    for (let at = text.indexOf(close, this.#searched); at >= 0; at = text.indexOf(close, at + 1)) {
      const quoted = this.#held.isControl(at) ? false : this.#isQuoted(at, close.length);
      if (quoted === null) return false;
      if (!quoted) {
        this.#closeThought(at, close);
        return true;
      }
      this.#searched = at + 1;
    }
    // The quotation mark before a tag stays with it.
    const safe = Math.max(0, text.length - close.length - 1);
    this.#searched = Math.max(this.#searched, safe);
    if (opening === null) {
      this.#out.thought += this.#held.take(safe);
      this.#searched -= safe;
    }
    return false;
  }

  /** Whether the tag stands between two quotation marks; null when what follows it is not there yet. */
  #isQuoted(at: number, length: number): boolean | null {
    const { text } = this.#held;
    const closing = quotes[text.charAt(at - 1)];
    if (closing === undefined) return false;
    if (at + length >= text.length) return null;
    return text.charAt(at + length) === closing;
  }

  #answer(): void {
    const { text } = this.#held;
    const wrapper = this.#wrapper;
    if (wrapper === null) {
      this.#out.text += this.#held.takeAll();
      return;
    }
    const at = text.lastIndexOf(wrapper);
    if (at >= 0 && text.slice(at + wrapper.length).trim() === '') this.#out.text += this.#held.take(at);
    else this.#out.text += this.#held.take(at >= 0 ? text.length : text.length - overlap(text, wrapper));
  }
}

/** Whether a place is in a fenced block or in inline code. */
function isInCode(text: string, at: number): boolean {
  const before = text.slice(0, at);
  if ((before.match(/^\s*(?:```|~~~)/gm) ?? []).length % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return (line.match(/`/g) ?? []).length % 2 === 1;
}

/** How many of the last characters of the text are the first of the tag. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}
