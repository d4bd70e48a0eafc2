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
  'powershell',
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
const noSlashComments = new Set([...hashComments].filter((language) => language !== 'php'));
// `'` opens no string in these: lifetimes, digit separators, type variables.
const noSingleQuotes = new Set(['rust', 'c', 'cpp', 'haskell', 'ocaml', 'scala', 'lisp', 'clojure']);

const plainName = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;
const hyphenated = String.raw`[\p{L}_$][\p{L}\p{N}_$]*(?:-[\p{L}_][\p{L}\p{N}_]*)*`;
/** What a name is, where it is more than letters, digits, `_` and `$`. */
const namesOfLanguages: Readonly<Record<string, string>> = {
  // `valid?`, `save!`; `a != b` and `a ? b : c` are none.
  ruby: String.raw`${plainName}(?:[?!](?![=\p{L}\p{N}]))?`,
  // `Get-Widget`; `$a-$b` is none.
  powershell: hyphenated,
  shell: hyphenated,
  bash: hyphenated,
  shellscript: hyphenated,
  // `--accent`, `card-title`.
  css: String.raw`-{0,2}[\p{L}_][\p{L}\p{N}_-]*`,
  scss: String.raw`[$-]{0,2}[\p{L}_][\p{L}\p{N}_-]*`,
  less: String.raw`-{0,2}[\p{L}_][\p{L}\p{N}_-]*`,
};
/** In these `get-widget` is `Get-Widget`. */
const withoutCase = new Set(['powershell']);

/** Whether two names of a language are one name. */
export function isSameName(one: string, other: string, language: string): boolean {
  return one === other || (withoutCase.has(language) && one.toLowerCase() === other.toLowerCase());
}

function nameBegins(language: string): RegExp {
  return new RegExp(String.raw`(?<![\p{L}\p{N}_$])(?:${namesOfLanguages[language] ?? plainName})`, 'gu');
}

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

/** Whether a text ends in a sign after which a member is named. */
function isAccess(before: string): boolean {
  let at = before.length - 1;
  while (at >= 0 && /\s/.test(before[at] ?? '')) at -= 1;
  return ['.', '>', ':'].includes(before[at] ?? '');
}

/**
 * The identifiers of the code, in order.
 * @param isWanted those that are asked for; left out: every one
 */
export function namesInCode(
  text: string,
  language: string,
  isWanted: (name: string) => boolean = () => true,
): CodeName[] {
  const bare = withoutCommentsAndStrings(text, language);
  const names: CodeName[] = [];
  let line = 1;
  let counted = 0;
  for (const match of bare.matchAll(nameBegins(language))) {
    const [name] = match;
    if (!isWanted(name)) continue;
    for (; counted < match.index; counted++) if (bare[counted] === '\n') line += 1;
    const before = bare.slice(Math.max(0, match.index - 80), match.index);
    // Most names follow no sign of access: looking at one sign costs a tenth of looking for a receiver.
    const access =
      isAccess(before) && /(?<receiver>[\p{L}_$][\p{L}\p{N}_$]*|[)\]])?\s*(?:\?\.|(?<!\.)\.|->|::)\s*$/u.exec(before);
    const called = /^\s*(?:<[\w\s,.[\]]*>)?\(/.test(
      bare.slice(match.index + name.length, match.index + name.length + 80),
    );
    names.push({ name, line, receiver: access ? (access.groups?.['receiver'] ?? '?') : '', called });
  }
  return names;
}
