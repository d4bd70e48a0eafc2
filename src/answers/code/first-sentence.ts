/** The first sentence of a documentation comment or of a paragraph, as it stands there, on one line. */

/** Longest sentence that is shown, in characters; a longer one ends at a word with an ellipsis. */
const longest = 240;
/** A full stop after these ends no sentence. */
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|resp|incl|no|fig|dr|mr|mrs|st|a\.k\.a)\.$/i;

/**
 * The first paragraph on one line. Lines that only carry signs or tags (`@param`, `:param x:`, `====`) end it. Empty when there
 * is none.
 */
export function firstParagraph(documentation: string): string {
  const lines: string[] = [];
  for (const line of documentation.split('\n')) {
    const text = line.trim();
    // A line over a rule of signs is a title.
    if (/^([~=^#*"'+-])\1{2,}$/.test(text) && lines.length === 1) {
      lines.pop();
      continue;
    }
    const isMarkup = /^(?:@\w|:\w[\w ]*:|-{3,}|={3,}|~{3,}|\^{3,}|\.\. |<\/?\w+>$|```|>>>)/.test(text);
    if (text === '' || isMarkup) {
      // A tag in the first line means that there is no text; an empty line or a rule before the text means nothing.
      if (lines.length > 0 || /^[@:]/.test(text)) break;
      continue;
    }
    lines.push(text);
  }
  return lines.join(' ').replaceAll(/\s+/g, ' ');
}

/** The first sentence of the first paragraph; empty when there is none. */
export function firstSentence(documentation: string): string {
  const paragraph = firstParagraph(documentation);
  let sentence = paragraph;
  for (const match of paragraph.matchAll(/[.!?](?=\s|$)/g)) {
    const end = match.index + 1;
    if (abbreviation.test(paragraph.slice(0, end))) continue;
    sentence = paragraph.slice(0, end);
    break;
  }
  if (sentence.length <= longest) return sentence;
  const cut = sentence.lastIndexOf(' ', longest);
  return `${sentence.slice(0, cut > 0 ? cut : longest)}…`;
}
