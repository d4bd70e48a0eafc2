/** Texts made to break out of Markdown: what opens something in it, in any order, with anything between. */
import fc from 'fast-check';

/** Pieces that open something in Markdown, and what stands between them. */
const pieces = [
  '`', '``', '```', '~~~', '![', '](', ')', '[', ']', '[1]', '[a]: ', '<', '>', '<img src=x>', '<!--', '-->', '</a>',
  'http://evil.example/', 'www.evil.example', 'a@evil.example', '![x](http://evil.example/p.png)', '[x](command:run)',
  '<http://evil.example>', '\\', '*', '_', '__', '|', '#', '- ', '1. ', '===', '---', '&lt;', '&#91;', '\n', '\n\n',
  '\r', '\t', '    ', ' ', 'a', 'b c', 'é', '\u202E', '\u0000', '$', '~', ':', '!', '(', '{', '}', '"', "'",
] as const; // prettier-ignore
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 14 })
  .map((parts) => parts.join(''))
  .filter((joined) => joined !== '');
