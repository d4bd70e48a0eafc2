/**
 * Conversations as they are kept between windows: a file each, and a list that names them. The oldest go when there are too
 * many. Knows nothing of VS Code.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { scopeView, turnView } from '../../protocol/webview.ts';
import { SavedFile } from '../saved-file.ts';

/** How many conversations and earlier questions are kept. */
const keep = { sessions: 50, questions: 100 };
/** Longest title, in UTF-16 units. */
const titleLength = 200;

const session = z.object({
  version: z.literal(1),
  id: z.string(),
  turns: z.array(turnView),
  scope: z.array(scopeView),
});
export type Session = Omit<z.infer<typeof session>, 'version'>;

const entry = z.object({
  id: z.uuid(),
  /** The first question. */
  title: z.string(),
  /** When it was last asked, milliseconds since 1970. */
  when: z.number(),
  questions: z.int().nonnegative(),
});
export type SessionEntry = z.infer<typeof entry>;

const list = z.object({
  version: z.literal(1),
  /** The one that is shown; it may have no file yet. */
  current: z.string().nullable(),
  /** Of what is shown, which may have no question yet. */
  scope: z.array(scopeView),
  /** Earlier questions of all conversations, oldest first, for Up. */
  questions: z.array(z.string()),
  /** Newest first. */
  sessions: z.array(entry),
});
type List = z.infer<typeof list>;

/** What the conversation needs of the store. */
export type Sessions = Pick<SessionStore, 'entries' | 'questions' | 'load' | 'read' | 'save' | 'remove'>;

export class SessionStore {
  readonly #folder: string;
  readonly #onProblem: (message: string) => void;
  readonly #list: SavedFile<List>;
  readonly #files = new Map<string, SavedFile<z.infer<typeof session>>>();
  #deleted: Promise<void> = Promise.resolve();
  #known: List = { version: 1, current: null, scope: [], questions: [], sessions: [] };

  /** @param onProblem told what could not be read or written */
  constructor(folder: string, onProblem: (message: string) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
    this.#list = new SavedFile(path.join(folder, 'list.json'), list, onProblem);
  }

  /** Newest first. */
  get entries(): readonly SessionEntry[] {
    return this.#known.sessions;
  }

  /** Oldest first. */
  get questions(): readonly string[] {
    return this.#known.questions;
  }

  /** The conversation that was shown last; null when there is nothing of it. */
  async load(): Promise<Session | null> {
    this.#known = (await this.#list.load()) ?? this.#known;
    const { current, scope } = this.#known;
    const shown = current === null ? null : await this.read(current);
    return shown ?? (scope.length > 0 ? { id: randomUUID(), turns: [], scope } : null);
  }

  /** One conversation; null when its file is gone or damaged, which takes it off the list. */
  async read(id: string): Promise<Session | null> {
    if (!this.#known.sessions.some((one) => one.id === id)) return null;
    const file = this.#file(id);
    // What waits to be written is newer than the file.
    await file.flush();
    const found = await file.load();
    if (!found) await this.remove(id);
    return found;
  }

  /** Keeps the conversation as the one that is shown, and the question among the earlier ones; one without turns only empties the view. */
  save({ id, turns, scope }: Session, question: string | null): void {
    const { sessions, questions } = this.#known;
    const before = sessions.find((one) => one.id === id);
    const others = sessions.filter((one) => one !== before);
    const [first] = turns;
    const entries = first
      ? [
          {
            id,
            title: first.question.slice(0, titleLength),
            when: question === null && before ? before.when : Date.now(),
            questions: turns.length,
          },
          ...others,
        ].toSorted((a, b) => b.when - a.when)
      : others;
    for (const { id: old } of entries.slice(keep.sessions)) this.#deleted = this.#deleteFile(old, this.#deleted);
    this.#known = {
      version: 1,
      current: first ? id : null,
      scope,
      sessions: entries.slice(0, keep.sessions),
      questions:
        question === null ? questions : [...questions.filter((q) => q !== question), question].slice(-keep.questions),
    };
    if (first) this.#file(id).save({ version: 1, id, turns, scope });
    this.#list.save(this.#known);
  }

  async remove(id: string): Promise<void> {
    const { current, sessions } = this.#known;
    this.#known = {
      ...this.#known,
      current: current === id ? null : current,
      sessions: sessions.filter((one) => one.id !== id),
    };
    this.#list.save(this.#known);
    this.#deleted = this.#deleteFile(id, this.#deleted);
    await this.#deleted;
  }

  /** Writes what is waiting. */
  async flush(): Promise<void> {
    await Promise.all([this.#deleted, this.#list.flush(), ...[...this.#files.values()].map((file) => file.flush())]);
  }

  #file(id: string): SavedFile<z.infer<typeof session>> {
    let file = this.#files.get(id);
    if (!file) this.#files.set(id, (file = new SavedFile(this.#pathOf(id), session, this.#onProblem)));
    return file;
  }

  /** @param before deletions under way */
  async #deleteFile(id: string, before: Promise<void>): Promise<void> {
    const file = this.#files.get(id);
    this.#files.delete(id);
    // What waits to be written would bring it back.
    await Promise.all([file?.flush(), before]);
    try {
      await rm(this.#pathOf(id), { force: true });
    } catch (error) {
      this.#onProblem(`${this.#pathOf(id)} could not be deleted: ${String(error)}`);
    }
  }

  #pathOf(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }
}
