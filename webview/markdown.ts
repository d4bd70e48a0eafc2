/** An answer's Markdown as a list of HTML blocks: `[n]` becomes a chip, what nothing supports is marked, no link leads out. */
import MarkdownIt from 'markdown-it';
import { highlighted } from './highlight.ts';

export interface Chip {
  /** The number the chip shows: the rank of its card. */
  readonly label: string;
  /** What a screen reader says. */
  readonly name: string;
  /** A word on a citation that is not as it was read; null when it is. */
  readonly warning: string | null;
}

export interface MarkdownContext {
  /** By the number in the text. */
  readonly chips: ReadonlyMap<number, Chip>;
  readonly unsupported: readonly { readonly start: number; readonly end: number }[];
  readonly unsupportedTitle: string;
  /** What `[?]` behind a sentence means. */
  readonly uncheckedTitle: string;
}

// Private-use characters carry the marks through the parser; any that stand in the text are taken out first.
const open = '\uE000';
const close = '\uE001';

const parser = new MarkdownIt({
  ...{ html: false, linkify: false, breaks: false, typographer: false },
  // An empty result is escaped and shown plain; so is code with marks in it, which may begin in one token and end in another.
  highlight: (code, language) => (/[\uE000\uE001]/.test(code) ? '' : (highlighted(code, language) ?? '')),
});
parser.disable('image');
// Nothing in an answer may lead out of the page: sources are reached by chips, which are buttons.
parser.validateLink = () => false;
parser.inline.ruler.before('link', 'citation', (state, silent) => {
  const match = /^\[(\d{1,4})\]/.exec(state.src.slice(state.pos, state.pos + 7));
  const chips = (state.env as { chips?: ReadonlyMap<number, Chip> }).chips;
  const chip = match && chips?.get(Number(match[1]));
  if (!match || !chip) return false;
  if (!silent) {
    const token = state.push('citation', '', 0);
    token.content = match[1] ?? '';
    token.meta = { chip };
  }
  state.pos += match[0].length;
  return true;
});
parser.inline.ruler.before('link', 'unchecked', (state, silent) => {
  if (!state.src.startsWith('[?]', state.pos)) return false;
  if (!silent) state.push('unchecked', '', 0).meta = state.env;
  state.pos += 3;
  return true;
});
parser.renderer.rules['unchecked'] = (tokens, at) => {
  const { uncheckedTitle = '' } = (tokens[at]?.meta ?? {}) as { uncheckedTitle?: string };
  const title = parser.utils.escapeHtml(uncheckedTitle);
  return `<span class="unchecked" role="note" title="${title}" aria-label="${title}">?</span>`;
};
parser.renderer.rules['citation'] = (tokens, at) => {
  const token = tokens[at];
  const { chip } = (token?.meta ?? {}) as { chip?: Chip };
  if (!token || !chip) return '';
  const { escapeHtml } = parser.utils;
  const name = chip.warning === null ? chip.name : `${chip.name}, ${chip.warning}`;
  const style = chip.warning === null ? 'chip' : 'chip warning';
  return `<button type="button" class="${style}" data-cite="${escapeHtml(token.content)}" title="${escapeHtml(name)}" aria-label="${escapeHtml(name)}">${escapeHtml(chip.label)}</button>`;
};
// One level of headings: the turn's question is the level above, and a skipped level confuses a screen reader.
for (const rule of ['heading_open', 'heading_close'] as const) {
  parser.renderer.rules[rule] = () => (rule === 'heading_open' ? '<h3>' : '</h3>');
}

/** @returns one HTML string a top-level block, in order */
export function renderBlocks(markdown: string, context: MarkdownContext): string[] {
  const env = { chips: context.chips, uncheckedTitle: context.uncheckedTitle };
  const tokens = parser.parse(markUnsupported(markdown, context.unsupported), env);
  const blocks: string[] = [];
  let start = 0;
  tokens.forEach((token, i) => {
    if (token.level === 0 && token.nesting <= 0) {
      const html = parser.renderer.render(tokens.slice(start, i + 1), parser.options, env);
      blocks.push(showMarks(html, parser.utils.escapeHtml(context.unsupportedTitle)));
      start = i + 1;
    }
  });
  return blocks;
}

/** Puts marks around each span, line by line, so that none crosses the edge of a block. */
function markUnsupported(markdown: string, spans: MarkdownContext['unsupported']): string {
  if (spans.length === 0) return markdown.replace(/[\uE000\uE001]/g, '');
  let out = '';
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const from = Math.max(start, at);
    if (end <= from) continue;
    out += markdown.slice(at, from).replace(/[\uE000\uE001]/g, '');
    const inside = markdown.slice(from, end).replace(/[\uE000\uE001]/g, '');
    out += inside.replace(/[^\n]+/g, (line) => {
      const [, before = '', words = ''] = /^(\s*(?:[-*+>]\s+|#{1,6}\s+|\d+[.)]\s+)*)(.*)$/.exec(line) ?? [];
      return words === '' ? line : `${before}${open}${words}${close}`;
    });
    at = end;
  }
  return out + markdown.slice(at).replace(/[\uE000\uE001]/g, '');
}

function showMarks(html: string, title: string): string {
  return html
    .replaceAll(open, `<mark class="unsupported" title="${title}">`)
    .replaceAll(close, `<span class="unsupported-note"> [${title}]</span></mark>`);
}
