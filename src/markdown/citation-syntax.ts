/**
 * `[n]` in Markdown is a citation: as syntax of its own, so that it is one only where text stands. In code, in an address and
 * behind a backslash it stays what it is.
 */
import type { Literal } from 'mdast';
import type { Extension as FromMarkdownExtension } from 'mdast-util-from-markdown';
import type { Options as ToMarkdownExtension } from 'mdast-util-to-markdown';
import type { Code, Construct, Extension } from 'micromark-util-types';

/** A number in brackets that leads to a source; `number` counts from 1. */
export interface CitationNode extends Omit<Literal, 'value'> {
  readonly type: 'citation';
  readonly number: number;
}

declare module 'mdast' {
  interface PhrasingContentMap {
    citation: CitationNode;
  }
  interface RootContentMap {
    citation: CitationNode;
  }
}
declare module 'micromark-util-types' {
  interface TokenTypeMap {
    citation: 'citation';
  }
}

const mostDigits = 4;
const signs = { leftBracket: 91, rightBracket: 93, leftParenthesis: 40, zero: 48, nine: 57 } as const;

const construct: Construct = {
  name: 'citation',
  tokenize: (effects, ok, nok) => {
    let digits = 0;
    const inside = (code: Code): ReturnType<typeof ok> => {
      if (code !== null && code >= signs.zero && code <= signs.nine && digits < mostDigits) {
        digits += 1;
        effects.consume(code);
        return inside;
      }
      if (code !== signs.rightBracket || digits === 0) return nok(code);
      effects.consume(code);
      effects.exit('citation');
      // `[1](address)` is a link.
      return (next) => (next === signs.leftParenthesis ? nok(next) : ok(next));
    };
    return (code) => {
      effects.enter('citation');
      effects.consume(code);
      return inside;
    };
  },
};

/** For the parser. */
export const citationSyntax: Extension = { text: { [signs.leftBracket]: construct } };

/** For the tree. */
export const citationFromMarkdown: FromMarkdownExtension = {
  enter: {
    citation(token) {
      this.enter({ type: 'citation', number: Number(this.sliceSerialize(token).slice(1, -1)) }, token);
    },
  },
  exit: {
    citation(token) {
      this.exit(token);
    },
  },
};

/** For the writer. */
export const citationToMarkdown: ToMarkdownExtension = {
  handlers: {
    citation: ({ number }: CitationNode, _parent: unknown, _state: unknown, { before, after }: Around): string => {
      // At the beginning of a paragraph `[1]:` would define a link.
      const isDefinition = /^(?:[\r\n]|$)/.test(before.slice(-1)) && after.startsWith(':');
      return `[${number}]${isDefinition ? ' ' : ''}`;
    },
  },
};

interface Around {
  readonly before: string;
  readonly after: string;
}
