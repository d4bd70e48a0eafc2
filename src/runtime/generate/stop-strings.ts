/** Stop strings over a stream of text: what might be the beginning of one is held back until it is clear. */

export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop.length > 0);
  }

  /** @returns text that may be shown, and whether a stop string came; it and what follows it are not shown */
  push(text: string): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + text;
    const found = Math.min(...this.#stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0));
    if (Number.isFinite(found)) {
      this.#held = '';
      return { text: all.slice(0, found), stopped: true };
    }
    const held = Math.max(0, ...this.#stops.map((stop) => overlap(all, stop)));
    this.#held = all.slice(all.length - held);
    return { text: all.slice(0, all.length - held), stopped: false };
  }

  /** What was held back, once nothing more comes. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** How many of the last characters of the text are the first of the stop string. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
