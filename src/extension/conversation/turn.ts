/** One question's turn as the page shows it, built step by step from the engine's events. Knows nothing of VS Code. */
import type { UserError } from '../../base/errors.ts';
import type { Speaker } from '../../base/speaker.ts';
import type { Answer, AnswerEvent, Citation, CommitPlace, Source } from '../../protocol/answers.ts';
import type {
  AttachmentView,
  CommitView,
  OutcomeView,
  ScopeView,
  SourceView,
  TurnView,
} from '../../protocol/webview.ts';

/** Nearest places shown when nothing was found. */
export const candidateCount = 5;

export function newTurn(
  id: string,
  question: string,
  { scope = [], attached = [] }: { scope?: readonly ScopeView[]; attached?: readonly AttachmentView[] } = {},
): TurnView {
  return {
    id,
    question,
    phase: 'waiting',
    status: null,
    sources: [],
    text: '',
    thoughts: '',
    fullAnswer: '',
    citations: [],
    outcome: null,
    error: null,
    interrupted: false,
    candidates: [],
    pinned: [],
    dropped: [],
    scope: [...scope],
    attached: [...attached],
  };
}

export function isRunning(turn: TurnView): boolean {
  return turn.phase !== 'done' && turn.phase !== 'stopped' && turn.phase !== 'failed';
}

/**
 * The turn after one event; text is not handled here, for it travels by itself.
 * @param repository root of the repository that is meant where an event names none
 */
export function applyEvent(
  turn: TurnView,
  event: Exclude<AnswerEvent, { type: 'token' }>,
  speaker: Speaker,
  repository: string | null = null,
): TurnView {
  switch (event.type) {
    case 'status':
      return {
        ...turn,
        phase: event.phase,
        status: { message: speaker.words(event.message), done: event.done ?? null, total: event.total ?? null },
      };
    case 'source':
      return { ...turn, sources: upsert(turn.sources, toSourceView(event.source, speaker, repository)) };
    case 'thought':
      return { ...turn, thoughts: turn.thoughts + event.text };
    case 'citation':
      return { ...turn, citations: upsert(turn.citations, toCitationView(event.citation, repository)) };
    case 'done':
      return finish(turn, event.answer, speaker, repository);
  }
}

/** The turn with its answer, whose lists win over what was streamed. */
export function finish(turn: TurnView, answer: Answer, speaker: Speaker, repository: string | null = null): TurnView {
  const sources = answer.sources.map((source) => toSourceView(source, speaker, repository));
  // Sources that nothing cites, and no words either: they are what comes nearest, not evidence.
  const nothing = answer.form === 'evidence' && answer.citations.length === 0 && !answer.stopped;
  return {
    ...turn,
    phase: answer.stopped ? 'stopped' : 'done',
    status: null,
    sources: nothing ? [] : sources,
    candidates: nothing
      ? sources.slice(0, candidateCount).map(({ symbol, path, startLine, ...source }) => ({
          label: symbol ?? path,
          repository: source.repository,
          path,
          line: startLine,
        }))
      : [],
    text: shownText(turn, answer),
    thoughts: answer.thoughts ?? turn.thoughts,
    fullAnswer: wordsOf(answer),
    citations: answer.citations.map((citation) => toCitationView(citation, repository)),
    outcome: toOutcome(answer, speaker),
  };
}

/** Prose and a computed list are the answer's, with its marks; what a quoting decoder picked has been streamed, and the rest is in the cards. */
function shownText({ text }: TurnView, answer: Answer): string {
  if (answer.form === 'list') return answer.answer;
  if (answer.form !== 'prose') return text;
  // A continued answer that was stopped early says less than what already stands.
  const words = wordsOf(answer);
  return answer.stopped && text.startsWith(words) ? text : words;
}

/** What the answer says without the places under its prose. */
function wordsOf({ form, answer, written = answer }: Answer): string {
  return form === 'prose' ? written : answer;
}

/** The turn when the engine failed or died; what came until then stays. */
export function failTurn(turn: TurnView, error: UserError, speaker: Speaker): TurnView {
  return {
    ...turn,
    phase: 'failed',
    status: null,
    error: speaker.error(error),
    interrupted: error.code === 'LS7001',
  };
}

/** The turn when it was stopped before an answer came back. */
export function stopTurn(turn: TurnView): TurnView {
  return { ...turn, phase: 'stopped', status: null };
}

function toCitationView(citation: Citation, repository: string | null): TurnView['citations'][number] {
  const { id, number, path, startLine, endLine, status } = citation;
  return { id, number, path, startLine, endLine, status, repository: citation.repository ?? repository };
}

function toSourceView(source: Source, speaker: Speaker, repository: string | null): SourceView {
  const { id, path, startLine, endLine, text, tokens, used, reason } = source;
  return {
    id,
    repository: source.repository ?? repository,
    path,
    startLine,
    endLine,
    symbol: source.symbol ?? null,
    signature: source.signature?.trim() ?? null,
    documentation: firstSentence(source.documentation ?? ''),
    ...(source.commit && { commit: toCommitView(source.commit) }),
    text,
    ...(source.excerpt !== undefined && { excerpt: withoutIndent(source.excerpt) }),
    tokens,
    used,
    reason: speaker.words(reason),
  };
}

function toCommitView({ id, date, subject, path, before }: CommitPlace): CommitView {
  return { id, date, subject, path, before };
}

/** Lines without the white space that all of them begin with: a card is narrow. */
function withoutIndent(text: string): string {
  const lines = text.replaceAll('\t', '  ').split('\n');
  const widths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const least = Math.min(...widths);
  return lines.map((line) => line.slice(Number.isFinite(least) ? least : 0)).join('\n');
}

/** The first sentence of a documentation comment on one line, or null when there is none. */
export function firstSentence(documentation: string): string | null {
  const paragraph =
    documentation
      .trim()
      .split(/\n\s*\n/)[0]
      ?.replace(/\s+/g, ' ') ?? '';
  const end = /[.!?](?=\s|$)/.exec(paragraph);
  const sentence = end ? paragraph.slice(0, end.index + 1) : paragraph;
  return sentence === '' ? null : sentence;
}

function toOutcome(answer: Answer, speaker: Speaker): OutcomeView {
  const { form, notice, budget, coverage, index, model, provider, server, timings, outboundRequests } = answer;
  return {
    form,
    notice: notice && speaker.words(notice),
    unsupported: answer.unsupported.map(({ start, end }) => ({ start, end })),
    budget: { ...budget },
    coverage: {
      ...coverage,
      skipped: coverage.skipped.map(({ path, reason }) => ({ path, reason: speaker.words(reason) })),
    },
    index: { ...index },
    model,
    provider,
    ...(server && { server: { host: server.host, isLoopback: server.isLoopback } }),
    retrieveMs: timings.retrieveMs,
    firstTokenMs: timings.firstTokenMs,
    totalMs: timings.totalMs,
    decodeTokensPerSecond: timings.decodeTokensPerSecond,
    outboundRequests,
  };
}

function upsert<T extends { readonly id: string }>(items: readonly T[], item: T): T[] {
  const at = items.findIndex(({ id }) => id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}
