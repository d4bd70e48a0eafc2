/**
 * "Explain with Longsight": an explanation beside the code, as a comment thread at the lines. It appears in the editor's menu,
 * the palette, by a key and as a code action; it is there after a reload, follows edits, and says when the code has changed.
 */
import { createHash, randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable.ts';
import { isCancelled } from '../base/cancellation.ts';
import { fault, toUserError } from '../base/errors.ts';
import type { AnswerEvent, ExplainRequest } from '../protocol/answers.ts';
import { type CommandId, commentController } from '../protocol/contributions.ts';
import { locate, shift, splitLines } from './anchor.ts';
import { registerCommand } from './context.ts';
import type { EngineClient } from './engine-client.ts';
import { type ExplanationTurn, type SavedExplanation, savedExplanations } from './explanation-store.ts';
import { explanationMarkdown, toExplanationTurn } from './explanation-text.ts';
import type { LineOpener, LinesToOpen } from './open-lines.ts';
import { pathInRepository } from './repository.ts';
import { SavedFile } from './saved-file.ts';
import { guarded } from './show-error.ts';

/** What is written is shown at most this often while it streams, milliseconds. */
const drawMs = 120;

interface Explained {
  saved: SavedExplanation;
  readonly thread: vscode.CommentThread;
  /** The request under way. */
  running: AbortController | null;
  /** What is being said now, before it is part of the saved turns. */
  pending: { readonly question: string | null; words: string } | null;
}

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
        guarded(log, (lines: unknown) => this.#open(lines as LinesToOpen)),
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
    const { repository } = await this.#parts.client.ready();
    const path = editor && pathInRepository(repository.uri, editor.document.uri);
    if (!editor || !path) throw fault('LS8004', vscode.l10n.t('no file of the repository is open'));
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
      path,
      ...lines,
      ...linesOf(document, lines),
      symbol: null,
      stale: false,
      collapsed: false,
      turns: [],
    });
    // The explanation opens below its lines: room for it is made at once, not when it is there.
    editor.revealRange(rangeOf(explained.saved), vscode.TextEditorRevealType.InCenter);
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

  /** Explains the lines anew as they stand now; the first turn is replaced, further questions are about code that is gone. */
  async #refresh(explained: Explained | undefined): Promise<void> {
    if (!explained) return;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(explained.saved.uri));
    if (!(await savedOrAgreed(document))) return;
    explained.saved = { ...explained.saved, ...linesOf(document, explained.saved), stale: false, turns: [] };
    await this.#run(explained, null);
  }

  async #run(explained: Explained, question: string | null): Promise<void> {
    explained.running?.abort();
    const abort = new AbortController();
    explained.running = abort;
    explained.pending = { question, words: vscode.l10n.t('Searching…') };
    this.#draw(explained);
    try {
      const { engine } = await this.#parts.client.readyToAnswer();
      const { saved } = explained;
      const request: ExplainRequest = {
        path: saved.path,
        startLine: saved.startLine,
        endLine: saved.endLine,
        ...(question === null ? {} : { question }),
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
        explained.pending = { question, words: `${toUserError(error).message} ${toUserError(error).hint}` };
        throw error;
      }
    } finally {
      if (explained.running === abort) explained.running = null;
      if (this.#all.has(explained)) this.#draw(explained);
      this.#save();
    }
  }

  #listener(explained: Explained): (event: AnswerEvent) => void {
    let text = '';
    let drawn = 0;
    return (event) => {
      if (!explained.pending) return;
      if (event.type === 'status' && text === '') explained.pending.words = event.message;
      else if (event.type === 'token') {
        text += event.text;
        explained.pending.words = text;
      } else return;
      if (performance.now() - drawn < drawMs) return;
      drawn = performance.now();
      this.#draw(explained);
    };
  }

  #finish(
    explained: Explained,
    turn: ExplanationTurn,
    subject: { startLine: number; endLine: number; symbol?: string },
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
      turns: [...saved.turns, turn],
    };
  }

  /** A stopped first explanation leaves nothing worth a thread; a stopped further question leaves the ones before. */
  #stopped(explained: Explained): void {
    explained.pending = null;
    if (explained.saved.turns.length === 0) this.#delete(explained);
  }

  #show(saved: SavedExplanation): Explained {
    const thread = this.#controller.createCommentThread(vscode.Uri.parse(saved.uri), rangeOf(saved), []);
    thread.canReply = true;
    const explained: Explained = { saved, thread, running: null, pending: null };
    this.#all.add(explained);
    thread.collapsibleState = saved.collapsed
      ? vscode.CommentThreadCollapsibleState.Collapsed
      : vscode.CommentThreadCollapsibleState.Expanded;
    this.#draw(explained);
    return explained;
  }

  #draw({ saved, thread, running, pending }: Explained): void {
    const name = saved.symbol ?? vscode.l10n.t('lines {0}–{1}', String(saved.startLine), String(saved.endLine));
    thread.label = saved.stale ? vscode.l10n.t('{0}: the code has changed since', name) : name;
    thread.contextValue = running ? 'running' : saved.stale ? 'stale' : 'fresh';
    const range = rangeOf(saved);
    if (!thread.range?.isEqual(range)) thread.range = range;
    const comment = (author: string, body: vscode.MarkdownString, label?: string): vscode.Comment => ({
      author: { name: author },
      body,
      mode: vscode.CommentMode.Preview,
      ...(label === undefined ? {} : { label }),
    });
    const asked = (question: string | null): vscode.Comment[] =>
      question === null ? [] : [comment(vscode.l10n.t('You'), new vscode.MarkdownString().appendText(question))];
    thread.comments = [
      ...saved.turns.flatMap((turn) => [
        ...asked(turn.question),
        comment('Longsight', explanationMarkdown(turn), saved.stale ? vscode.l10n.t('stale') : undefined),
      ]),
      ...(pending
        ? [
            ...asked(pending.question),
            comment(
              'Longsight',
              running
                ? new vscode.MarkdownString(pending.words)
                : new vscode.MarkdownString().appendText(pending.words),
            ),
          ]
        : []),
    ];
  }

  /** After an edit: threads move with their lines, and are stale when the lines themselves changed. */
  #follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    for (const explained of this.#of(document)) {
      let range = { startLine: explained.saved.startLine, endLine: explained.saved.endLine };
      for (const { range: edited, text } of contentChanges) {
        range = shift(range, edge(edited, text));
      }
      this.#place(explained, document, range);
    }
  }

  /** When a file is opened: finds the lines again, for it may have been edited while nobody looked. */
  #anchor(document: vscode.TextDocument): void {
    for (const explained of this.#of(document)) {
      const { startLine, endLine } = locate(splitLines(document.getText()), explained.saved);
      this.#place(explained, document, { startLine, endLine });
    }
  }

  #place(explained: Explained, document: vscode.TextDocument, range: { startLine: number; endLine: number }): void {
    const startLine = Math.min(Math.max(range.startLine, 1), document.lineCount);
    const lines = { startLine, endLine: Math.min(Math.max(range.endLine, startLine), document.lineCount) };
    const stale = linesOf(document, lines).textHash !== explained.saved.textHash;
    const { saved } = explained;
    if (saved.startLine === lines.startLine && saved.endLine === lines.endLine && saved.stale === stale) return;
    explained.saved = { ...saved, ...lines, stale };
    this.#draw(explained);
    this.#save();
  }

  #renamed(files: readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[]): void {
    for (const explained of [...this.#all]) {
      const renamed = files.find(({ oldUri }) => oldUri.toString() === explained.saved.uri);
      const { state } = this.#parts.client;
      const path = renamed && state.kind !== 'none' ? pathInRepository(state.repository.uri, renamed.newUri) : null;
      if (!renamed || path === null) continue;
      const saved = { ...explained.saved, uri: renamed.newUri.toString(), path };
      this.#delete(explained);
      this.#show(saved);
    }
    this.#save();
  }

  async #open(lines: LinesToOpen): Promise<void> {
    const { repository } = await this.#parts.client.ready();
    await this.#parts.opener.open(
      repository.uri,
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
    if (trigger !== vscode.CodeActionTriggerKind.Invoke || this.#parts.client.state.kind !== 'ready') return [];
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

function rangeOf({ startLine, endLine }: { startLine: number; endLine: number }): vscode.Range {
  return new vscode.Range(startLine - 1, 0, endLine - 1, 0);
}

function linesOf(
  document: vscode.TextDocument,
  { startLine, endLine }: { startLine: number; endLine: number },
): { text: string; textHash: string } {
  const text = splitLines(
    document.getText(new vscode.Range(startLine - 1, 0, endLine - 1, Number.MAX_SAFE_INTEGER)),
  ).join('\n');
  return { text, textHash: createHash('sha256').update(text).digest('hex') };
}

/** An edit as whole lines; text put in at the very start of a line, ending in a line break, leaves that line whole. */
function edge(edited: vscode.Range, text: string): { startLine: number; endLine: number; newLines: number } {
  const added = text.split('\n').length;
  const whole = edited.start.character === 0 && edited.end.character === 0 && (text === '' || text.endsWith('\n'));
  if (whole) return { startLine: edited.start.line + 1, endLine: edited.end.line, newLines: added - 1 };
  return { startLine: edited.start.line + 1, endLine: edited.end.line + 1, newLines: added };
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
