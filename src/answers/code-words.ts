/** The identifiers of a piece of code without its comments and strings: what it uses, as far as names tell. */

export interface CodeName {
  readonly name: string;
  /** Line from 1 within the text. */
  readonly line: number;
  /** What stands before a dot in front of the name (`self`, `requests`); empty when there is no dot. */
  readonly receiver: string;
  /** Whether a call's parenthesis follows. */
  readonly called: boolean;
}

const hashComments = new Set([
  'python',
  'ruby',
  'shell',
  'bash',
  'shellscript',
  'perl',
  'r',
  'yaml',
  'toml',
  'makefile',
  'elixir',
  'php',
  'cmake',
  'dockerfile',
]);
const noSlashComments = new Set([
  'python',
  'ruby',
  'shell',
  'bash',
  'shellscript',
  'perl',
  'r',
  'yaml',
  'toml',
  'makefile',
  'elixir',
  'cmake',
  'dockerfile',
]);
// `'` opens no string in these: lifetimes, digit separators, type variables.
const noSingleQuotes = new Set(['rust', 'c', 'cpp', 'haskell', 'ocaml', 'scala', 'lisp', 'clojure']);

/**
 * Blanks comments and strings, keeping every line end, so that lines still count right. It knows the lexical families, not the
 * grammars: good enough to tell code from prose, which is all that is asked.
 */
export function withoutCommentsAndStrings(text: string, language: string): string {
  const hash = hashComments.has(language) ? String.raw`|#[^\n]*` : '';
  const slash = noSlashComments.has(language) ? '' : String.raw`|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
  const single = noSingleQuotes.has(language) ? '' : String.raw`|'(?:\\.|[^'\\\n])*'`;
  const token = new RegExp(
    String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"${single}${hash}${slash}`,
    'g',
  );
  return text.replaceAll(token, (found) => found.replaceAll(/[^\n]/g, ' '));
}

/** Every identifier of the code, in order. */
export function namesInCode(text: string, language: string): CodeName[] {
  const bare = withoutCommentsAndStrings(text, language);
  const names: CodeName[] = [];
  let line = 1;
  let counted = 0;
  for (const match of bare.matchAll(/(?<![\p{L}\p{N}_$])[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
    const [name] = match;
    for (; counted < match.index; counted++) if (bare[counted] === '\n') line += 1;
    const before = bare.slice(Math.max(0, match.index - 80), match.index);
    const access = /(?<receiver>[\p{L}_$][\p{L}\p{N}_$]*|[)\]])?\s*(?:\?\.|(?<!\.)\.|->|::)\s*$/u.exec(before);
    const called = /^\s*(?:<[\w\s,.[\]]*>)?\(/.test(
      bare.slice(match.index + name.length, match.index + name.length + 80),
    );
    names.push({ name, line, receiver: access ? (access.groups?.['receiver'] ?? '?') : '', called });
  }
  return names;
}
