/** JSDoc, TSDoc and PHPDoc: Markdown with inline tags in braces, block tags behind the text. */
import { beforeTags, ticked, withoutHtml, withoutLinks } from './marks.ts';

export function fromJsdoc(documentation: string): string {
  // A comment may give its text by a tag of its own.
  const opened = documentation.replace(
    /^\s*@(?:description|desc|summary|remarks|fileoverview|file|module|class)\b[ \t]*/,
    '',
  );
  const text = beforeTags(opened, /^\s*@[a-z]/i);
  return withoutHtml(
    withoutLinks(
      text
        .replaceAll(/\[([^\]\n]+)\]\{@link\s+[^{}]*\}/g, '$1')
        .replaceAll(
          /\{@(?:link(?:code|plain)?|see)\s+([^\s{}|]+)(?:\s*\|\s*|\s+)?([^{}]*)\}/g,
          (_whole, target: string, label: string) =>
            label.trim() === '' ? (target.includes('://') ? target : ticked(target)) : label.trim(),
        )
        .replaceAll(/\{@(?:code|literal)\s+([^{}]*)\}/g, (_whole, code: string) => ticked(code))
        .replaceAll(/\{@inheritDoc\}/gi, ''),
    ),
  );
}
