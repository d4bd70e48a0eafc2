/** The text of an output so far: whole characters only, up to a stop string. */
import { Detokenizer } from '../models/tokenizer/detokenizer.ts';
import type { Tokenizer } from '../models/tokenizer/tokenizer.ts';
import { StopStrings } from './stop-strings.ts';

export class OutputText {
  readonly #detokenizer: Detokenizer;
  readonly #stops: StopStrings;
  #text = '';
  #stopped = false;

  constructor(tokenizer: Tokenizer, stops: readonly string[]) {
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#stops = new StopStrings(stops);
  }

  get text(): string {
    return this.#text;
  }

  push(id: number): { readonly text: string; readonly stopped: boolean } {
    const result = this.#stops.push(this.#detokenizer.push(id));
    this.#text += result.text;
    this.#stopped = result.stopped;
    return result;
  }

  /** What was held back, at the end. */
  flush(): string {
    if (this.#stopped) return '';
    const { text, stopped } = this.#stops.push(this.#detokenizer.flush());
    const rest = stopped ? text : text + this.#stops.flush();
    this.#text += rest;
    return rest;
  }
}
