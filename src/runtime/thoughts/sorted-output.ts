/** The output of one request with its thoughts apart: what is answer goes on, what is thought is told and kept. */
import { ThoughtFilter } from './thought-filter.ts';
import type { TurnStart } from './turn-start.ts';

/** What harmony writes between the messages of a turn. */
const betweenMessages = /<\|(?:end|message)\|>|<\|start\|>assistant|<\|channel\|>(?:analysis|commentary)/g;

export class SortedOutput {
  readonly #filter: ThoughtFilter | null;
  readonly #onThought: (text: string) => void;
  #thoughts = '';

  /** @param start where the answer begins; null when nothing in it is a thought */
  constructor(start: TurnStart | null, onThought: (text: string) => void) {
    this.#filter = start && new ThoughtFilter(start);
    this.#onThought = onThought;
  }

  /** All thoughts so far. */
  get thoughts(): string {
    return this.#thoughts.replace(betweenMessages, '').trim();
  }

  /** See {@link ThoughtFilter.beganInside}. */
  get beganInside(): boolean | null {
    return this.#filter?.beganInside ?? null;
  }

  /** @returns what of the text is answer */
  push(text: string, isControl = false): string {
    if (!this.#filter) return isControl ? '' : text;
    return this.#told(this.#filter.push(text, isControl));
  }

  /** Thoughts that a server told apart. */
  pushThought(text: string): string {
    if (this.#filter) return this.#told(this.#filter.pushThought(text));
    return this.#told({ text: '', thought: text });
  }

  /** @param isCut whether the limit of tokens ended it, rather than the model */
  end(isCut: boolean): string {
    return this.#filter ? this.#told(this.#filter.end(isCut)) : '';
  }

  #told({ text, thought }: { readonly text: string; readonly thought: string }): string {
    this.#thoughts += thought;
    if (thought !== '') this.#onThought(thought);
    return text;
  }
}
