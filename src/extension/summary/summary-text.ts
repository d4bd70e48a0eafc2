/**
 * A summary's Markdown as it is shown: its links turned to where the files are, everything that is none of ours made text, and a
 * note on what is stale. Knows nothing of VS Code.
 */
import { read } from '../../markdown/read.ts';
import { sanitize } from '../../markdown/sanitize.ts';
import { encodePath, paragraph, quotation, text } from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';

/** The picture of the module map; nothing that is fetched. */
const ownPicture = 'data:image/svg+xml;base64,';

/**
 * @param markdown as the engine made it, or an older version of us kept it
 * @param resolve a path relative to the repository to the one that is shown; the `#L10-L20` behind it stays
 * @param note stands below the first heading; null: none
 */
export function summaryText(markdown: string, resolve: (target: string) => string, note: string | null): string {
  const { children } = sanitize(read(markdown), {
    link: (url) => {
      const [, target, lines] = /^((?![a-z][a-z0-9+.-]*:|#|\/|\\)[^#]+)(#L\d+(?:-L\d+)?)?$/i.exec(url) ?? [];
      return target === undefined ? null : `${encodePath(resolve(decodePath(target)))}${lines ?? ''}`;
    },
    image: (url) => url.startsWith(ownPicture),
  });
  if (note === null) return `${write(children)}\n`;
  const after = children.findIndex(({ type }) => type === 'heading') + 1;
  return `${write([...children.slice(0, after), quotation(paragraph(text(note))), ...children.slice(after)])}\n`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A lone percent sign is a character of the file's name.
    return path;
  }
}
