/**
 * Text from anywhere, made safe for a terminal: what would steer it is shown instead of obeyed. A terminal obeys control
 * characters (C0, DEL, C1, and the sequences that begin with them); bidirectional overrides make text read as other text.
 */

/** C0 but tab and line feed, DEL, C1, bidirectional marks, embeddings, overrides and isolates, line and paragraph separator. */
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Shows every character that steers; line feeds and tabs stay. A carriage return before a line feed goes. */
export function visible(text: string): string {
  return text.replaceAll(/\r(?=\n|$)/g, '').replaceAll(steering, shown);
}

/** As {@link visible}, for what must stay on its line, such as a name or a path: line feeds and tabs are shown too. */
export function visibleInline(text: string): string {
  return text.replaceAll(steering, shown).replaceAll(/[\t\n]/g, shown);
}

/** JSON in which every character that steers is escaped; what {@link JSON.parse} makes of it is the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(steering, escaped);
}

/** A control character as its picture (␛), others by their number. */
function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : escaped(character);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
