/** A regular expression of JavaScript's (flag u) as a language of bytes; the library regexpp reads its syntax. */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { type ByteLanguage, type Expression, empty } from './byte-language.ts';
import { type CodePoints, codePointsMatching, complementOf, inUtf8, lastCodePoint, unionOf } from './code-points.ts';

/** How one character of a set is spelled. */
type Spelling = (points: CodePoints) => Expression;

/** A repetition of more than this many is not worth its states. */
const mostRepetitions = 10_000;

/**
 * The texts that the whole pattern matches.
 * @throws LS3031 for a pattern that is none, and for look-around, word boundaries, back-references, modifiers and anchors other
 * than at the pattern's ends
 */
export function regularExpression(language: ByteLanguage, pattern: string): Expression {
  return new Compiler(language, (points) => inUtf8(language, points)).whole(parsed(pattern).alternatives);
}

/**
 * The texts in which the pattern is found somewhere, as JSON schemas mean it; the anchors at its ends hold.
 * @param spelling of a character, for texts within another syntax
 * @throws LS3031 as above
 */
export function containing(language: ByteLanguage, pattern: string, spelling: Spelling): Expression {
  const compiler = new Compiler(language, spelling);
  const anything = language.repeat(spelling(everything), 0, Number.POSITIVE_INFINITY);
  return language.choice(
    ...parsed(pattern).alternatives.map((alternative) =>
      language.sequence(
        beginsAnchored(alternative) ? empty : anything,
        compiler.whole([alternative]),
        endsAnchored(alternative) ? empty : anything,
      ),
    ),
  );
}

const everything: CodePoints = [[0, lastCodePoint]];
const lineEnds: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

function parsed(pattern: string): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(pattern, 0, pattern.length, { unicode: true });
  } catch (error) {
    throw fault('LS3031', error instanceof Error ? error.message : String(error), error);
  }
}

const beginsAnchored = ({ elements }: AST.Alternative): boolean => isEdge(elements[0], 'start');
const endsAnchored = ({ elements }: AST.Alternative): boolean => isEdge(elements.at(-1), 'end');

function isEdge(element: AST.Element | undefined, kind: 'start' | 'end'): boolean {
  return element?.type === 'Assertion' && element.kind === kind;
}

class Compiler {
  readonly #language: ByteLanguage;
  readonly #spelling: Spelling;

  constructor(language: ByteLanguage, spelling: Spelling) {
    this.#language = language;
    this.#spelling = spelling;
  }

  /** Alternatives that match from the beginning to the end, so that anchors there say nothing more. */
  whole(alternatives: readonly AST.Alternative[]): Expression {
    return this.#language.choice(
      ...alternatives.map((alternative) => {
        const { elements } = alternative;
        const from = beginsAnchored(alternative) ? 1 : 0;
        const to = elements.length - (endsAnchored(alternative) && elements.length > from ? 1 : 0);
        return this.#language.sequence(...elements.slice(from, to).map((element) => this.#element(element)));
      }),
    );
  }

  #inner(alternatives: readonly AST.Alternative[]): Expression {
    return this.#language.choice(
      ...alternatives.map(({ elements }) => this.#language.sequence(...elements.map((e) => this.#element(e)))),
    );
  }

  #element(element: AST.Element): Expression {
    switch (element.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
        return this.#spelling(codePoints(element));
      case 'CapturingGroup':
        return this.#inner(element.alternatives);
      case 'Group':
        if (element.modifiers) throw refused(element);
        return this.#inner(element.alternatives);
      case 'Quantifier': {
        const { min, max } = element;
        if (min > mostRepetitions || (Number.isFinite(max) && max > mostRepetitions)) throw refused(element);
        return this.#language.repeat(this.#element(element.element), min, max);
      }
      case 'Assertion':
      case 'Backreference':
      case 'ExpressionCharacterClass':
        throw refused(element);
    }
  }
}

function refused({ raw }: AST.Node): Error {
  return fault('LS3031', say('"{0}" is not supported there', raw));
}

function codePoints(
  node: AST.Character | AST.CharacterSet | AST.CharacterClass | AST.CharacterClassElement,
): CodePoints {
  switch (node.type) {
    case 'Character':
      return [[node.value, node.value]];
    case 'CharacterClassRange':
      return [[node.min.value, node.max.value]];
    case 'CharacterClass': {
      const within = unionOf(node.elements.flatMap(codePoints));
      return node.negate ? complementOf(within) : within;
    }
    case 'CharacterSet':
      return node.kind === 'any' ? complementOf(lineEnds) : escaped(node.raw);
    default:
      throw refused(node);
  }
}

const escapes = new Map<string, CodePoints>();

/** `\d`, `\s`, `\p{L}`: what they stand for is JavaScript's to say. */
function escaped(raw: string): CodePoints {
  const known = escapes.get(raw) ?? codePointsMatching(new RegExp(raw, 'u'));
  escapes.set(raw, known);
  return known;
}
