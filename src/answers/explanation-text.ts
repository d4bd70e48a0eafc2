/** An explanation as Markdown that is short enough for a comment thread and true by construction. */
import type { SymbolDefinition } from '../index/types.ts';
import type { IndexCompleteness } from '../protocol/answers.ts';
import type { Evidence } from './evidence.ts';
import { escapeMarkdown, fence, quote } from './evidence-text.ts';
import { place, qualifiedName } from './file-text.ts';
import { firstParagraph, firstSentence } from './first-sentence.ts';
import type { Subject } from './subject.ts';

export interface ExplainedParts {
  /** The subject first, then what it uses, what uses it, and what a further question found; numbers count from 1. */
  readonly evidence: readonly Evidence[];
  readonly members: readonly SymbolDefinition[];
  readonly uses: readonly { readonly number: number; readonly how: string }[];
  readonly moreUses: number;
  readonly ambiguous: readonly { readonly name: string; readonly definitions: number }[];
  readonly usages: readonly { readonly number: number; readonly line: number }[];
  readonly moreUsages: number;
  /** Other definitions with the subject's name: a use may mean one of them. */
  readonly namesakes: number;
  readonly related: readonly number[];
}

const mostMembers = 12;
const proseLanguages = new Set(['markdown', 'restructuredtext', 'plaintext', 'asciidoc', 'mdx']);
/** Lines of a range that are shown. */
const mostLines = 12;

export function renderExplanation(subject: Subject, parts: ExplainedParts, index: IndexCompleteness): string {
  return [
    head(subject, parts),
    members(subject, parts),
    uses(subject, parts),
    usages(subject, parts, index),
    related(parts),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function head(subject: Subject, { evidence: [first] }: ExplainedParts): string {
  const { symbol, kind, file } = subject;
  if (kind === 'definition' && symbol) {
    const declaration = first?.declaration ? [fence(first.declaration, file.language)] : [];
    const paragraph = firstParagraph(symbol.documentation);
    return [
      `**\`${qualifiedName(symbol)}\`** · ${kindOf(symbol)} · \`${place(subject)}\` [1]`,
      ...declaration,
      ...(paragraph === '' ? [] : [quote(paragraph)]),
    ].join('\n');
  }
  if (kind === 'file') return `**\`${subject.path}\`** · ${file.lines.length} lines of ${file.language} [1]`;
  const within = symbol ? ` · in \`${qualifiedName(symbol)}\`` : '';
  const lines = (first?.text ?? '').split('\n');
  const shown = fence(lines.slice(0, mostLines).join('\n'), file.language);
  return `**\`${place(subject)}\`**${within} [1]\n${shown}`;
}

/** A macro is indexed as the function that it is called like, but it is none. */
function kindOf({ kind, signature }: SymbolDefinition): string {
  return /^\s*(?:(?:pub\s+)?macro_rules!|#\s*define\b)/.test(signature) ? 'macro' : kind;
}

function members({ path, kind, symbol }: Subject, parts: ExplainedParts): string {
  if (parts.members.length === 0) return '';
  const title = kind === 'file' || symbol?.kind === 'type' || symbol?.kind === 'module' ? 'Members' : 'Defined in it';
  const lines = parts.members.slice(0, mostMembers).map((member) => {
    const sentence = firstSentence(member.documentation);
    return `- \`${member.name}\` · ${kindOf(member)} · \`${place({ path, ...member })}\`${sentence === '' ? '' : `: ${escapeMarkdown(sentence)}`}`;
  });
  return [`**${title}**`, ...lines, ...more(parts.members.length - lines.length)].join('\n');
}

function uses({ file }: Subject, parts: ExplainedParts): string {
  const isProse = proseLanguages.has(file.language);
  const told = (certain: boolean): string[] =>
    parts.uses
      .filter(({ how }) => (how === 'by name alone') !== certain)
      .flatMap(({ number, how }) => {
        const one = parts.evidence[number - 1];
        if (!one?.symbol) return [];
        const sentence = firstSentence(one.documentation);
        const reason = certain ? ` (${how})` : '';
        return [
          `- \`${qualifiedName(one.symbol)}\` · \`${place(one)}\`${isProse ? '' : reason} [${number}]${sentence === '' ? '' : `: ${escapeMarkdown(sentence)}`}`,
        ];
      });
  const sure = told(true);
  // A word of a document is no call: that a method somewhere has the same name says nothing.
  const perhaps = isProse ? [] : told(false);
  const unsure = (isProse ? [] : parts.ambiguous).map(
    ({ name, definitions }) => `\`${name}\` (${definitions} definitions)`,
  );
  const ambiguity = unsure.length === 0 ? [] : [`- One of several: ${unsure.slice(0, mostMembers).join(', ')}`];
  const certain =
    sure.length === 0
      ? []
      : [
          isProse ? '**Names** (words that are definitions of the repository)' : '**Uses**',
          ...sure,
          ...more(parts.moreUses),
        ];
  const uncertain =
    perhaps.length + ambiguity.length === 0 ? [] : ['**Perhaps uses** (only the name tells)', ...perhaps, ...ambiguity];
  return [certain, uncertain]
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
}

function usages({ kind, symbol }: Subject, parts: ExplainedParts, index: IndexCompleteness): string {
  if (kind !== 'definition' || !symbol) return '';
  if (parts.usages.length === 0)
    return `**Used by**\n- No other use of the name \`${symbol.name}\` in the ${index.indexed.toLocaleString('en')} files that are indexed.`;
  const lines = parts.usages.flatMap(({ number, line }) => {
    const one = parts.evidence[number - 1];
    if (!one) return [];
    const within = one.symbol ? `\`${qualifiedName(one.symbol)}\` · ` : '';
    return [`- ${within}\`${one.path}:${line}\` [${number}]`];
  });
  const namesakes =
    parts.namesakes > 0
      ? [
          `- ${parts.namesakes} other ${parts.namesakes === 1 ? 'definition has' : 'definitions have'} this name; a use by name alone may mean ${parts.namesakes === 1 ? 'it' : 'one of them'}.`,
        ]
      : [];
  return ['**Used by** (places where the name stands)', ...lines, ...more(parts.moreUsages), ...namesakes].join('\n');
}

function related({ related: numbers, evidence }: ExplainedParts): string {
  const lines = numbers.flatMap((number) => {
    const one = evidence[number - 1];
    return one ? [`- ${one.symbol ? `\`${qualifiedName(one.symbol)}\` · ` : ''}\`${place(one)}\` [${number}]`] : [];
  });
  return lines.length === 0 ? '' : ['**Found for the question**', ...lines].join('\n');
}

function more(count: number): string[] {
  return count > 0 ? [`- and ${count} more`] : [];
}
