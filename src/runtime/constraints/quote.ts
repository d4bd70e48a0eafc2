/**
 * Holds the output to quotes: whole consecutive lines of the given texts, byte for byte, one quote after another with a line
 * break in between. Works on bytes, because tokens do not respect line ends or characters.
 *
 * The output so far may stand at several places of the texts at once; all of them are followed (a nondeterministic automaton),
 * and a token is allowed when its bytes lead on from at least one. Where two readings stay possible to the end, the one with
 * fewer quotes counts, then the earlier text.
 */
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { Constraint } from '../decoder.ts';
import type { ConstraintState, FinishedQuote } from './constraint.ts';
import { type QuotableLine, type QuotableLines, quotableLines } from './quotable-lines.ts';
import { type TokenTrie, trieOf } from './token-trie.ts';

/** Quotes finished on the way to a place, newest first. */
interface History {
  readonly quote: FinishedQuote;
  readonly before: History | null;
  readonly count: number;
}

/** A place in the texts at which the output may stand, inside a quote that began at line `first`. */
interface Place {
  /** Byte in the texts, next to be written. */
  readonly at: number;
  /** Index of the line `at` lies in; its terminator belongs to it. */
  readonly line: number;
  /** Index of the quote's first line. */
  readonly first: number;
  readonly history: History | null;
}

const newline = 0x0a;

export class QuoteConstraint implements ConstraintState {
  readonly #trie: TokenTrie;
  readonly #tokenizer: Tokenizer;
  readonly #texts: QuotableLines;
  readonly #maxLines: number;
  readonly #maxQuotes: number;
  /** Lines at which a quote may begin. */
  readonly #openings: readonly number[];
  readonly #marked: Uint8Array;
  #places: readonly Place[];
  #finished: readonly FinishedQuote[] = [];
  #ended = false;

  constructor(constraint: Extract<Constraint, { kind: 'quote' }>, tokenizer: Tokenizer) {
    this.#trie = trieOf(tokenizer);
    this.#tokenizer = tokenizer;
    this.#maxLines = constraint.maxLines;
    this.#maxQuotes = constraint.maxQuotes;
    this.#texts = quotableLines(constraint.texts, this.#trie.hasByte);
    this.#openings = this.#texts.lines.flatMap((line, index) => (line?.opens ? index : []));
    this.#marked = new Uint8Array(tokenizer.vocabularySize);
    this.#places = this.#maxQuotes > 0 && this.#maxLines > 0 ? this.#openingPlaces(null) : [];
  }

  allowed(): Uint32Array {
    const ids: number[] = [];
    const allow = (id: number): void => {
      if (this.#marked[id] === 1) return;
      this.#marked[id] = 1;
      ids.push(id);
    };
    if (!this.#ended) {
      for (const place of this.#places) this.#walk(place, 0, allow);
      if (this.#places.some((place) => this.#mayClose(place))) this.#tokenizer.endIds.forEach(allow);
    }
    for (const id of ids) this.#marked[id] = 0;
    return Uint32Array.from(ids).sort();
  }

  accept(id: number): void {
    if (this.#tokenizer.endIds.includes(id)) {
      const closing = this.#places.filter((place) => this.#mayClose(place)).sort(preferred)[0];
      this.#finished = closing ? listed(this.#close(closing)) : this.#finished;
      this.#ended = true;
      return;
    }
    for (const byte of this.#tokenizer.tokenBytes(id)) this.#places = this.#step(this.#places, byte);
    this.#finished = this.#agreed();
  }

  quotes(): readonly FinishedQuote[] {
    return this.#finished;
  }

  /** Marks every token that can be written from a place on, going down the trie along the text. */
  #walk(place: Place, node: number, allow: (id: number) => void): void {
    let here = place;
    for (let at = node; ;) {
      if (!this.#trie.hasChildren(at)) return;
      // A separator leads to every opening at once; few tokens go on after a line break, so few of them are looked at.
      const separated = this.#trie.child(at, newline);
      if (separated > 0 && this.#maySeparate(here)) {
        this.#trie.tokensAt(separated, allow);
        if (this.#trie.hasChildren(separated))
          for (const opening of this.#openingPlaces(this.#close(here))) this.#walk(opening, separated, allow);
      }
      const next = this.#forward(here);
      if (next === null) return;
      at = this.#trie.child(at, this.#texts.bytes[here.at] ?? 0);
      if (at === 0) return;
      this.#trie.tokensAt(at, allow);
      here = next;
    }
  }

  #step(places: readonly Place[], byte: number): readonly Place[] {
    const next: Place[] = [];
    const separated: Place[] = [];
    for (const place of places) {
      const forward = this.#texts.bytes[place.at] === byte ? this.#forward(place) : null;
      if (forward) next.push(forward);
      if (byte === newline && this.#maySeparate(place)) separated.push(place);
    }
    const best = separated.sort(preferred)[0];
    if (best) {
      // To begin again exactly where the same quote goes on would be the same text with one more quote.
      const continued = new Set(next.map(({ at }) => at));
      for (const opening of this.#openingPlaces(this.#close(best))) if (!continued.has(opening.at)) next.push(opening);
    }
    return next;
  }

  /** The place one byte of the text further, or null where the quote must end. */
  #forward(place: Place): Place | null {
    const line = this.#lineAt(place.line);
    if (place.at < line.end) return { ...place, at: place.at + 1 };
    // At the end of the line: the terminator may be written only when the quote can still end properly behind it.
    if (line.next === line.end) return null;
    const following = this.#texts.lines[place.line + 1] ?? null;
    if (following === null) return null;
    const written = place.line - place.first + 1;
    if (following.reach === 0 || written + following.reach > this.#maxLines) return null;
    const at = place.at + 1;
    return at === line.next ? { ...place, at, line: place.line + 1 } : { ...place, at };
  }

  /** True at the end of a line at which a quote may end. */
  #mayClose(place: Place): boolean {
    const line = this.#lineAt(place.line);
    return place.at === line.end && line.closes;
  }

  #maySeparate(place: Place): boolean {
    return this.#mayClose(place) && (place.history?.count ?? 0) + 1 < this.#maxQuotes;
  }

  #close(place: Place): History {
    const first = this.#lineAt(place.first);
    const last = this.#lineAt(place.line);
    const quote = { textId: first.textId, startLine: first.number, endLine: last.number };
    return { quote, before: place.history, count: (place.history?.count ?? 0) + 1 };
  }

  /**
   * Every line's beginning, with and without its indentation, but for lines that were quoted already and for the one right
   * behind the last quote: to go on there would be the same quote, longer than it may be.
   */
  #openingPlaces(history: History | null): readonly Place[] {
    const quoted = this.#quotedContents(history);
    const last = history?.quote;
    const places: Place[] = [];
    for (const index of this.#openings) {
      const line = this.#lineAt(index);
      if (quoted.has(line.content)) continue;
      if (last?.textId === line.textId && line.number === last.endLine + 1) continue;
      places.push({ at: line.start, line: index, first: index, history });
      if (line.indented > line.start) places.push({ at: line.indented, line: index, first: index, history });
    }
    return places;
  }

  #quotedContents(history: History | null): ReadonlySet<string> {
    const contents = new Set<string>();
    const quotes = listed(history);
    if (quotes.length > 0)
      for (const line of this.#texts.lines)
        if (
          line &&
          quotes.some((q) => q.textId === line.textId && line.number >= q.startLine && line.number <= q.endLine)
        )
          contents.add(line.content);
    return contents;
  }

  /** The quotes that every place has behind it. */
  #agreed(): readonly FinishedQuote[] {
    if (this.#places.length === 0) return this.#finished;
    const [first = [], ...others] = [...new Set(this.#places.map(({ history }) => history))].map(listed);
    const same = first.findIndex((quote, i) => others.some((other) => !isSame(quote, other[i])));
    return same < 0 ? first : first.slice(0, same);
  }

  #lineAt(index: number): QuotableLine {
    const line = this.#texts.lines[index];
    if (!line) throw new RangeError(`there is no line ${String(index)}`);
    return line;
  }
}

function preferred(a: Place, b: Place): number {
  return (a.history?.count ?? 0) - (b.history?.count ?? 0) || a.first - b.first;
}

function isSame(a: FinishedQuote, b: FinishedQuote | undefined): boolean {
  return a.textId === b?.textId && a.startLine === b.startLine && a.endLine === b.endLine;
}

/** Oldest first. */
function listed(history: History | null): readonly FinishedQuote[] {
  const quotes: FinishedQuote[] = [];
  for (let entry = history; entry !== null; entry = entry.before) quotes.push(entry.quote);
  return quotes.reverse();
}
