/** Javadoc, and KDoc and Scaladoc, which are written alike: inline tags in braces, HTML, block tags behind the text. */
import { beforeTags, ticked, withoutHtml } from './marks.ts';

export function fromJavadoc(documentation: string): string {
  const text = beforeTags(documentation, /^\s*@[a-z]/i);
  return withoutHtml(
    text
      .replaceAll(/<pre\b[^>]*>[^]*?<\/pre>/gi, '\n\n')
      .replaceAll(/\{@(?:code|literal|value|systemProperty)\s*([^{}]*)\}/g, (_whole, code: string) => ticked(code))
      .replaceAll(/\{@link(?:plain)?\s+([^\s{}]+)\s*([^{}]*)\}/g, (_whole, target: string, label: string) =>
        label.trim() === '' ? ticked(nameOf(target)) : label.trim(),
      )
      .replaceAll(/\{@(?:inheritDoc|docRoot)\}/g, '')
      // KDoc names what it means between brackets, Scaladoc between two.
      .replaceAll(/\[\[?([\p{L}_][\w.#]*)\]\]?(?!\()/gu, (_whole, name: string) => ticked(name)),
  );
}

/** `Type#method(int)` as it is called: `Type.method`. */
function nameOf(target: string): string {
  return target.replace(/\(.*$/, '').replace(/^#/, '').replace('#', '.');
}
