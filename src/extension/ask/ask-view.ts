/**
 * The view "Ask" in the side bar: a webview for the answer, fed by the conversation and the engine's state. It appears behind
 * the Longsight icon; "Longsight: Ask…" brings it up with the cursor in the question box.
 */
import { speaker } from '../speaker.ts';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import {
  type AttachmentView,
  type FromPage,
  type ScopeView,
  type Surroundings,
  type ToPage,
  fromPage,
} from '../../protocol/webview.ts';
import { suggestions, unsavedOf } from './attachments.ts';
import { type ListOpener, runCommand } from '../context.ts';
import { openCommit } from '../open-commit.ts';
import type { Conversation } from '../conversation/conversation.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import type { LineOpener } from '../open-lines.ts';
import { pageHtml } from './page.ts';
import { pageStrings } from './page-strings.ts';
import type { Place } from '../repository.ts';
import { pickScope } from './scope.ts';
import { folderGlob } from './scope-choices.ts';
import { showError } from '../show-error.ts';

export interface AskViewParts {
  readonly extensionUri: vscode.Uri;
  readonly client: EngineClient;
  readonly conversation: Conversation;
  readonly opener: LineOpener;
  readonly log: vscode.LogOutputChannel;
}

export class AskView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #parts: AskViewParts;
  #view: vscode.WebviewView | null = null;
  /** The page has asked for its content; before that messages would be lost. */
  #pageReady = false;
  #focus: { question: string | null } | null = null;
  /** To be put beside the question as soon as the page can take it. */
  #toAttach: readonly AttachmentView[] = [];

  constructor(parts: AskViewParts) {
    this.#parts = parts;
    this.#store.add(
      parts.conversation.onMessage((message) => {
        this.#send(message);
      }),
    );
    this.#store.add(
      parts.client.onDidChangeState(() => {
        this.#sendSurroundings();
      }),
    );
  }

  /** Brings the view up and puts the cursor into the question box, with this text when there is one. */
  async focus(question: string | null): Promise<void> {
    this.#focus = { question };
    // A page that is there has its text before the focus comes to it: what is typed after that stays.
    this.#sendFocus();
    await vscode.commands.executeCommand('longsight.askView.focus');
    this.#focus ??= { question: null };
    this.#sendFocus();
  }

  /** Brings the view up with this beside the question. */
  async attach(attachment: AttachmentView): Promise<void> {
    this.#toAttach = [...this.#toAttach, attachment];
    await this.focus(null);
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const root = vscode.Uri.joinPath(this.#parts.extensionUri, 'dist', 'webview');
    const asset = (name: string): string => view.webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
    this.#view = view;
    this.#pageReady = false;
    this.#parts.client.wake();
    view.webview.options = {
      enableScripts: true,
      enableForms: false,
      enableCommandUris: false,
      localResourceRoots: [root],
    };
    view.webview.onDidReceiveMessage((message: unknown) => {
      void this.#receive(message);
    });
    view.onDidChangeVisibility(() => {
      // VS Code throws a hidden page away; when the view is shown again, a new one says that it is ready.
      if (!view.visible && this.#view === view) this.#pageReady = false;
    });
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = null;
    });
    view.webview.html = pageHtml({
      cspSource: view.webview.cspSource,
      script: asset('main.js'),
      style: asset('style.css'),
      codicons: asset('codicon.css'),
      language: vscode.env.language,
      title: 'Longsight',
    });
    this.#sendSurroundings();
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #receive(raw: unknown): Promise<void> {
    const parsed = fromPage.safeParse(raw);
    if (!parsed.success) {
      this.#parts.log.warn(`the page sent something unreadable: ${parsed.error.message}`);
      return;
    }
    try {
      await this.#handle(parsed.data);
    } catch (error) {
      void showError(error, this.#parts.log);
    }
  }

  async #handle(message: FromPage): Promise<void> {
    const { conversation, client, opener, log } = this.#parts;
    switch (message.type) {
      case 'ready':
        this.#pageReady = true;
        this.#send({
          type: 'init',
          strings: pageStrings(vscode.l10n),
          locale: vscode.env.language,
          surroundings: this.#surroundings(),
          turns: [...conversation.turns],
          questions: [...conversation.questions],
        });
        this.#sendFocus();
        return;
      case 'ask':
        client.acknowledgeRestart();
        return this.#ask(message.question, message.attached);
      case 'stop':
        return conversation.stop();
      case 'continue':
        client.acknowledgeRestart();
        client.revive();
        return conversation.continue(message.turnId);
      case 'again':
        client.acknowledgeRestart();
        client.revive();
        return conversation.again(message.turnId);
      case 'open': {
        const source = conversation.turn(message.turnId)?.sources.find(({ id }) => id === message.sourceId);
        if (!source) return;
        const { commit, repository } = source;
        const isShown =
          commit !== undefined && (await openCommit(commit, (path) => client.places.uri({ repository, path })));
        if (!isShown)
          await opener.open(client.places.uri(source), commit ? { ...source, text: null } : source, {
            preserveFocus: false,
          });
        return;
      }
      case 'open-candidate': {
        const candidate = conversation.turn(message.turnId)?.candidates[message.at];
        if (candidate) await this.#openAt(candidate, { startLine: candidate.line, endLine: candidate.line });
        return;
      }
      case 'open-attached': {
        const attached = conversation.turn(message.turnId)?.attached[message.at];
        const startLine = attached?.startLine ?? 1;
        if (attached) await this.#openAt(attached, { startLine, endLine: attached.endLine ?? startLine });
        return;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'pin':
        conversation.setPinned(message.turnId, message.sourceId, message.pinned);
        return;
      case 'drop':
        conversation.setDropped(message.turnId, message.sourceId, message.dropped);
        return;
      case 'copy-link': {
        const source = conversation.turn(message.turnId)?.sources.find(({ id }) => id === message.sourceId);
        if (source) await vscode.env.clipboard.writeText(`${source.path}:${source.startLine}-${source.endLine}`);
        return;
      }
      case 'complete': {
        const { engine } = await client.ready();
        const items = await suggestions(engine, client.places, message.kind, message.prefix);
        this.#send({ type: 'completions', requestId: message.requestId, items });
        return;
      }
      case 'scope': {
        const { engine } = await client.ready();
        const scope = await pickScope(engine, client.places.repositories, conversation.scope);
        if (scope) conversation.scope = scope;
        this.#sendSurroundings();
        // What is chosen is asked about next.
        await (scope ? this.focus(null) : this.#giveFocusBack());
        return;
      }
      case 'add-scope': {
        const part = this.#folderScope(message);
        const isSame = ({ repository, glob }: ScopeView): boolean =>
          repository === part.repository && (glob === part.glob || glob === null);
        conversation.scope = [...conversation.scope.filter((other) => !isSame(other)), part];
        this.#sendSurroundings();
        return;
      }
      case 'open-folder':
        await vscode.commands.executeCommand('workbench.action.files.openFolder');
        return;
      case 'command':
        await runCommand(message.command, { listClosed: () => void this.#giveFocusBack() } satisfies ListOpener);
        return;
      case 'problem':
        log.error(`page: ${message.message}`);
        return;
    }
  }

  /** What is attached is read from the disk: changes of it that are not saved are offered to be saved first. */
  async #ask(question: string, attached: readonly AttachmentView[]): Promise<void> {
    const unsaved = unsavedOf(this.#parts.client.places, attached);
    if (unsaved.length > 0) {
      const save = vscode.l10n.t('Save and Ask');
      const asIs = vscode.l10n.t('Ask about the Saved File');
      const chosen = await vscode.window.showWarningMessage(
        vscode.l10n.t('The attached file has changes that are not saved.'),
        { modal: true, detail: vscode.l10n.t('A question is answered from the saved file.') },
        save,
        asIs,
      );
      if (chosen === undefined) {
        for (const one of attached) this.#send({ type: 'attach', attachment: one });
        await this.focus(question);
        return;
      }
      if (chosen === save) await Promise.all(unsaved.map((document) => document.save()));
    }
    await this.#parts.conversation.ask(question, attached);
  }

  async #openAt(place: Place, lines: { startLine: number; endLine: number }): Promise<void> {
    const uri = this.#parts.client.places.uri(place);
    await this.#parts.opener.open(uri, { path: place.path, ...lines, text: null }, { preserveFocus: false });
  }

  #folderScope({ repository, folder }: { repository: string | null; folder: string }): ScopeView {
    const { repositories } = this.#parts.client.places;
    const own = repositories.find(({ root }) => root === repository) ?? repositories[0];
    const label = repositories.length > 1 && own ? `${own.name}/${folder}` : folder;
    return { repository: own?.root ?? null, glob: folderGlob(folder), label };
  }

  #sendSurroundings(): void {
    this.#send({ type: 'surroundings', surroundings: this.#surroundings() });
  }

  #surroundings(): Surroundings {
    return describeSurroundings(this.#parts.client, this.#parts.conversation.scope);
  }

  /** After Escape in a list VS Code leaves the focus at the frame around the page, where no key reaches it. */
  async #giveFocusBack(): Promise<void> {
    await vscode.commands.executeCommand('longsight.askView.focus');
    this.#send({ type: 'focus-back' });
  }

  #sendFocus(): void {
    if (!this.#focus || !this.#pageReady || !this.#view?.visible) return;
    const { question } = this.#focus;
    this.#focus = null;
    for (const attachment of this.#toAttach) this.#send({ type: 'attach', attachment });
    this.#toAttach = [];
    this.#send({ type: 'focus', question });
  }

  #send(message: ToPage): void {
    if (this.#view && this.#pageReady) void this.#view.webview.postMessage(message);
  }
}

function describeSurroundings({ state, places }: EngineClient, scope: readonly ScopeView[]): Surroundings {
  const repositories = places.repositories.map(({ root, name }) => ({ root, name }));
  const base = { error: null, repositories, index: null, model: null, modelKnown: false, scope: [...scope] };
  switch (state.kind) {
    case 'none':
      return { ...base, engine: state.reason === 'virtual' ? 'unsupported' : 'no-folder' };
    case 'idle':
    case 'connecting':
      return { ...base, engine: 'connecting' };
    case 'failed':
      return { ...base, engine: 'failed', error: speaker.error(state.error) };
    case 'ready': {
      const { index, decoder } = state.status;
      const { state: phase, files, indexed, pending } = index;
      return {
        ...base,
        engine: state.hung ? 'hung' : state.restarted ? 'restarted' : 'ready',
        index: { state: phase, files, indexed, pending },
        model:
          decoder && decoder.state !== 'absent'
            ? { name: decoder.displayName, state: decoder.state, writesProse: decoder.writesProse }
            : null,
        modelKnown: true,
      };
    }
  }
}
