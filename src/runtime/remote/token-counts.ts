/**
 * Token counts of a served model, at once and as exact as can be. Planning a prompt counts hundreds of texts in a row and cannot
 * wait for a server each time: an unknown count is guessed, the server is asked for all guesses at once afterwards
 * ({@link TokenCounts.settle}), and the plan is made again until none was guessed. Where the server counts nothing, the guesses
 * are calibrated by what it reports after each answer, raised by a margin, and said to be estimates.
 */
import type { ChatMessage } from '../decoder.ts';
import type { ServerCounting } from './dialect.ts';
import { estimateTokens } from './estimate.ts';
import type { LocalRendering } from './local-rendering.ts';

/** What the markers around a message take, until the server has reported on a conversation of the same shape. Tokens. */
const usualMarkers = 6;
/** By how much a guess is raised: before the first report of the server, and after. */
const margins = { uncalibrated: 1.2, calibrated: 1.08 };
/** A report below this share of the guess without its margin is no error of the guess: something was left out. */
const leastShares = { uncalibrated: 0.6, calibrated: 0.75 };
/** Characters of texts whose counts are remembered. */
const mostRemembered = 30_000_000;

type Wanted =
  | { readonly kind: 'text'; readonly text: string; readonly guess: number }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[]; readonly guess: number };

export class TokenCounts {
  readonly #server: ServerCounting | null;
  readonly #local: LocalRendering | null;
  readonly #known = new Map<string, number>();
  #remembered = 0;
  readonly #wanted = new Map<string, Wanted>();
  /** Sums over everything that was guessed and then known. */
  #guessed = 0;
  #true = 0;
  /** Tokens of the markers by the roles of a conversation. */
  readonly #markers = new Map<string, number>();
  #wasWrong = false;

  constructor(server: ServerCounting | null, local: LocalRendering | null) {
    this.#server = server;
    this.#local = local;
  }

  /** Whether counts are, once settled, those of the model; otherwise they are estimates with a margin. */
  get certainty(): 'exact' | 'estimated' {
    return !this.#wasWrong && (this.#local !== null || this.#server?.chat != null) ? 'exact' : 'estimated';
  }

  text(text: string): number {
    if (text === '') return 0;
    if (this.#local) return this.#local.countText(text);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const guess = this.#guess(text);
    if (this.#server) this.#wanted.set(text, { kind: 'text', text, guess });
    return guess;
  }

  chat(messages: readonly ChatMessage[]): number {
    if (this.#local) return this.#local.countChat(messages);
    if (!this.#server?.chat) return this.#sum(messages);
    const key = keyOf(messages);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const guess = this.#sum(messages, (text) => this.#guess(text));
    this.#wanted.set(key, { kind: 'chat', messages, guess });
    return guess;
  }

  /**
   * Asks the server for every count that was guessed since the last time.
   * @returns true when a guess was wrong: who planned with it plans again
   * @throws what asking the server throws
   */
  async settle(signal: AbortSignal): Promise<boolean> {
    const server = this.#server;
    if (!server || this.#wanted.size === 0) return false;
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    const ask = async (one: Wanted): Promise<number> => {
      if (one.kind === 'text') return server.text(one.text, signal);
      return server.chat ? server.chat(one.messages, signal) : one.guess;
    };
    const counts = await Promise.all(wanted.map(([, one]) => ask(one)));
    let changed = false;
    for (const [at, [key, { guess, ...one }]] of wanted.entries()) {
      const count = counts[at] ?? guess;
      this.#remember(key, count);
      const plain = one.kind === 'text' ? estimateTokens(one.text) : this.#plain(one.messages);
      this.#guessed += plain;
      this.#true += count;
      changed ||= count !== guess;
    }
    return changed;
  }

  /**
   * Takes in what the server reported about a conversation that it answered.
   * @returns false when so few tokens cannot be all that was sent
   */
  report(messages: readonly ChatMessage[], promptTokens: number): boolean {
    if (this.certainty === 'exact') {
      const expected = this.chat(messages);
      // A template's own beginning token may be there once or twice.
      if (promptTokens < expected - 1) return false;
      if (promptTokens > expected + 1) this.#wasWrong = true;
      return true;
    }
    const plain = this.#plain(messages) * this.#factor();
    const texts = this.#server ? this.#sumOfTexts(messages) : plain;
    const least = this.#server ? texts : plain * leastShares[this.#isCalibrated() ? 'calibrated' : 'uncalibrated'];
    if (promptTokens < Math.floor(least)) return false;
    if (this.#server) this.#markers.set(rolesOf(messages), promptTokens - texts);
    else {
      this.#guessed += this.#plain(messages);
      this.#true += promptTokens;
    }
    return true;
  }

  #sum(messages: readonly ChatMessage[], count = (text: string): number => this.text(text)): number {
    const markers = this.#markers.get(rolesOf(messages)) ?? usualMarkers * (messages.length + 1);
    return messages.reduce((sum, { content }) => sum + count(content), 0) + Math.max(0, markers);
  }

  #sumOfTexts(messages: readonly ChatMessage[]): number {
    return messages.reduce((sum, { content }) => sum + this.text(content), 0);
  }

  #plain(messages: readonly ChatMessage[]): number {
    return messages.reduce((sum, { content }) => sum + estimateTokens(content) + usualMarkers, usualMarkers);
  }

  #guess(text: string): number {
    const margin = this.certainty === 'exact' ? 1 : margins[this.#isCalibrated() ? 'calibrated' : 'uncalibrated'];
    return Math.ceil(estimateTokens(text) * this.#factor() * margin);
  }

  #isCalibrated(): boolean {
    return this.#guessed > 0;
  }

  #factor(): number {
    return this.#isCalibrated() ? this.#true / this.#guessed : 1;
  }

  #remember(key: string, count: number): void {
    this.#remembered += key.length;
    if (this.#remembered > mostRemembered) {
      this.#known.clear();
      this.#remembered = key.length;
    }
    this.#known.set(key, count);
  }
}

function keyOf(messages: readonly ChatMessage[]): string {
  // No text of one message is the list of them.
  return `\u0000${JSON.stringify(messages.map(({ role, content }) => [role, content]))}`;
}

function rolesOf(messages: readonly ChatMessage[]): string {
  return messages.map(({ role }) => role).join(' ');
}
