/** Files without a grammar: paragraphs and indentation make the chunks, headings the scopes, line comments are told by their signs. */
import { cutLines, plainCosts } from '../chunks/chunker.ts';
import { type LineTable, tabulateLines } from '../chunks/lines.ts';
import { type ParsedFile, assemble } from './parsed-file.ts';
import type { Extracted } from './symbols.ts';
import type { Span } from '../types.ts';

const headingLanguages = new Set(['markdown', 'mdx']);

/** What begins a comment line, and in which languages. */
const commentStyles: readonly (readonly [sign: RegExp, languages: string])[] = [
  [
    /^[ \t]*(?:\/\/|\/\*|\*(?: |\/|$))/,
    'kotlin swift scala groovy dart scss less proto thrift zig solidity jsonc json5 objective-c objective-cpp fsharp go.mod glsl hlsl wgsl metal verilog systemverilog prisma vue svelte astro',
  ],
  [
    /^[ \t]*[#;]/,
    'yaml toml ini properties dockerfile makefile cmake terraform perl r julia elixir nim nix graphql coffeescript',
  ],
  [/^[ \t]*--/, 'sql lua haskell vhdl'],
  [/^[ \t]*%/, 'erlang latex'],
  [/^[ \t]*;/, 'clojure lisp scheme asm'],
];
const commentSigns: ReadonlyMap<string, RegExp> = new Map(
  commentStyles.flatMap(([sign, languages]) => languages.split(' ').map((language) => [language, sign] as const)),
);

/** Analyses a text of any language without a parser; also what a file gets whose parser failed. */
export function analyseLines(text: string, language: string): ParsedFile {
  const lines = tabulateLines(text);
  const costs = plainCosts(text, lines);
  const scopes = headingLanguages.has(language) ? headings(text, lines, costs) : [];
  const extracted: Extracted = { symbols: [], scopes, comments: lineComments(text, lines, language), imports: [] };
  return assemble(text, lines, cutLines(lines, costs), extracted);
}

/**
 * Markdown's ATX headings outside of code fences: a section is the scope of what it holds, and a cut before a heading is cheaper
 * the higher the heading. Cutting inside a code fence costs most.
 */
function headings(text: string, lines: LineTable, costs: Uint16Array): Extracted['scopes'] {
  const scopes: { start: number; end: number; names: readonly string[] }[] = [];
  const open: { level: number; scope: { start: number; end: number; names: readonly string[] } }[] = [];
  let fence = '';
  for (let line = 0; line < lines.count; line++) {
    const start = lines.starts[line] ?? 0;
    const content = text.slice(start, Math.min(lines.starts[line + 1] ?? start, start + 300));
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(content)?.[1];
    if (fence !== '') {
      costs[line] = 5000;
      if (mark?.startsWith(fence)) fence = '';
      continue;
    }
    if (mark) fence = mark;
    const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*\r?\n?$/.exec(content);
    if (!heading) {
      costs[line] = Math.min(0xfff0, (costs[line] ?? 0) + 10);
      continue;
    }
    const level = heading[1]?.length ?? 1;
    costs[line] = level;
    while (open.length > 0 && (open.at(-1)?.level ?? 0) >= level) close(open.pop(), start);
    const scope = { start, end: text.length, names: [...(open.at(-1)?.scope.names ?? []), heading[2] ?? ''] };
    scopes.push(scope);
    open.push({ level, scope });
  }
  return scopes;
}

function close(section: { scope: { end: number } } | undefined, end: number): void {
  if (section) section.scope.end = end;
}

function lineComments(text: string, lines: LineTable, language: string): Span[] {
  const sign = commentSigns.get(language);
  if (!sign) return [];
  const spans: Span[] = [];
  for (let line = 0; line < lines.count; line++) {
    const start = lines.starts[line] ?? 0;
    const end = lines.starts[line + 1] ?? text.length;
    if (sign.test(text.slice(start, Math.min(end, start + 200)))) spans.push({ start, end });
  }
  return spans;
}
