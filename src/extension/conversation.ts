/** The sidebar's conversation: asks the engine, keeps the turns, tells the page what changed, and is there after a reload. Knows nothing of VS Code. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Emitter } from '../base/emitter.ts';
import { isCancelled } from '../base/cancellation.ts';
import { toUserError } from '../base/errors.ts';
import type { Answer, AnswerEvent, AskRequest } from '../protocol/answers.ts';
import type { EngineApi } from '../protocol/engine.ts';
import { type ToPage, type TurnView, turnView } from '../protocol/webview.ts';
import type { SavedFile } from './saved-file.ts';
import { applyEvent, candidateCount, failTurn, finish, isRunning, newTurn, stopTurn } from './turn.ts';

/** How many turns and earlier questions are kept. */
const keep = { turns: 30, questions: 100 };
/** Text is sent on at most this often, milliseconds. */
const textPauseMs = 40;

export const savedConversation = z.object({
  version: z.literal(1),
  turns: z.array(turnView),
  questions: z.array(z.string()),
});
export type SavedConversation = z.infer<typeof savedConversation>;

export interface ConversationOptions {
  /** Resolves when the engine can be asked; rejects with an error of the catalogue. */
  readonly engine: () => Promise<EngineApi>;
  readonly saved: Pick<SavedFile<SavedConversation>, 'load' | 'save' | 'flush'> | null;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #messages = new Emitter<ToPage>();
  readonly onMessage = this.#messages.event;
  readonly #answering = new Emitter<boolean>();
  readonly onDidChangeAnswering = this.#answering.event;
  #turns: readonly TurnView[] = [];
  #questions: readonly string[] = [];
  #running: { readonly turnId: string; readonly abort: AbortController; readonly finished: Promise<void> } | null =
    null;
  #scope: readonly string[] = [];

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  get turns(): readonly TurnView[] {
    return this.#turns;
  }

  get questions(): readonly string[] {
    return this.#questions;
  }

  get scope(): readonly string[] {
    return this.#scope;
  }

  set scope(globs: readonly string[]) {
    this.#scope = globs;
  }

  get isAnswering(): boolean {
    return this.#running !== null;
  }

  async load(): Promise<void> {
    const saved = await this.#options.saved?.load();
    if (!saved) return;
    // A turn that ran when the window closed was stopped by that.
    this.#turns = saved.turns.map((turn) => (isRunning(turn) ? stopTurn(turn) : turn));
    this.#questions = saved.questions;
    this.#messages.fire({ type: 'turns', turns: [...this.#turns] });
  }

  /** Asks a new question; one that still runs is stopped first. Resolves when the turn is over, whichever way. */
  async ask(question: string): Promise<void> {
    await this.stop();
    const turn = newTurn(randomUUID(), question, this.#scope);
    this.#turns = [...this.#turns, turn].slice(-keep.turns);
    this.#questions = [...this.#questions.filter((q) => q !== question), question].slice(-keep.questions);
    await this.#run(turn, false);
  }

  /** Asks the same question again in the same turn, with what is pinned and dropped now. */
  async again(turnId: string): Promise<void> {
    await this.stop();
    const old = this.turn(turnId);
    if (!old) return;
    const turn = { ...newTurn(old.id, old.question, old.scope), pinned: old.pinned, dropped: old.dropped };
    await this.#run(turn, false);
  }

  /** Goes on with a stopped turn: the same question with the same seed, so that what stands there grows on. */
  async continue(turnId: string): Promise<void> {
    await this.stop();
    const old = this.turn(turnId);
    if (!old) return;
    await this.#run({ ...old, phase: 'waiting', error: null, interrupted: false, outcome: null }, true);
  }

  /** Stops what runs and keeps what is there. Resolves when it has stopped. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.abort.abort();
    await running.finished;
  }

  async startAfresh(): Promise<void> {
    await this.stop();
    this.#turns = [];
    this.#save();
    this.#messages.fire({ type: 'turns', turns: [] });
  }

  turn(id: string): TurnView | undefined {
    return this.#turns.find((turn) => turn.id === id);
  }

  setPinned(turnId: string, sourceId: string, pinned: boolean): void {
    this.#change(turnId, (turn) => ({
      ...turn,
      pinned: toggle(turn.pinned, sourceId, pinned),
      dropped: toggle(turn.dropped, sourceId, false),
    }));
  }

  setDropped(turnId: string, sourceId: string, dropped: boolean): void {
    this.#change(turnId, (turn) => ({
      ...turn,
      dropped: toggle(turn.dropped, sourceId, dropped),
      pinned: toggle(turn.pinned, sourceId, false),
    }));
  }

  async #run(turn: TurnView, keepText: boolean): Promise<void> {
    const abort = new AbortController();
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    this.#running = { turnId: turn.id, abort, finished };
    this.#put(turn);
    this.#answering.fire(true);
    try {
      await this.#answer(turn, keepText, abort.signal);
    } finally {
      this.#running = null;
      this.#save();
      finish();
      this.#answering.fire(false);
    }
  }

  async #answer(turn: TurnView, keepText: boolean, signal: AbortSignal): Promise<void> {
    const text = new TextStream(keepText ? turn.text : '', (whole, added) => {
      this.#turns = this.#turns.map((t) => (t.id === turn.id ? { ...t, text: whole } : t));
      if (added === null) this.#change(turn.id, (t) => t);
      else this.#messages.fire({ type: 'text', turnId: turn.id, text: added });
    });
    const onEvent = (event: AnswerEvent): void => {
      if (event.type === 'token') text.add(event.text);
      // The finished answer comes again as the result of the call.
      else if (event.type !== 'done') this.#change(turn.id, (t) => applyEvent(t, event));
    };
    try {
      const engine = await this.#options.engine();
      const answer = await engine.ask(this.#request(turn), onEvent, signal);
      text.end();
      await this.#finished(turn.id, answer, engine, signal);
    } catch (error) {
      text.end();
      this.#change(turn.id, (t) =>
        isCancelled(error) || signal.aborted ? stopTurn(t) : failTurn(t, toUserError(error)),
      );
    }
  }

  async #finished(turnId: string, answer: Answer, engine: EngineApi, signal: AbortSignal): Promise<void> {
    const nothing = answer.sources.length === 0 && !answer.stopped;
    const found = nothing
      ? (await engine.search({ query: answer.question, limit: candidateCount }, signal)).results
      : [];
    const nearest = found.map(({ path, startLine, symbol }) => ({ label: symbol ?? path, path, line: startLine }));
    this.#change(turnId, (turn) => {
      const finished = finish(turn, answer);
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
      .map(({ question, fullAnswer }) => ({ question, answer: fullAnswer }));
    return {
      question: turn.question,
      seed: 0,
      ...(turn.scope.length > 0 ? { scope: turn.scope } : {}),
      ...(history.length > 0 ? { history } : {}),
      ...(turn.pinned.length > 0 ? { pinned: turn.pinned } : {}),
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

  #save(): void {
    this.#options.saved?.save({ version: 1, turns: [...this.#turns], questions: [...this.#questions] });
  }
}

/**
 * Streamed text, sent on in gulps. When an answer is continued, the text that already stands is kept until the new stream
 * has caught up with it or says something else.
 */
class TextStream {
  readonly #standing: string;
  /** `added` is what was put at the end, or null when the whole text changed. */
  readonly #send: (whole: string, added: string | null) => void;
  #whole = '';
  #sent = '';
  #caughtUp: boolean;
  #timer: NodeJS.Timeout | null = null;

  constructor(standing: string, send: (whole: string, added: string | null) => void) {
    this.#standing = standing;
    this.#send = send;
    this.#caughtUp = standing === '';
  }

  add(text: string): void {
    this.#whole += text;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, textPauseMs);
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
  }

  #flush(): void {
    if (!this.#caughtUp) {
      if (this.#standing.startsWith(this.#whole)) return;
      this.#caughtUp = true;
      const grows = this.#whole.startsWith(this.#standing);
      this.#send(this.#whole, grows ? this.#whole.slice(this.#standing.length) : null);
    } else if (this.#whole.length > this.#sent.length) {
      this.#send(this.#whole, this.#whole.slice(this.#sent.length));
    }
    this.#sent = this.#whole;
  }
}

function toggle(ids: readonly string[], id: string, on: boolean): string[] {
  const others = ids.filter((other) => other !== id);
  return on ? [...others, id] : others;
}
