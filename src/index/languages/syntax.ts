/** What Longsight must know of a language to chunk it and to find its definitions: a grammar and one tree-sitter query. */

/**
 * The query's captures say what a node is:
 * - `@type`, `@function`, `@method`, `@variable`, `@constant`, `@module`, `@field`: a definition, with its `@name`; its signature
 *   ends where `@body` begins, and `@receiver` names the type it belongs to when that does not enclose it (Go);
 * - `@scope` with `@name`: encloses definitions without being one (Rust's `impl`);
 * - `@comment`: a comment; `@docstring`: a string that documents the definition whose body is `@documented`;
 * - `@specifier`: what an import names, quotation marks are taken off.
 *
 * Of several patterns that match one node the first in the query counts. A function inside a type is a method.
 */
export interface LanguageSyntax {
  /** File in dist/grammars. */
  readonly grammar: string;
  readonly query: string;
  /** Variables of such a name are constants. */
  readonly constantName?: RegExp;
  /**
   * How a comment begins that documents what comes next even behind an empty line, as the language's documentation tool reads it;
   * left out: an empty line ends what a comment speaks of (Go, Python, Ruby, shell).
   */
  readonly documentationMark?: RegExp;
}

/** A documentation block of JSDoc, Javadoc, Doxygen, PHPDoc; not a line of stars. */
export const documentationBlock = /^\/\*\*(?![*/])/;
