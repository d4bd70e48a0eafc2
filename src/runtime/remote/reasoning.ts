/** Leaves out what a model thinks aloud before it answers, between `<think>` and `</think>` at the beginning of its output. */

const opening = '<think>';
const closing = '</think>';

export class ReasoningFilter {
  #state: 'undecided' | 'thinking' | 'answering' = 'undecided';
  #held = '';

  /** @returns what of the text so far can be shown now */
  push(text: string): string {
    if (this.#state === 'answering') return text;
    this.#held += text;
    if (this.#state === 'undecided') {
      const begun = this.#held.trimStart();
      if (begun.startsWith(opening)) this.#state = 'thinking';
      else if (opening.startsWith(begun)) return '';
      else return this.flush();
    }
    const end = this.#held.indexOf(closing);
    if (end < 0) return '';
    this.#state = 'answering';
    const answer = this.#held.slice(end + closing.length).trimStart();
    this.#held = '';
    return answer;
  }

  /** What was held back, at the end; thoughts that never ended are no answer. */
  flush(): string {
    const rest = this.#state === 'thinking' ? '' : this.#held;
    if (this.#state !== 'thinking') this.#state = 'answering';
    this.#held = '';
    return rest;
  }
}
