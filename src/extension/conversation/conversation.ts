/**
 * The sidebar's conversation: asks the engine, keeps the turns, tells the page what changed, and is there after a reload. A new
 * one leaves those before in the store, where they can be opened again. Knows nothing of VS Code.
 */
import { randomUUID } from 'node:crypto';
import { Emitter } from '../../base/emitter.ts';
import { isCancelled, raceCancellation } from '../../base/cancellation.ts';
import { toUserError } from '../../base/errors.ts';
import type { Speaker } from '../../base/speaker.ts';
import type { Answer, AnswerEvent, AskRequest, Attachment } from '../../protocol/answers.ts';
import type { Effort } from '../../protocol/effort.ts';
import type { UnsupportedSentences } from '../../protocol/unsupported.ts';
import type { EngineApi } from '../../protocol/engine.ts';
import type { AttachmentView, ScopeView, ToPage, TurnView } from '../../protocol/webview.ts';
import { turnOf } from '../../protocol/turn.ts';
import { carriedPins, followedPins, pinnedPlaces } from './pins.ts';
import type { Session, SessionEntry, Sessions } from './session-store.ts';
import { TextStream } from './text-stream.ts';
import { applyEvent, candidateCount, failTurn, finish, isRunning, newTurn, stopTurn } from './turn.ts';

/** How many turns of one conversation are kept. */
const mostTurns = 30;

export interface ConversationOptions {
  /** Resolves when the engine can be asked; rejects with an error of the catalogue. */
  readonly engine: () => Promise<EngineApi>;
  /** Makes words of what the engine sends. */
  readonly speaker: Speaker;
  /** Root of the repository that is meant where none is named. */
  readonly repository: () => string | null;
  /** How long the first word of an answer may take; left out: as the engine decides. */
  readonly effort?: () => Effort;
  /** What becomes of a sentence that nothing read supports; left out: as the engine decides. */
  readonly unsupported?: () => UnsupportedSentences;
  /** Where conversations are kept; null: nowhere. */
  readonly sessions: Sessions | null;
}

interface Running {
  /** The turn that is answered; null: none, the conversation changes. */
  readonly turnId: string | null;
  readonly abort: AbortController;
  readonly finished: Promise<void>;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #messages = new Emitter<ToPage>();
  readonly onMessage = this.#messages.event;
  readonly #answering = new Emitter<boolean>();
  readonly onDidChangeAnswering = this.#answering.event;
  #id: string = randomUUID();
  #turns: readonly TurnView[] = [];
  /** Earlier ones, oldest first, where there is no store. */
  #questions: readonly string[] = [];
  /** What was begun last; it may still wait for the end of what was begun before it. */
  #running: Running | null = null;
  #scope: readonly ScopeView[] = [];

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  get turns(): readonly TurnView[] {
    return this.#turns;
  }

  get questions(): readonly string[] {
    return this.#options.sessions?.questions ?? this.#questions;
  }

  /** Conversations that are kept, newest first. */
  get sessions(): readonly (SessionEntry & { readonly isCurrent: boolean })[] {
    return (this.#options.sessions?.entries ?? []).map((entry) => ({ ...entry, isCurrent: entry.id === this.#id }));
  }

  get scope(): readonly ScopeView[] {
    return this.#scope;
  }

  set scope(parts: readonly ScopeView[]) {
    this.#scope = parts;
    this.#save(null);
  }

  get isAnswering(): boolean {
    return (this.#running?.turnId ?? null) !== null;
  }

  async load(): Promise<void> {
    const saved = await this.#options.sessions?.load();
    if (saved) this.#show(saved);
    else this.#messages.fire({ type: 'turns', turns: [] });
  }

  /** Shows a conversation that was kept; what runs is stopped. False when it is no longer there. */
  async open(id: string): Promise<boolean> {
    if (id === this.#id) return true;
    let isThere = false;
    await this.#next(null, async () => {
      const saved = await this.#options.sessions?.read(id);
      if (!saved) return;
      isThere = true;
      this.#show(saved);
      this.#save(null);
    });
    return isThere;
  }

  /** Deletes a conversation that is kept; the one that is shown gives way to a new one. */
  async remove(id: string): Promise<void> {
    if (id === this.#id) await this.startAfresh();
    await this.#options.sessions?.remove(id);
  }

  #show({ id, turns, scope }: Session): void {
    this.#id = id;
    // A turn that ran when the window closed was stopped by that.
    this.#turns = turns.map((turn) => (isRunning(turn) ? stopTurn(turn) : turn));
    this.#scope = scope;
    this.#messages.fire({ type: 'turns', turns: [...this.#turns] });
  }

  /** Asks a new question; one that still runs is stopped first. Resolves when the turn is over, whichever way. */
  async ask(question: string, attached: readonly AttachmentView[] = []): Promise<void> {
    const id = randomUUID();
    await this.#next(id, async (signal) => {
      const turn = { ...newTurn(id, question, { scope: this.#scope, attached }), ...carriedPins(this.#turns) };
      this.#turns = [...this.#turns, turn].slice(-mostTurns);
      this.#questions = [...this.#questions.filter((q) => q !== question), question];
      this.#save(question);
      await this.#run(turn, false, signal);
    });
  }

  /** Asks the same question again in the same turn, with what is pinned and dropped now. */
  async again(turnId: string): Promise<void> {
    await this.#next(turnId, async (signal) => {
      const old = this.turn(turnId);
      if (!old) return;
      const { pinned, dropped } = old;
      const askedWith = pinnedPlaces(this.#turns, old);
      await this.#run({ ...newTurn(old.id, old.question, old), pinned, dropped, askedWith }, false, signal);
    });
  }

  /** Goes on with a stopped turn: the same question with the same seed, so that what stands there grows on. */
  async continue(turnId: string): Promise<void> {
    // The second of two clicks came before the page knew that the first had been heard.
    if (this.#running?.turnId === turnId && !this.#running.abort.signal.aborted) return;
    await this.#next(turnId, async (signal) => {
      const old = this.turn(turnId);
      if (!old) return;
      await this.#run({ ...old, phase: 'waiting', error: null, interrupted: false, outcome: null }, true, signal);
    });
  }

  /** Stops what runs or waits to run and keeps what is there. Resolves when it has stopped. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.abort.abort();
    await running.finished;
  }

  /** Begins a new conversation; the one before stays in the store. */
  async startAfresh(): Promise<void> {
    await this.#next(null, () => {
      this.#id = randomUUID();
      this.#turns = [];
      this.#save(null);
      this.#messages.fire({ type: 'turns', turns: [] });
    });
  }

  turn(id: string): TurnView | undefined {
    return this.#turns.find((turn) => turn.id === id);
  }

  /** Pins a source of a turn, or takes the pin away; the turns after it were asked without, and go on with it. */
  setPinned(turnId: string, sourceId: string, pinned: boolean): void {
    const from = this.#turns.findIndex(({ id }) => id === turnId);
    for (const { id } of from < 0 ? [] : this.#turns.slice(from))
      this.#change(id, (turn) => ({
        ...turn,
        pinned: toggle(turn.pinned, sourceId, pinned),
        dropped: toggle(turn.dropped, sourceId, false),
      }));
    this.#save(null);
  }

  setDropped(turnId: string, sourceId: string, dropped: boolean): void {
    this.#change(turnId, (turn) => ({
      ...turn,
      dropped: toggle(turn.dropped, sourceId, dropped),
      pinned: toggle(turn.pinned, sourceId, false),
    }));
    this.#save(null);
  }

  /**
   * Stops what runs, and does this when it has stopped. From now on this is what `stop` stops, so that nothing is lost that is
   * pressed while the one before winds up; what is begun after it waits for it in turn.
   */
  async #next(turnId: string | null, work: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
    const before = this.#running;
    const abort = new AbortController();
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const running: Running = { turnId, abort, finished };
    this.#running = running;
    try {
      before?.abort.abort();
      await before?.finished;
      await work(abort.signal);
    } finally {
      if (this.#running === running) this.#running = null;
      finish();
      if (turnId !== null) this.#answering.fire(this.isAnswering);
    }
  }

  async #run(turn: TurnView, keepText: boolean, signal: AbortSignal): Promise<void> {
    this.#put(turn);
    this.#answering.fire(true);
    try {
      await this.#answer(turn, keepText, signal);
    } finally {
      this.#save(null);
    }
  }

  async #answer(turn: TurnView, keepText: boolean, signal: AbortSignal): Promise<void> {
    const text = new TextStream(keepText ? turn.text : '', (whole, added) => {
      this.#turns = this.#turns.map((t) => (t.id === turn.id ? { ...t, text: whole } : t));
      if (added === null) this.#change(turn.id, (t) => t);
      else this.#messages.fire({ type: 'text', turnId: turn.id, text: added });
    });
    const thoughts = new TextStream('', (whole, added) => {
      this.#turns = this.#turns.map((t) => (t.id === turn.id ? { ...t, thoughts: whole } : t));
      if (added !== null) this.#messages.fire({ type: 'thought', turnId: turn.id, text: added });
    });
    this.#change(turn.id, (t) => ({ ...t, thoughts: '' }));
    const onEvent = (event: AnswerEvent): void => {
      if (event.type === 'token') text.add(event.text);
      else if (event.type === 'thought') thoughts.add(event.text);
      // The finished answer comes again as the result of the call.
      else if (event.type !== 'done')
        this.#change(turn.id, (t) => applyEvent(t, event, this.#options.speaker, this.#options.repository()));
    };
    try {
      const engine = await raceCancellation(this.#options.engine(), signal);
      const answer = await engine.ask(this.#request(turn), onEvent, signal);
      thoughts.end();
      text.end();
      await this.#finished(turn.id, answer, engine, signal);
    } catch (error) {
      thoughts.end();
      text.end();
      this.#change(turn.id, (t) =>
        isCancelled(error) || signal.aborted ? stopTurn(t) : failTurn(t, toUserError(error), this.#options.speaker),
      );
    }
  }

  async #finished(turnId: string, answer: Answer, engine: EngineApi, signal: AbortSignal): Promise<void> {
    const nothing = answer.sources.length === 0 && !answer.stopped;
    const found = nothing
      ? (await engine.search({ query: answer.question, limit: candidateCount }, signal)).results
      : [];
    const nearest = found.map(({ repository = this.#options.repository(), path, startLine, symbol }) => ({
      label: symbol ?? path,
      repository,
      path,
      line: startLine,
    }));
    this.#change(turnId, (turn) => {
      const answered = finish(turn, answer, this.#options.speaker, this.#options.repository());
      const finished = { ...answered, ...followedPins(answered) };
      return nothing ? { ...finished, candidates: nearest } : finished;
    });
  }

  #request(turn: TurnView): AskRequest {
    const before = this.#turns.slice(
      0,
      this.#turns.findIndex(({ id }) => id === turn.id),
    );
    const history = before
      .filter(({ phase, fullAnswer }) => phase === 'done' && fullAnswer !== '')
      .map(({ question, fullAnswer, sources, citations }) =>
        turnOf({ question, answer: fullAnswer, sources, citations }),
      );
    return {
      question: turn.question,
      ...(this.#options.effort && { effort: this.#options.effort() }),
      ...(this.#options.unsupported && { unsupported: this.#options.unsupported() }),
      seed: 0,
      ...scopeOf(turn.scope),
      ...(turn.attached.length > 0 ? { attached: turn.attached.map(toAttachment) } : {}),
      ...(history.length > 0 ? { history } : {}),
      ...(turn.pinned.length > 0 ? { pinned: turn.pinned, pinnedPlaces: turn.askedWith ?? [] } : {}),
      ...(turn.dropped.length > 0 ? { dropped: turn.dropped } : {}),
    };
  }

  #put(turn: TurnView): void {
    this.#turns = this.turn(turn.id) ? this.#turns.map((t) => (t.id === turn.id ? turn : t)) : [...this.#turns, turn];
    this.#messages.fire({ type: 'turn', turn });
  }

  #change(turnId: string, change: (turn: TurnView) => TurnView): void {
    const turn = this.turn(turnId);
    if (turn) this.#put(change(turn));
  }

  /** @param question one that is asked now, which makes the conversation the newest; null: it is only kept */
  #save(question: string | null): void {
    this.#options.sessions?.save({ id: this.#id, turns: [...this.#turns], scope: [...this.#scope] }, question);
  }
}

/** The scope as the engine takes it: the globs of each repository, none where all of it is meant. */
function scopeOf(parts: readonly ScopeView[]): Pick<AskRequest, 'scope' | 'repositories'> {
  if (parts.length === 0) return {};
  const globsOf = (own: readonly ScopeView[]): { scope?: string[] } =>
    own.some(({ glob }) => glob === null) ? {} : { scope: own.flatMap(({ glob }) => glob ?? []) };
  const named = parts.flatMap(({ repository }) => repository ?? []);
  if (named.length === 0) return globsOf(parts);
  return {
    repositories: [...new Set(named)].map((repository) => ({
      repository,
      ...globsOf(parts.filter((part) => part.repository === repository)),
    })),
  };
}

function toAttachment({ repository, path, startLine, endLine }: AttachmentView): Attachment {
  return {
    path,
    ...(repository === null ? {} : { repository }),
    ...(startLine === null ? {} : { startLine }),
    ...(endLine === null ? {} : { endLine }),
  };
}

function toggle(ids: readonly string[], id: string, on: boolean): string[] {
  const others = ids.filter((other) => other !== id);
  return on ? [...others, id] : others;
}
