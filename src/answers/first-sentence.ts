/** The first sentence of a documentation comment or of a paragraph, as it stands there, on one line. */

/** Longest sentence that is shown, in characters; a longer one ends at a word with an ellipsis. */
const longest = 240;
/** A full stop after these ends no sentence. */
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|resp|incl|no|fig|dr|mr|mrs|st|a\.k\.a)\.$/i;

/**
 * The first sentence of the first paragraph. Lines that only carry signs or tags (`@param`, `:param x:`, `====`) end it.
 * Returns an empty string when there is none.
 */
export function firstSentence(documentation: string): string {
  const lines: string[] = [];
  for (const line of documentation.split('\n')) {
    const text = line.trim();
    if (/^(?:@\w|:\w[\w ]*:|-{3,}|={3,}|\.\. |<\/?\w+>$|```|>>>)/.test(text)) {
      if (lines.length > 0 || /^[@:]/.test(text)) break;
      continue;
    }
    if (text === '') {
      if (lines.length > 0) break;
      continue;
    }
    lines.push(text);
  }
  const paragraph = lines.join(' ').replaceAll(/\s+/g, ' ');
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
