/** One question's turn as the page shows it, built step by step from the engine's events. Knows nothing of VS Code. */
import type { UserError } from '../base/errors.ts';
import type { Answer, AnswerEvent, Source } from '../protocol/answers.ts';
import type { OutcomeView, SourceView, TurnView } from '../protocol/webview.ts';

/** Nearest places shown when nothing was found. */
export const candidateCount = 5;

export function newTurn(id: string, question: string, scope: readonly string[]): TurnView {
  return {
    id,
    question,
    phase: 'waiting',
    status: null,
    sources: [],
    text: '',
    fullAnswer: '',
    citations: [],
    outcome: null,
    error: null,
    interrupted: false,
    candidates: [],
    pinned: [],
    dropped: [],
    scope: [...scope],
  };
}

export function isRunning(turn: TurnView): boolean {
  return turn.phase !== 'done' && turn.phase !== 'stopped' && turn.phase !== 'failed';
}

/** The turn after one event; text is not handled here, for it travels by itself. */
export function applyEvent(turn: TurnView, event: Exclude<AnswerEvent, { type: 'token' }>): TurnView {
  switch (event.type) {
    case 'status':
      return {
        ...turn,
        phase: event.phase,
        status: { message: event.message, done: event.done ?? null, total: event.total ?? null },
      };
    case 'source':
      return { ...turn, sources: upsert(turn.sources, toSourceView(event.source)) };
    case 'citation':
      return { ...turn, citations: upsert(turn.citations, { ...event.citation }) };
    case 'done':
      return finish(turn, event.answer);
  }
}

/** The turn with its answer, whose lists win over what was streamed. */
export function finish(turn: TurnView, answer: Answer): TurnView {
  const sources = answer.sources.map(toSourceView);
  // Sources that nothing cites, and no words either: they are what comes nearest, not evidence.
  const nothing = answer.form === 'evidence' && answer.citations.length === 0 && !answer.stopped;
  return {
    ...turn,
    phase: answer.stopped ? 'stopped' : 'done',
    status: null,
    sources: nothing ? [] : sources,
    candidates: nothing
      ? sources
          .slice(0, candidateCount)
          .map(({ symbol, path, startLine }) => ({ label: symbol ?? path, path, line: startLine }))
      : [],
    text: shownText(turn, answer),
    fullAnswer: answer.answer,
    citations: answer.citations.map((citation) => ({ ...citation })),
    outcome: toOutcome(answer),
  };
}

/** Prose is the answer's, with its marks; what a quoting decoder picked has been streamed, and the rest stands in the cards. */
function shownText({ text }: TurnView, { form, answer, stopped }: Answer): string {
  if (form !== 'prose') return text;
  // A continued answer that was stopped early says less than what already stands.
  return stopped && text.startsWith(answer) ? text : answer;
}

/** The turn when the engine failed or died; what came until then stays. */
export function failTurn(turn: TurnView, { code, message, hint }: UserError): TurnView {
  return { ...turn, phase: 'failed', status: null, error: { code, message, hint }, interrupted: code === 'LS7001' };
}

/** The turn when it was stopped before an answer came back. */
export function stopTurn(turn: TurnView): TurnView {
  return { ...turn, phase: 'stopped', status: null };
}

function toSourceView(source: Source): SourceView {
  const { id, path, startLine, endLine, text, tokens, used, reason } = source;
  return {
    id,
    path,
    startLine,
    endLine,
    symbol: source.symbol ?? null,
    signature: source.signature?.trim() ?? null,
    documentation: firstSentence(source.documentation ?? ''),
    text,
    tokens,
    used,
    reason,
  };
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

function toOutcome(answer: Answer): OutcomeView {
  const { form, notice, budget, coverage, index, model, provider, server, timings, outboundRequests } = answer;
  return {
    form,
    notice,
    unsupported: answer.unsupported.map(({ start, end }) => ({ start, end })),
    budget: { ...budget },
    coverage: { ...coverage, skipped: coverage.skipped.map((s) => ({ ...s })) },
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
