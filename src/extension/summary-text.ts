/** A summary's Markdown with its links turned to where they lead from, and a note on what is stale. Knows nothing of VS Code. */

/**
 * Turns every relative link target, which is relative to the repository, by `resolve`; the `#L10-L20` behind it stays.
 * Code, addresses with a scheme, and anchors within the document are left as they are.
 */
export function relinkTo(markdown: string, resolve: (target: string) => string): string {
  return markdown
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(
            /\]\(<?((?![a-z][a-z0-9+.-]*:|#|\/)[^)\s#>]+)(#[^)\s>]*)?>?\)/gi,
            (_whole, target: string, anchor: string | undefined) => {
              const to = resolve(decodePath(target));
              return `](${encodePath(to)}${anchor ?? ''})`;
            },
          ),
    )
    .join('');
}

/** Puts the note below the first heading. */
export function withStaleNote(markdown: string, note: string | null): string {
  if (note === null) return markdown;
  const quoted = `> ${note}\n`;
  const heading = /^#[^\n]*\n/m.exec(markdown);
  if (!heading) return `${quoted}\n${markdown}`;
  const at = heading.index + heading[0].length;
  return `${markdown.slice(0, at)}\n${quoted}${markdown.slice(at)}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A lone percent sign is a character of the file's name.
    return path;
  }
}

function encodePath(path: string): string {
  return path
    .replace(/%/g, '%25')
    .replace(/[ ()<>#?]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
