/** XML documentation of C#, F# and Visual Basic: the summary, with references as names. */
import { ticked, withoutHtml } from './marks.ts';

export function fromCSharp(documentation: string): string {
  return withoutHtml(
    documentation
      .replaceAll(
        /<(?:param|typeparam|exception|returns|value|example|seealso|permission)\b[^>]*>[^]*?<\/(?:param|typeparam|exception|returns|value|example|seealso|permission)>/g,
        '',
      )
      .replaceAll(/<(?:see|seealso)\s+(?:cref|href|langword)\s*=\s*["']([^"']*)["']\s*\/>/g, (_whole, target: string) =>
        ticked(nameOf(target)),
      )
      .replaceAll(/<(?:see|seealso)\s[^>]*>([^<]*)<\/(?:see|seealso)>/g, '$1')
      .replaceAll(/<(?:paramref|typeparamref)\s+name\s*=\s*["']([^"']*)["']\s*\/>/g, (_whole, name: string) =>
        ticked(name),
      )
      .replaceAll(/<c>([^<]*)<\/c>/g, '<code>$1</code>')
      .replaceAll(/<code>[^<]*\n[^<]*<\/code>/g, '')
      .replaceAll(/<\/?(?:summary|remarks|inheritdoc|list|listheader|item|term|description)\b[^>]*>/g, '\n')
      .replaceAll(/<\/?para\s*\/?>/g, '\n\n'),
  );
}

/** `M:Space.Type.Method(System.Int32)` as `Space.Type.Method`; an address stays. */
function nameOf(target: string): string {
  return target.includes('://')
    ? target
    : target
        .replace(/^[A-Z]:/, '')
        .replace(/\(.*$/, '')
        .replaceAll(/[{}]/g, (sign) => (sign === '{' ? '<' : '>'));
}
