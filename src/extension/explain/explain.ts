/**
 * "Explain with Longsight": an explanation beside the code, as a comment thread at the lines. It appears in the editor's menu,
 * the palette, by a key and as a code action; it is there after a reload, follows edits, and says when the code has changed.
 */
import { openCommit } from '../open-commit.ts';
import { speaker } from '../speaker.ts';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { isCancelled } from '../../base/cancellation.ts';
import { fault, toUserError } from '../../base/errors.ts';
import type { CommitView } from '../../protocol/webview.ts';
import type { AnswerEvent, ExplainRequest } from '../../protocol/answers.ts';
import { type CommandId, commentController } from '../../protocol/contributions.ts';
import { locate, shift, splitLines } from './anchor.ts';
import { registerCommand } from '../context.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { type ExplanationTurn, type SavedExplanation, savedExplanations } from './explanation-store.ts';
import { type CitationId, toExplanationTurn } from './explanation-text.ts';
import { type Explained, drawThread } from './explanation-thread.ts';
import { type Lines, askedLines, edge, linesOf, shownRange, within } from './explained-lines.ts';
import { NeighbourCheck } from './neighbour-check.ts';
import type { LineOpener, LinesToOpen } from '../open-lines.ts';
import type { Place } from '../repository.ts';
import { SavedFile } from '../saved-file.ts';
import { readEffort } from '../settings.ts';
import { guarded } from '../show-error.ts';

/** What is written is shown at most this often while it streams, milliseconds. */
const drawMs = 120;

type PlaceLines = LinesToOpen & Place & { readonly commit?: CommitView | undefined };

export interface ExplanationsParts {
  readonly client: EngineClient;
  readonly opener: LineOpener;
  readonly log: vscode.LogOutputChannel;
  /** Where explanations are kept. */
  readonly file: string;
}

export class Explanations implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #parts: ExplanationsParts;
  readonly #controller = this.#store.add(vscode.comments.createCommentController(commentController, 'Longsight'));
  readonly #saved: SavedFile<{ version: 1; explanations: SavedExplanation[] }>;
  readonly #all = new Set<Explained>();

  constructor(parts: ExplanationsParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#saved = new SavedFile(parts.file, savedExplanations, (message) => {
      log.warn(message);
    });
    this.#controller.options = {
      prompt: vscode.l10n.t('Ask further'),
      placeHolder: vscode.l10n.t('Ask further about this code'),
    };
    const own = this.#store;
    own.add(
      registerCommand(
        'longsight.explain',
        guarded(log, () => this.explain()),
      ),
    );
    own.add(
      registerCommand(
        'longsight.askFurther',
        guarded(log, (reply: unknown) => this.#askFurther(reply as vscode.CommentReply)),
      ),
    );
    own.add(
      registerCommand(
        'longsight.refreshExplanation',
        guarded(log, (thread: unknown) => this.#refresh(this.#find(thread))),
      ),
    );
    own.add(registerCommand('longsight.stopExplanation', (thread: unknown) => this.#find(thread)?.running?.abort()));
    own.add(
      registerCommand('longsight.deleteExplanation', (thread: unknown) => {
        this.#delete(this.#find(thread));
      }),
    );
    own.add(
      registerCommand(
        'longsight.openCitation',
        guarded(log, (...citation: unknown[]) =>
          this.#open(
            typeof citation[0] === 'string'
              ? this.#cited(citation as unknown as CitationId)
              : (citation[0] as PlaceLines),
          ),
        ),
      ),
    );
    own.add(
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.#follow(event);
      }),
    );
    own.add(
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#anchor(document);
      }),
    );
    const check = own.add(
      new NeighbourCheck(
        parts.client,
        () => this.#all,
        (explained, outdated) => {
          explained.saved = { ...explained.saved, outdated };
          drawThread(explained);
          this.#save();
        },
      ),
    );
    own.add(
      vscode.workspace.onDidSaveTextDocument(() => {
        check.soon();
      }),
    );
    own.add(
      vscode.workspace.onDidRenameFiles(({ files }) => {
        this.#renamed(files);
      }),
    );
    own.add(
      vscode.languages.registerCodeActionsProvider(
        { scheme: 'file' },
        { provideCodeActions: (_document, _range, { triggerKind }) => this.#codeActions(triggerKind) },
        { providedCodeActionKinds: [vscode.CodeActionKind.Empty] },
      ),
    );
  }

  /** For the tests: what is kept, and the threads that show it. */
  get all(): readonly { readonly saved: SavedExplanation; readonly thread: vscode.CommentThread }[] {
    return [...this.#all];
  }

  async load(): Promise<void> {
    const file = await this.#saved.load();
    for (const saved of file?.explanations ?? []) this.#show(saved);
    for (const document of vscode.workspace.textDocuments) this.#anchor(document);
  }

  /** Explains the selection, or the symbol under the cursor of the active editor. */
  async explain(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    await this.#parts.client.ready();
    const place = editor && this.#parts.client.places.locate(editor.document.uri);
    if (!editor || !place) throw fault('LS8004', vscode.l10n.t('no file of the repository is open'));
    if (!(await savedOrAgreed(editor.document))) return;
    const { selection, document } = editor;
    // A selection that ends at the start of a line does not mean that line.
    const last =
      !selection.isEmpty && selection.end.character === 0 && selection.end.line > selection.start.line
        ? selection.end.line - 1
        : selection.end.line;
    const lines = { startLine: selection.start.line + 1, endLine: last + 1 };
    const explained = this.#show({
      id: randomUUID(),
      uri: document.uri.toString(),
      ...place,
      ...lines,
      asked: lines,
      ...linesOf(document, lines),
      symbol: null,
      madeFrom: null,
      stale: false,
      outdated: false,
      collapsed: false,
      turns: [],
    });
    // The explanation opens below its lines: room for it is made at once, not when it is there.
    editor.revealRange(shownRange(explained.saved), vscode.TextEditorRevealType.InCenter);
    await this.#run(explained, null);
  }

  dispose(): void {
    for (const { running } of this.#all) running?.abort();
    void this.#saved.flush();
    this.#store.dispose();
  }

  async #askFurther(reply: vscode.CommentReply): Promise<void> {
    const explained = this.#find(reply.thread);
    const question = reply.text.trim();
    if (explained && question !== '') await this.#run(explained, question);
  }

  /** Explains the lines again as they stand now; the first turn is replaced, further questions are about code that is gone. */
  async #refresh(explained: Explained | undefined): Promise<void> {
    if (!explained) return;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(explained.saved.uri));
    if (!(await savedOrAgreed(document))) return;
    explained.saved = {
      ...explained.saved,
      ...linesOf(document, explained.saved),
      stale: false,
      outdated: false,
      turns: [],
    };
    await this.#run(explained, null, true);
  }

  async #run(explained: Explained, question: string | null, again = false): Promise<void> {
    explained.running?.abort();
    const abort = new AbortController();
    explained.running = abort;
    explained.pending = { question, words: vscode.l10n.t('Searching…') };
    drawThread(explained);
    try {
      const { engine } = await this.#parts.client.readyToAnswer();
      const { saved } = explained;
      const request: ExplainRequest = {
        ...(saved.repository === null ? {} : { repository: saved.repository }),
        path: saved.path,
        startLine: saved.startLine,
        endLine: saved.endLine,
        effort: readEffort(),
        ...(question === null ? {} : { question }),
        ...(again && { again }),
        ...(saved.turns.length > 0
          ? {
              history: saved.turns.map((turn) => ({
                question: turn.question ?? vscode.l10n.t('Explain this code'),
                answer: turn.answer,
              })),
            }
          : {}),
      };
      const answer = await engine.explain(request, this.#listener(explained), abort.signal);
      this.#finish(explained, toExplanationTurn(question, answer), answer.subject);
    } catch (error) {
      if (isCancelled(error) || abort.signal.aborted) this.#stopped(explained);
      else {
        explained.pending = { question, words: speaker.words(toUserError(error)) };
        throw error;
      }
    } finally {
      if (explained.running === abort) explained.running = null;
      if (this.#all.has(explained)) drawThread(explained);
      this.#save();
    }
  }

  #listener(explained: Explained): (event: AnswerEvent) => void {
    let text = '';
    let drawn = 0;
    return (event) => {
      if (!explained.pending) return;
      if (event.type === 'status' && text === '') explained.pending.words = speaker.words(event.message);
      else if (event.type === 'token') {
        text += event.text;
        explained.pending.words = text;
      } else return;
      if (performance.now() - drawn < drawMs) return;
      drawn = performance.now();
      drawThread(explained);
    };
  }

  #finish(
    explained: Explained,
    turn: ExplanationTurn,
    subject: { startLine: number; endLine: number; symbol?: string; madeFrom: string },
  ): void {
    explained.pending = null;
    const { saved } = explained;
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === saved.uri);
    // The engine widens a cursor to the symbol around it; further questions stay where the thread is.
    const widen = saved.turns.length === 0 && document && !saved.stale;
    const lines = widen
      ? { startLine: subject.startLine, endLine: Math.min(subject.endLine, document.lineCount) }
      : { startLine: saved.startLine, endLine: saved.endLine };
    explained.saved = {
      ...saved,
      ...lines,
      ...(widen ? linesOf(document, lines) : {}),
      symbol: subject.symbol ?? saved.symbol,
      madeFrom: saved.turns.length === 0 ? subject.madeFrom : saved.madeFrom,
      turns: [...saved.turns, turn],
    };
  }

  /** A stopped first explanation leaves nothing worth a thread; a stopped further question leaves the ones before. */
  #stopped(explained: Explained): void {
    explained.pending = null;
    if (explained.saved.turns.length === 0) this.#delete(explained);
  }

  #show(saved: SavedExplanation): Explained {
    const thread = this.#controller.createCommentThread(vscode.Uri.parse(saved.uri), shownRange(saved), []);
    thread.canReply = true;
    const explained: Explained = { saved, thread, running: null, pending: null };
    this.#all.add(explained);
    thread.collapsibleState = saved.collapsed
      ? vscode.CommentThreadCollapsibleState.Collapsed
      : vscode.CommentThreadCollapsibleState.Expanded;
    drawThread(explained);
    return explained;
  }

  /** After an edit: threads move with their lines, and are stale when the lines themselves changed. */
  #follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    for (const explained of this.#of(document)) {
      let range: Lines = explained.saved;
      let asked: Lines = askedLines(explained.saved);
      for (const { range: edited, text } of contentChanges) {
        range = shift(range, edge(edited, text));
        asked = shift(asked, edge(edited, text));
      }
      this.#place(explained, document, range, asked);
    }
  }

  /** When a file is opened: finds the lines again, for it may have been edited while nobody looked. */
  #anchor(document: vscode.TextDocument): void {
    for (const explained of this.#of(document)) {
      const found = locate(splitLines(document.getText()), explained.saved);
      const by = found.startLine - explained.saved.startLine;
      const { startLine, endLine } = askedLines(explained.saved);
      this.#place(explained, document, found, { startLine: startLine + by, endLine: endLine + by });
    }
  }

  #place(explained: Explained, document: vscode.TextDocument, range: Lines, shown: Lines): void {
    const lines = within(document, range);
    const asked = within(document, shown);
    const stale = linesOf(document, lines).textHash !== explained.saved.textHash;
    const { saved } = explained;
    const before = askedLines(saved);
    const isSame = (a: Lines, b: Lines): boolean => a.startLine === b.startLine && a.endLine === b.endLine;
    if (isSame(saved, lines) && isSame(before, asked) && saved.stale === stale) return;
    explained.saved = { ...saved, ...lines, asked, stale };
    drawThread(explained);
    this.#save();
  }

  #renamed(files: readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[]): void {
    for (const explained of [...this.#all]) {
      const renamed = files.find(({ oldUri }) => oldUri.toString() === explained.saved.uri);
      const place = renamed ? this.#parts.client.places.locate(renamed.newUri) : null;
      if (!renamed || place === null) continue;
      const saved = { ...explained.saved, uri: renamed.newUri.toString(), ...place };
      this.#delete(explained);
      this.#show(saved);
    }
    this.#save();
  }

  /** The lines that a link in an explanation means; null when the explanation is gone. */
  #cited([id, turn, number]: CitationId): PlaceLines | null {
    const saved = [...this.#all].find((explained) => explained.saved.id === id)?.saved;
    const citation = saved?.turns[turn]?.citations.find((one) => one.number === number);
    return saved && citation ? { ...citation, repository: saved.repository } : null;
  }

  async #open(lines: PlaceLines | null): Promise<void> {
    if (!lines) return;
    await this.#parts.client.ready();
    const { places } = this.#parts.client;
    const { commit, repository } = lines;
    if (commit && (await openCommit(commit, (path) => places.uri({ repository, path })))) return;
    await this.#parts.opener.open(
      places.uri(lines),
      { path: lines.path, startLine: lines.startLine, endLine: lines.endLine, text: lines.text ?? null },
      { preserveFocus: false },
    );
  }

  #delete(explained: Explained | undefined): void {
    if (!explained) return;
    explained.running?.abort();
    explained.thread.dispose();
    this.#all.delete(explained);
    this.#save();
  }

  #codeActions(trigger: vscode.CodeActionTriggerKind): vscode.CodeAction[] {
    // Only on request: a light bulb on every line would shout.
    if (trigger !== vscode.CodeActionTriggerKind.Invoke || !['ready', 'idle'].includes(this.#parts.client.state.kind))
      return [];
    const action = new vscode.CodeAction(vscode.l10n.t('Explain with Longsight'), vscode.CodeActionKind.Empty);
    action.command = { command: 'longsight.explain' satisfies CommandId, title: action.title };
    return [action];
  }

  #find(thread: unknown): Explained | undefined {
    return [...this.#all].find((explained) => explained.thread === thread);
  }

  #of(document: vscode.TextDocument): readonly Explained[] {
    const uri = document.uri.toString();
    return [...this.#all].filter(({ saved }) => saved.uri === uri);
  }

  #save(): void {
    const explanations = [...this.#all]
      .filter(({ saved }) => saved.turns.length > 0)
      .map(({ saved, thread }) => ({
        ...saved,
        collapsed: thread.collapsibleState === vscode.CommentThreadCollapsibleState.Collapsed,
      }));
    this.#saved.save({ version: 1, explanations });
  }
}

/** The engine reads files, not editors: an unsaved file is saved first, if the user agrees. */
async function savedOrAgreed(document: vscode.TextDocument): Promise<boolean> {
  if (!document.isDirty) return true;
  const save = vscode.l10n.t('Save and Explain');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('The file has changes that are not saved; an explanation is about the saved file.'),
    save,
  );
  return chosen === save && (await document.save());
}
