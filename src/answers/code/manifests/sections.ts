/** Lines of TOML and INI files as section, key and value: as much of both formats as manifests use. */

export interface Setting {
  readonly section: string;
  readonly key: string;
  /** Without quotes and comments; of a value over several lines all of it. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

export function readSections(lines: readonly string[]): Setting[] {
  const settings: Setting[] = [];
  let section = '';
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/.exec(line);
    if (header?.[1] !== undefined) {
      section = header[1].replaceAll('"', '');
      continue;
    }
    const pair = /^\s*("[^"]+"|'[^']+'|[\w.-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (pair?.[1] === undefined) continue;
    let value = pair[2] ?? '';
    const start = at;
    // An open bracket or triple quote goes on; so does an INI value on indented lines.
    const open = (): boolean =>
      /^(?:"""|''')/.test(value)
        ? value.length < 6 || !/(?:"""|''')\s*$/.test(value)
        : /^[[{]/.test(value) && !closed(value);
    while (open() && at + 1 < lines.length) value += `\n${lines[++at] ?? ''}`;
    while (/^\s+[^\s#\]]/.test(lines[at + 1] ?? '') && (value === '' || value.includes('\n')))
      value += `\n${lines[++at] ?? ''}`;
    settings.push({ section, key: unquote(pair[1]), value: unquote(value), line: start + 1 });
  }
  return settings;
}

/** Whether brackets outside quotes are balanced. */
function closed(value: string): boolean {
  const bare = value.replaceAll(/"(?:\\.|[^"\\])*"|'[^']*'/g, '').replaceAll(/#.*$/gm, '');
  return (bare.match(/[[{]/g) ?? []).length <= (bare.match(/[\]}]/g) ?? []).length;
}

function unquote(value: string): string {
  const trimmed = value.trim();
  const quoted = /^("""|'''|"|')([\s\S]*?)\1\s*(?:#.*)?$/.exec(trimmed);
  return quoted ? (quoted[2] ?? '') : trimmed.replace(/\s+#.*$/, '');
}

/** The first setting of one of these sections with this key. */
export function setting(settings: readonly Setting[], sections: readonly string[], key: string): Setting | undefined {
  return settings.find((one) => sections.includes(one.section) && one.key === key && one.value !== '');
}
