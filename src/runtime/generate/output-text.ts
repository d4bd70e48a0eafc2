/** The text of an output so far: whole characters only, without the thoughts before it, up to a stop string. */
import { Detokenizer } from '../../models/tokenizer/detokenizer.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import { StopStrings } from './stop-strings.ts';
import { SortedOutput } from '../thoughts/sorted-output.ts';
import type { TurnStart } from '../thoughts/turn-start.ts';

export class OutputText {
  readonly #tokenizer: Tokenizer;
  readonly #detokenizer: Detokenizer;
  readonly #sorted: SortedOutput;
  readonly #stops: StopStrings;
  #text = '';
  #stopped = false;

  /** @param start where the answer begins; null when nothing in it is a thought */
  constructor(
    tokenizer: Tokenizer,
    stops: readonly string[],
    start: TurnStart | null,
    onThought: (text: string) => void,
  ) {
    this.#tokenizer = tokenizer;
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#sorted = new SortedOutput(start, onThought);
    this.#stops = new StopStrings(stops);
  }

  get text(): string {
    return this.#text;
  }

  get thoughts(): string {
    return this.#sorted.thoughts;
  }

  push(id: number): { readonly text: string; readonly stopped: boolean } {
    const answer = this.#tokenizer.isSpecial(id)
      ? this.#sorted.push(this.#detokenizer.flush()) + this.#sorted.push(this.#tokenizer.tokenContent(id) ?? '', true)
      : this.#sorted.push(this.#detokenizer.push(id));
    // A stop string is one of the answer: thoughts may hold it.
    const result = this.#stops.push(answer);
    this.#text += result.text;
    this.#stopped = result.stopped;
    return result;
  }

  /** What was held back, at the end. @param isCut whether the limit of tokens ended it, rather than the model */
  flush(isCut: boolean): string {
    if (this.#stopped) return '';
    const answer = this.#sorted.push(this.#detokenizer.flush()) + this.#sorted.end(isCut);
    const { text, stopped } = this.#stops.push(answer);
    const rest = stopped ? text : text + this.#stops.flush();
    this.#text += rest;
    return rest;
  }
}
