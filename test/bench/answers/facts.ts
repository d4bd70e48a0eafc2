/**
 * Whether an answer says a fact: by spellings, without a judge. The same reading as `score_answers.py` of the benchmark that the rows'
 * format comes from, so that figures can be held beside each other.
 */

/** Markdown marks out, typographic quotes and dashes to ASCII, white space to one blank. */
export function normalText(text: string): string {
  return text
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"')
    .replaceAll(/[\u2011\u2013\u2014]/g, '-')
    .replaceAll(/`|\*\*/g, '')
    .replaceAll(/\s+/g, ' ');
}

/** What the answer itself says: without fenced code, block quotes and the mark behind an unsupported statement. */
export function ownWords(answer: string): string {
  return answer
    .replaceAll('[not supported by the sources]', ' ')
    .replaceAll(/^[ \t]*(```+|~~~+)[^]*?(?:^[ \t]*\1[ \t]*$|$(?![^]))/gm, ' ')
    .replaceAll(/^[ \t]*>.*$/gm, ' ');
}

const compiled = new Map<string, RegExp>();

function patternOf(spelling: string): RegExp {
  const known = compiled.get(spelling);
  if (known) return known;
  const made = spelling.startsWith('re:') ? new RegExp(spelling.slice(3), 'gi') : literal(spelling);
  compiled.set(spelling, made);
  return made;
}

/** The text as whole words, its blanks as any white space. */
function literal(spelling: string): RegExp {
  const text = spelling.replaceAll('`', '').replaceAll(/\s+/g, ' ');
  const body = text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`).replaceAll(' ', String.raw`\s+`);
  const left = /^\w/.test(text) ? '(?<![A-Za-z0-9_])' : '';
  const right = /\w$/.test(text) ? '(?![A-Za-z0-9_])' : '';
  return new RegExp(left + body + right, 'gi');
}

/** Whether any of the spellings is in the text. */
export function holds(text: string, spellings: readonly string[]): boolean {
  return spellings.some((spelling) => {
    const pattern = patternOf(spelling);
    pattern.lastIndex = 0;
    return pattern.test(text);
  });
}

/** All that the regular expression matches. */
export function matchesOf(text: string, pattern: string): string[] {
  return [...text.matchAll(patternOf(`re:${pattern}`))].map(([match]) => match);
}

// "It is not there", in a fixed set of ways.
const which = String.raw`(?:this |the |that |given |provided |shown |these |those |any |of |available |retrieved )*`;
const whole = String.raw`(?:repositor(?:y|ies)|repo|code ?base|code|project|package|library|framework|module|sources?|source code|evidence|excerpts?|context|files?|snippets?|text|documents?|documentation|server|client|application)`;
const shown = String.raw`(?: (?:shown|given|provided|above|here|available|itself|currently|i was given|you provided|that was read))*`;
const verbs = String.raw`(?:contain|include|implement|provide|support|have|mention|show|define|describe|offer|cover|reference|specify|explain|indicate|expose|export|discuss|address|say|ship|come)`;
const hasNone =
  String.raw`(?:do(?:es)?(?: not|n't)(?: \w+ly| directly| seem to| appear to)? ` +
  verbs +
  String.raw`|(?:has|have|contains?|provides?|includes?|shows?|offers?|implements?|supports?|defines?) (?:no|neither)\b|(?:lacks?)\b)`;
const absences = [
  String.raw`\b(?:i|we) (?:could|can|did|do)(?: not|n't|not) (?:see|find|locate|determine|identify|know)\b`,
  String.raw`\b(?:could not|couldn't|cannot|can't|can not|was not|were not|is not|are not|isn't|aren't) (?:be )?(?:found|located|determined|identified|answered) (?:anywhere\b|(?:in|within|from|by|with) ${which}${whole}\b)`,
  String.raw`\bunable to (?:find|locate|determine|identify|answer)\b`,
  String.raw`\bno (?:mention|evidence|trace|sign|indication|information|implementation|reference|references|built-in support|support|code|matching code|such \w+) (?:of|for|about|on|to|that|in|was|were|is|exists?)\b`,
  String.raw`\bthere (?:is|are|was|were|seems to be|appears to be) (?:currently )?(?:no|not any|nothing|none)\b.{0,80}?\b(?:in|within|anywhere in|by)\b ${which}${whole}\b`,
  String.raw`\bthere(?: is|'s| are) no (?:built-in|such|support|implementation|mechanism|middleware|handler|\w+ (?:support|protection|middleware|handler|check|limit\w*|breaker|export))\b`,
  String.raw`\b${which}${whole}${shown} ${hasNone}`,
  String.raw`\b(?:is|are|was|were)(?: not|n't) (?:\w+ )?(?:present|implemented|mentioned|available|supported|included|provided|covered|shown|described|part|defined)\b.{0,40}?\b(?:in|by|within|of)\b ${which}${whole}`,
  String.raw`\bnot (?:present|found|implemented|mentioned|available|supported|included|provided) (?:anywhere\b|(?:in|by|within) ${which}${whole}\b)`,
  String.raw`^\W*(?:nowhere\b|it does not\b|they are not\b|it is not:|not in this\b|no[,.:] (?:there|this|it)\b|nothing\b)`,
  String.raw`\bnothing (?:in|about|here|that|reads|suitable|relevant|matching)\b.{0,40}\b(?:${whole}|this|found|matches)\b`,
].map((pattern) => new RegExp(pattern, 'i'));

/** Whether the answer says in its own words that what was asked for is not there. */
export function saysAbsent(answer: string, repo: string): boolean {
  const text = normalText(ownWords(answer));
  return (
    absences.some((pattern) => pattern.test(text)) ||
    new RegExp(String.raw`\b${repo}${shown} ${hasNone}`, 'i').test(text)
  );
}
