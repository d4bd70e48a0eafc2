/** What several markups of documentation comments share: code, HTML, links of Markdown, and where the tags begin. */

/** A name or an expression as code; ticks inside it would end it. */
export function ticked(code: string): string {
  const name = code.replaceAll('`', "'").replaceAll(/\s+/g, ' ').trim();
  return name === '' ? '' : `\`${name}\``;
}

/** The last part of a qualified name, as `~module.Name` asks for. */
export function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('#'), name.lastIndexOf(':')) + 1);
}

/** The text before the first line that opens with a tag of these signs. */
export function beforeTags(text: string, tag: RegExp): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => tag.test(line));
  return first < 0 ? text : lines.slice(0, first).join('\n');
}

/** HTML as the text it shows; `<code>` as code, `<p>` and lists as paragraphs and lines. Other pointed brackets stay. */
export function withoutHtml(text: string): string {
  return text
    .replaceAll(/<pre\b[^>]*>[^]*?<\/pre>/gi, '\n\n')
    .replaceAll(/<(code|tt|kbd|samp)\b[^>]*>([^]*?)<\/\1>/gi, (_whole, _tag, code: string) => ticked(entities(code)))
    .replaceAll(/<\/?(?:p|ul|ol|dl|div|h\d|table|tr|blockquote|br)\b[^>]*>/gi, '\n\n')
    .replaceAll(/<(?:li|dt|dd)\b[^>]*>/gi, '\n- ')
    .replaceAll(/<\/?(?:a|b|i|em|strong|span|u|li|dt|dd|td|th|sup|sub|small|img|var|cite|font)\b[^>]*>/gi, '')
    .replaceAll(/&(?:lt|gt|amp|quot|nbsp|#39|apos);/g, entities);
}

const signs: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&nbsp;': ' ',
  '&#39;': "'",
  '&apos;': "'",
};

function entities(text: string): string {
  return text.replaceAll(/&(?:lt|gt|amp|quot|nbsp|#39|apos);/g, (entity) => signs[entity] ?? entity);
}

/** Fenced code left out, links of Markdown as their text. */
export function withoutLinks(text: string): string {
  return (
    text
      // Tildes right under a line of text are a rule under a title, as reStructuredText has it.
      .replaceAll(/(?:^ *```|(?<!\S[ \t]*\n)^ *~~~)[^\n]*\n[^]*?(?:^ *(?:```|~~~)[`~]* *$|$(?![^]))/gm, '\n')
      .replaceAll(/!\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
      .replaceAll(/\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])/g, '$1')
  );
}
