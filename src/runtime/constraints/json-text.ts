/** The words of JSON (RFC 8259) as languages of bytes: strings, numbers, literals and the white space between them. */
import { type ByteLanguage, type Expression, empty, nothing } from './byte-language.ts';
import { type CodePoints, inUtf8, intersectionOf, lastCodePoint } from './code-points.ts';
import { integersWithin } from './integer-range.ts';

/** Digits of a number in one piece: more lose their meaning in most readers, and a decoder may never stop. */
const mostDigits = 15;
/** Spaces in a row: enough to indent, too few to get lost in. */
const mostSpaces = 16;

const plain: CodePoints = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, lastCodePoint],
];
const shortEscapes: readonly (readonly [point: number, letter: string])[] = [
  [0x22, '"'],
  [0x5c, '\\'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
];

export class JsonText {
  readonly #language: ByteLanguage;
  readonly #digit: Expression;
  readonly #anyCharacter: Expression;
  /** What may stand between two tokens: nothing, a space, or a line break with indentation. */
  readonly space: Expression;

  constructor(language: ByteLanguage) {
    this.#language = language;
    this.#digit = language.byte(0x30, 0x39);
    this.#anyCharacter = this.character([[0, lastCodePoint]]);
    const blank = language.literal(' ');
    const indented = language.sequence(language.literal('\n'), language.repeat(blank, 0, mostSpaces));
    this.space = language.optional(language.choice(blank, indented));
  }

  /** One character of the set as it stands within a string: plain where it may, else escaped in the usual way. */
  character(points: CodePoints): Expression {
    const language = this.#language;
    const escaped = shortEscapes
      .filter(([point]) => points.some(([from, to]) => from <= point && point <= to))
      .map(([, letter]) => language.literal(`\\${letter}`));
    const control = intersectionOf(points, [[0, 0x1f]])
      .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
      .filter((point) => !shortEscapes.some(([short]) => short === point))
      .map((point) => language.literal(`\\u${point.toString(16).padStart(4, '0')}`));
    return language.choice(inUtf8(language, intersectionOf(points, plain)), ...escaped, ...control);
  }

  /** @param min characters, at least @param max at most */
  string(min = 0, max = Number.POSITIVE_INFINITY): Expression {
    return this.quoted(this.#language.repeat(this.#anyCharacter, min, max));
  }

  quoted(content: Expression): Expression {
    const quote = this.#language.literal('"');
    return this.#language.sequence(quote, content, quote);
  }

  /** A key without escapes that is none of these. */
  keyBesides(names: readonly string[]): Expression {
    return this.quoted(this.#besides(names.map((name) => Array.from(name))));
  }

  /** Integers without an exponent. @param min, max bounds, both included */
  integer(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Expression {
    return integersWithin(this.#language, min, max, mostDigits);
  }

  number(): Expression {
    const language = this.#language;
    const fraction = language.sequence(language.literal('.'), language.repeat(this.#digit, 1, mostDigits));
    const sign = language.optional(language.choice(language.literal('+'), language.literal('-')));
    const exponent = language.sequence(
      language.choice(language.literal('e'), language.literal('E')),
      sign,
      language.repeat(this.#digit, 1, 2),
    );
    return language.sequence(
      language.optional(language.literal('-')),
      integersWithin(language, 0, Number.POSITIVE_INFINITY, mostDigits),
      language.optional(fraction),
      language.optional(exponent),
    );
  }

  /** The value as JSON.stringify writes it. */
  value(value: unknown): Expression {
    return this.#language.literal(JSON.stringify(value));
  }

  /** Plain characters that spell none of the names: they leave each name on the way, end within it or go on behind it. */
  #besides(names: readonly (readonly string[])[]): Expression {
    const language = this.#language;
    const firsts = [...new Set(names.flatMap(([first]) => (first === undefined ? [] : [first])))];
    const taken = firsts.map((first) => first.codePointAt(0) ?? 0);
    let free = plain;
    for (const point of taken)
      free = intersectionOf(free, [
        [0, point - 1],
        [point + 1, lastCodePoint],
      ]);
    const more = language.repeat(inUtf8(language, plain), 0, Number.POSITIVE_INFINITY);
    const mayEnd = !names.some((name) => name.length === 0);
    return language.choice(
      mayEnd ? empty : nothing,
      language.sequence(inUtf8(language, free), more),
      ...firsts.map((first, i) => {
        const written = inUtf8(language, intersectionOf(plain, [[taken[i] ?? 0, taken[i] ?? 0]]));
        const behind = names.filter(([other]) => other === first).map((name) => name.slice(1));
        return language.sequence(written, this.#besides(behind));
      }),
    );
  }
}
