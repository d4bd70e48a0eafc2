/** An explanation as Markdown that is short enough for a comment thread and true by construction. */
import { type Sentence, counted, say } from '../../base/sentences.ts';
import type { Speaker } from '../../base/speaker.ts';
import type { SymbolDefinition } from '../../index/types.ts';
import {
  type Block,
  type Inline,
  attached,
  bullets,
  cite,
  code,
  fence,
  filled,
  joined,
  paragraph,
  quotation,
  strong,
} from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import { shortId } from '../../protocol/commit-id.ts';
import type { IndexCompleteness } from '../../protocol/answers.ts';
import { renderedDocumentation } from '../code/documentation/markup.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { place, qualifiedName } from '../code/file-text.ts';
import { firstParagraph, firstSentence } from '../code/first-sentence.ts';
import { type Certainty, certaintyWords } from '../code/relations.ts';
import { phrases } from '../../markdown/phrases.ts';
import type { Subject } from './subject.ts';

export interface ExplainedParts {
  /** The subject first, then what it uses, what uses it, and what a further question found; numbers count from 1. */
  readonly evidence: readonly Evidence[];
  readonly members: readonly SymbolDefinition[];
  readonly uses: readonly { readonly number: number; readonly how: Certainty }[];
  readonly moreUses: number;
  readonly ambiguous: readonly { readonly name: string; readonly definitions: number }[];
  readonly usages: readonly { readonly number: number; readonly line: number }[];
  readonly moreUsages: number;
  /** Lines that hold the name though nothing that uses it was recognised; null: not known, or there are uses. */
  readonly mentions: number | null;
  /** Other definitions with the subject's name: a use may mean one of them. */
  readonly namesakes: number;
  readonly related: readonly number[];
  /** Commits that changed it last. */
  readonly history: readonly number[];
  /** What is not known of them; null: nothing. */
  readonly historyGap: Sentence | null;
}

const mostMembers = 12;
const proseLanguages = new Set(['markdown', 'restructuredtext', 'plaintext', 'asciidoc', 'mdx']);
/** Lines of a range that are shown. */
const mostLines = 12;

export function renderExplanation(
  subject: Subject,
  parts: ExplainedParts,
  index: IndexCompleteness,
  speaker: Speaker,
): string {
  return write([
    ...head(subject, parts, speaker),
    ...members(subject, parts, speaker),
    ...uses(subject, parts, speaker),
    ...usages(subject, parts, index, speaker),
    ...related(parts, speaker),
    ...history(parts, speaker),
  ]);
}

/** What stands under a decoder's words about the code: the parts that are looked up and not written. */
export function renderNeighbours(
  subject: Subject,
  parts: ExplainedParts,
  index: IndexCompleteness,
  speaker: Speaker,
): string {
  return write([
    ...uses(subject, parts, speaker),
    ...usages(subject, parts, index, speaker),
    ...related(parts, speaker),
    ...history(parts, speaker),
  ]);
}

function head(subject: Subject, { evidence: [first] }: ExplainedParts, speaker: Speaker): Block[] {
  const { symbol, kind, file } = subject;
  if (kind === 'definition' && symbol) {
    const documentation = firstParagraph(renderedDocumentation(symbol.documentation, file.language));
    return [
      paragraph(
        strong(code(qualifiedName(symbol))),
        ` · ${kindOf(symbol, speaker)} · `,
        code(place(subject)),
        ' ',
        cite(1),
      ),
      ...(first?.declaration ? [attached(fence(first.declaration, file.language))] : []),
      ...(documentation === '' ? [] : [attached(quotation(paragraph(...phrases(documentation))))]),
    ];
  }
  if (kind === 'file')
    return [
      paragraph(
        strong(code(subject.path)),
        ` · ${speaker.say('{0} lines of {1}', String(file.lines.length), file.language)} `,
        cite(1),
      ),
    ];
  const within: Inline[] = symbol ? [' · ', ...filled(speaker.say('in {0}'), [code(qualifiedName(symbol))])] : [];
  const lines = (first?.text ?? '').split('\n');
  return [
    paragraph(strong(code(place(subject))), ...within, ' ', cite(1)),
    attached(fence(lines.slice(0, mostLines).join('\n'), file.language)),
  ];
}

/** A macro is indexed as the function that it is called like, but it is none. */
function kindOf({ kind, signature }: SymbolDefinition, speaker: Speaker): string {
  if (/^\s*(?:(?:pub\s+)?macro_rules!|#\s*define\b)/.test(signature)) return speaker.say('macro');
  switch (kind) {
    case 'function':
      return speaker.say('function');
    case 'method':
      return speaker.say('method');
    case 'type':
      return speaker.say('type');
    case 'module':
      return speaker.say('module');
    case 'constant':
      return speaker.say('constant');
    case 'variable':
      return speaker.say('variable');
    case 'field':
      return speaker.say('field');
  }
}

function members({ path, kind, symbol, file }: Subject, parts: ExplainedParts, speaker: Speaker): Block[] {
  if (parts.members.length === 0) return [];
  const title =
    kind === 'file' || symbol?.kind === 'type' || symbol?.kind === 'module'
      ? speaker.say('Members')
      : speaker.say('Defined in it');
  const lines = parts.members
    .slice(0, mostMembers)
    .map((member): Inline[] => [
      code(member.name),
      ` · ${kindOf(member, speaker)} · `,
      code(place({ path, ...member })),
      ...afterColon(firstSentence(renderedDocumentation(member.documentation, file.language))),
    ]);
  return section([strong(title)], [...lines, ...more(parts.members.length - lines.length, speaker)]);
}

function uses({ file }: Subject, parts: ExplainedParts, speaker: Speaker): Block[] {
  const isProse = proseLanguages.has(file.language);
  const told = (certain: boolean): Inline[][] =>
    parts.uses
      .filter(({ how }) => (how === 'by name alone') !== certain)
      .flatMap(({ number, how }) => {
        const one = parts.evidence[number - 1];
        if (!one?.symbol) return [];
        return [
          [
            code(qualifiedName(one.symbol)),
            ' · ',
            code(place(one)),
            `${certain && !isProse ? ` (${speaker.words(certaintyWords(how))})` : ''} `,
            cite(number),
            ...afterColon(firstSentence(one.documentation)),
          ],
        ];
      });
  const sure = told(true);
  // A word of a document is no call: that a method somewhere has the same name says nothing.
  const perhaps = isProse ? [] : told(false);
  const unsure = (isProse ? [] : parts.ambiguous)
    .slice(0, mostMembers)
    .map(({ name, definitions }): Inline[] =>
      filled(speaker.say('{0} ({1} definitions)'), [code(name)], [String(definitions)]),
    );
  const ambiguity: Inline[][] =
    unsure.length === 0 ? [] : [filled(speaker.say('One of several: {0}'), joined(unsure, ', '))];
  return [
    ...section(
      isProse
        ? [strong(speaker.say('Names')), ` ${speaker.say('(words that are definitions of the repository)')}`]
        : [strong(speaker.say('Uses'))],
      sure.length === 0 ? [] : [...sure, ...more(parts.moreUses, speaker)],
    ),
    ...section(
      [strong(speaker.say('Perhaps uses')), ` ${speaker.say('(only the name tells)')}`],
      [...perhaps, ...ambiguity],
    ),
  ];
}

function usages({ kind, symbol }: Subject, parts: ExplainedParts, index: IndexCompleteness, speaker: Speaker): Block[] {
  if (kind !== 'definition' || !symbol) return [];
  if (parts.usages.length === 0)
    return section([strong(speaker.say('Used by'))], [unused(symbol.name, parts.mentions, index, speaker)]);
  const lines = parts.usages.flatMap(({ number, line }): Inline[][] => {
    const one = parts.evidence[number - 1];
    if (!one) return [];
    return [[...nameOf(one), code(`${one.path}:${line}`), ' ', cite(number)]];
  });
  const namesakes =
    parts.namesakes > 0
      ? [
          [
            speaker.words(
              counted(
                parts.namesakes,
                say('{0} other definition has this name; a use by name alone may mean it.', parts.namesakes),
                say('{0} other definitions have this name; a use by name alone may mean one of them.', parts.namesakes),
              ),
            ),
          ],
        ]
      : [];
  return section(
    [strong(speaker.say('Used by')), ` ${speaker.say('(places where the name is used)')}`],
    [...lines, ...more(parts.moreUsages, speaker), ...namesakes],
  );
}

/** That nothing uses it is said only where the whole text of the index does not hold the name again. */
function unused(name: string, mentions: number | null, { indexed }: IndexCompleteness, speaker: Speaker): Inline[] {
  const gaps: Inline[] = [code(name)];
  if (mentions === null) return filled(speaker.say('Uses of the name {0} could not be looked up.'), gaps);
  if (mentions === 0)
    return filled(
      indexed === 1
        ? speaker.say('No other use of the name {0} in the {1} file that is indexed.')
        : speaker.say('No other use of the name {0} in the {1} files that are indexed.'),
      gaps,
      [speaker.words(indexed)],
    );
  return filled(
    mentions === 1
      ? speaker.say('No use of the name {0} was recognised; one other line holds it, perhaps in a comment or a string.')
      : speaker.say(
          'No use of the name {0} was recognised; {1} other lines hold it, perhaps in a comment or a string.',
        ),
    gaps,
    [String(mentions)],
  );
}

function related({ related: numbers, evidence }: ExplainedParts, speaker: Speaker): Block[] {
  const lines = numbers.flatMap((number): Inline[][] => {
    const one = evidence[number - 1];
    return one ? [[...nameOf(one), code(place(one)), ' ', cite(number)]] : [];
  });
  return section([strong(speaker.say('Found for the question'))], lines);
}

function history({ history: numbers, evidence }: ExplainedParts, speaker: Speaker): Block[] {
  const lines = numbers.flatMap((number): Inline[][] => {
    const { commit, text, path, startLine, endLine } = evidence[number - 1] ?? {};
    if (!commit || text === undefined || path === undefined) return [];
    const lines = place({ path, startLine: startLine ?? 1, endLine: endLine ?? 1 });
    const said = firstSentence(text.slice(commit.subject.length).trim());
    return [
      [
        ...[commit.subject, ' · ', code(shortId(commit.id)), ` · ${commit.date} · `, code(lines), ' ', cite(number)],
        ...afterColon(said),
      ],
    ];
  });
  return section([strong(speaker.say('Changed last by'))], lines);
}

/** A title with its list; nothing without items. */
function section(title: readonly Inline[], items: readonly (readonly Inline[])[]): Block[] {
  return items.length === 0 ? [] : [paragraph(...title), attached(bullets(items))];
}

function nameOf({ symbol }: Evidence): Inline[] {
  return symbol ? [code(qualifiedName(symbol)), ' · '] : [];
}

function afterColon(sentence: string): Inline[] {
  return sentence === '' ? [] : [': ', ...phrases(sentence)];
}

function more(count: number, speaker: Speaker): Inline[][] {
  return count > 0 ? [[speaker.say('and {0} more', count)]] : [];
}
