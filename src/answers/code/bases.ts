/** The types that a type's declaration names as its bases: what it extends, implements, embeds or mixes in, by their last names. */
import type { SymbolDefinition } from '../../index/types.ts';
import type { FileText } from './file-text.ts';
import { linesOf } from './file-text.ts';

/** The part of a declaration that names bases, for one family of languages; each match's first group is a list of types. */
const heads: Readonly<Record<string, readonly RegExp[]>> = {
  python: [/^\s*class\s+\w+\s*(?:\[[^\]]*\])?\s*\(([\s\S]*)\)\s*:?\s*$/],
  ruby: [/^\s*class\s+[\w:]+\s*<\s*([\w:]+)/],
  csharp: [/\b(?:class|struct|interface|record)\s+\w+[^:{]*?:\s*([\s\S]*?)(?:\bwhere\b|\{|$)/],
  cpp: [/\b(?:class|struct)\s+[^:{]*?(?<!:):(?!:)\s*([\s\S]*?)(?:\{|$)/],
  rust: [/\btrait\s+\w+[^:{]*?:\s*([\s\S]*?)(?:\bwhere\b|\{|$)/],
  go: [],
};
const extendsAndImplements: readonly RegExp[] = [
  /\bextends\s+([\s\S]*?)(?=\bimplements\b|\bpermits\b|\bwith\b|\{|$)/,
  /\bimplements\s+([\s\S]*?)(?=\bextends\b|\bpermits\b|\{|$)/,
];

/** Names of the bases of a type, without packages and type arguments, in their order; those of Rust's impl blocks are not here. */
export function basesOf(symbol: SymbolDefinition, file: FileText): string[] {
  if (file.language === 'go') return embedded(symbol, file);
  const bare = angleless(symbol.signature);
  return (heads[file.language === 'c' ? 'cpp' : file.language] ?? extendsAndImplements).flatMap((pattern) =>
    topLevel(pattern.exec(bare)?.[1] ?? '').flatMap((part) => {
      // `metaclass=M`, `public virtual A`, `A + B`.
      if (/^\s*\w+\s*=(?!=)/.test(part)) return [];
      const name = /([\p{L}_$][\p{L}\p{N}_$]*)\s*(?:[([].*)?$/su.exec(part.trim())?.[1];
      return name === undefined ? [] : [name];
    }),
  );
}

/** Types that a Go struct or interface embeds: a line of its body that is a type alone. */
function embedded(symbol: SymbolDefinition, file: FileText): string[] {
  return linesOf(file, symbol.startLine + 1, symbol.endLine - 1)
    .split('\n')
    .flatMap(
      (line) => /^\s*\*?(?:\w+\.)?([A-Z]\w*)(?:\[[^\]]*\])?\s*(?:`[^`]*`)?\s*(?:\/\/.*)?$/.exec(line)?.[1] ?? [],
    );
}

/** A text without what is in angle brackets. */
function angleless(text: string): string {
  let depth = 0;
  let bare = '';
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    // `class A < B` of Ruby and arrows are no brackets.
    if (sign === '<' && text[at + 1] !== ' ') depth += 1;
    else if (sign === '>' && depth > 0 && text[at - 1] !== '-' && text[at - 1] !== '=') depth -= 1;
    else if (depth === 0) bare += sign;
  }
  return bare;
}

/** Parts between commas, or between the plus signs of Rust's bounds, outside of brackets. */
function topLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const sign of text) {
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    if (depth === 0 && (sign === ',' || sign === '+')) {
      parts.push(part);
      part = '';
    } else part += sign;
  }
  return [...parts, part].filter((one) => one.trim() !== '');
}

/** An implementation of a Rust trait for a type. */
export interface TraitImplementation {
  readonly trait: string;
  readonly type: string;
  readonly line: number;
}

/** `impl Trait for Type` and `#[derive(Trait)]` of a Rust file. */
export function traitImplementations(file: FileText, symbols: readonly SymbolDefinition[]): TraitImplementation[] {
  if (file.language !== 'rust') return [];
  const found: TraitImplementation[] = [];
  for (const [at, line] of file.lines.entries()) {
    if (/^\s*(?:unsafe\s+)?impl\b/.test(line)) {
      const head = angleless(
        file.lines
          .slice(at, at + 8)
          .join(' ')
          .split('{')[0] ?? '',
      );
      const match = /impl\s*(?:const\s+)?!?\s*([\w:]+)\s+for\s+(?:&\s*)?(?:'\w+\s+)?(?:mut\s+|dyn\s+)?([\w:]+)/.exec(
        head,
      );
      if (match) found.push({ trait: lastPart(match[1]), type: lastPart(match[2]), line: at + 1 });
    }
    const derived = /^\s*#\[derive\(([^)]*)\)/.exec(line)?.[1];
    const type =
      derived === undefined
        ? undefined
        : symbols.find(
            ({ kind, startLine, endLine }) =>
              kind === 'type' && startLine <= at + 12 && endLine > at && startLine > at - 1,
          );
    if (derived !== undefined && type)
      for (const trait of derived.split(','))
        found.push({ trait: lastPart(trait.trim()), type: type.name, line: type.startLine });
  }
  return found;
}

function lastPart(path = ''): string {
  return path.split('::').at(-1) ?? path;
}
