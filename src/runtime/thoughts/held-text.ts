/** Text that is held back, with the places in it that control tokens wrote; those match spellings but are never shown. */

export class HeldText {
  #text = '';
  #controls: { readonly start: number; readonly end: number }[] = [];

  get text(): string {
    return this.#text;
  }

  append(text: string, isControl: boolean): void {
    if (isControl) this.#controls.push({ start: this.#text.length, end: this.#text.length + text.length });
    this.#text += text;
  }

  /** Whether a control token begins here: then no quotation made it. */
  isControl(at: number): boolean {
    return this.#controls.some(({ start, end }) => at >= start && at < end);
  }

  /** Takes the first characters out. @returns them without control tokens */
  take(length: number): string {
    let shown = '';
    let from = 0;
    for (const { start, end } of this.#controls) {
      if (start >= length) break;
      shown += this.#text.slice(from, start);
      from = Math.min(end, length);
    }
    shown += this.#text.slice(from, length);
    this.#text = this.#text.slice(length);
    this.#controls = this.#controls
      .filter(({ end }) => end > length)
      .map(({ start, end }) => ({ start: Math.max(0, start - length), end: end - length }));
    return shown;
  }

  takeAll(): string {
    return this.take(this.#text.length);
  }
}
