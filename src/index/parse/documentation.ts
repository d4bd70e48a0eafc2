/** Comments as documentation: takes off the comment signs of every language we know, and keeps the words and the lines. */

const longest = 4000;

/** The words of a comment or docstring, comment signs and common indentation removed; at most 4,000 characters. */
export function cleanComment(raw: string): string {
  let text = raw
    .slice(0, longest * 2)
    .replaceAll('\r', '')
    .trim();
  const quoted = /^[rRbBuUfF]{0,2}("""|'''|"|')/.exec(text);
  if (quoted) {
    const quotes = quoted[1] ?? '';
    text = text.slice(quoted[0].length);
    if (text.endsWith(quotes)) text = text.slice(0, -quotes.length);
    return dedent(text);
  }
  const isBlock = /^(?:\/\*|<!--|<#|=begin\b)/.test(text);
  text = text.replace(/^(?:\/\*+!?<?|<!--|<#|=begin)/, '').replace(/(?:\*+\/|-->|#>|=end)$/, '');
  const lines = text
    .split('\n')
    .map((line, i) =>
      isBlock
        ? i === 0
          ? line
          : line.replace(/^\s*\*(?!\*)(?: |$)?/, '')
        : line.replace(/^\s*(?:\/\/[/!]?<?|#+|--+|;+|%+|')(?: |$)?/, ''),
    );
  // C#'s documentation is XML; its frame says nothing.
  return dedent(lines.join('\n').replace(/<\/?(?:summary|remarks|para|returns|value|example)>/g, ''));
}

function dedent(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  let indent = Infinity;
  for (const line of lines.slice(1)) if (line !== '') indent = Math.min(indent, line.length - line.trimStart().length);
  if (!Number.isFinite(indent)) indent = 0;
  const body = lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(indent))).join('\n');
  const trimmed = body.replace(/^\n+|\n+$/g, '');
  return trimmed.length > longest ? trimmed.slice(0, longest) : trimmed;
}
