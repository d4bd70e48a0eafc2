/** The question box: grows with the text, completes @ and #, recalls with Up, and its one button asks or stops. What @ completes stands over it as chips. */
import type { VscodeTextarea } from '@vscode-elements/elements/dist/vscode-textarea/vscode-textarea.js';
import { type TemplateResult, html } from 'lit';
import { type AttachmentView, type CompletionView, mostAttached } from '../src/protocol/webview.ts';
import type { PageStringKey } from '../src/protocol/page-strings.ts';
import { attachedChips, attachmentOf, withoutPlace } from './attachments.ts';
import { type Actions, type PageState, isRunning } from './page-state.ts';
import { type SuggestionList, type Trigger, accept, findTrigger, optionId, suggestionList } from './suggestions.ts';

/** Largest height of the box, as a part of the page's; longer questions scroll in it. */
const tallest = 0.35;

export class Composer {
  readonly #actions: Actions;
  readonly #redraw: () => void;
  readonly #saveDraft: (text: string, attached: readonly AttachmentView[]) => void;
  readonly #announce: (words: string) => void;
  #state: PageState | null = null;
  #box: VscodeTextarea | null = null;
  #list: SuggestionList | null = null;
  #waitingFor: Trigger | null = null;
  #request = 0;
  /** How far Up has gone back; 0 is what the user writes. */
  #recalled = 0;
  #written: string;
  #attached: readonly AttachmentView[];

  constructor(
    actions: Actions,
    { draft, attached }: { readonly draft: string; readonly attached: readonly AttachmentView[] },
    hooks: {
      redraw: () => void;
      saveDraft: (text: string, attached: readonly AttachmentView[]) => void;
      announce: (words: string) => void;
    },
  ) {
    this.#actions = actions;
    this.#written = draft;
    this.#attached = attached;
    this.#redraw = hooks.redraw;
    this.#saveDraft = hooks.saveDraft;
    this.#announce = hooks.announce;
  }

  view(state: PageState): TemplateResult {
    const { t } = state.words;
    this.#state = state;
    const { surroundings } = state;
    const running = state.turns.some(isRunning);
    const scope =
      surroundings.scope.length === 0
        ? t(surroundings.repositories.length > 1 ? 'allRepositories' : 'wholeRepository')
        : [...new Set(surroundings.scope.map(({ label }) => label))].join(', ');
    const model =
      surroundings.model?.state === 'loading'
        ? t('loadingModel', surroundings.model.name)
        : (surroundings.model?.name ?? t(surroundings.modelKnown ? 'noModel' : 'model'));
    const about = surroundings.model?.state === 'ready' ? t(abilityOf(surroundings.model), model) : model;
    return html`<form
      class="composer"
      aria-label=${t('ask')}
      @submit=${(event: Event) => {
        event.preventDefault();
      }}
    >
      ${attachedChips(state.words, this.#attached, this.#detach)}
      <div class="box">
        <vscode-textarea
          rows="1"
          .label=${t('question')}
          placeholder=${t('placeholder')}
          title=${t('placeholderHelp')}
          @input=${this.#onInput}
          @keydown=${this.#onKey}
          @blur=${this.#close}
        ></vscode-textarea>
        ${suggestionList(state, this.#list, this.#choose)}
      </div>
      <div class="chips">
        <button
          type="button"
          class="icon-button"
          aria-label=${t('attach')}
          title=${t('attach')}
          @click=${this.#mention}
        >
          <vscode-icon name="mention"></vscode-icon>
        </button>
        <button
          type="button"
          class="chip-button"
          aria-label="${t('scope')}: ${scope}"
          title=${surroundings.scope.map(({ label, glob }) => glob ?? label).join(', ')}
          @click=${() => {
            this.#actions.send({ type: 'scope' });
          }}
        >
          <span class="one-line">${scope}</span><vscode-icon name="chevron-down" size="12"></vscode-icon>
        </button>
        <button
          type="button"
          class="chip-button"
          aria-label="${t('model')}: ${about}"
          title=${about}
          @click=${() => {
            this.#actions.send({
              type: 'command',
              command: surroundings.model === null ? 'longsight.getModel' : 'longsight.selectModel',
            });
          }}
        >
          <span class="one-line">${model}</span><vscode-icon name="chevron-down" size="12"></vscode-icon>
        </button>
        <button
          type="button"
          class=${running ? 'go running' : 'go'}
          aria-label=${running ? t('stop') : t('ask')}
          title=${running ? t('stop') : t('ask')}
          @click=${running ? this.stop : this.#ask}
        >
          <vscode-icon name=${running ? 'debug-stop' : 'send'}></vscode-icon>
        </button>
      </div>
    </form>`;
  }

  /** Takes hold of the text box after the first drawing. */
  async attach(root: Element): Promise<void> {
    const box = root.querySelector<VscodeTextarea>('vscode-textarea');
    if (!box || box === this.#box) return;
    // A box that was away for a while comes back with what had been typed into the one before.
    const text = this.#box ? this.#text() : this.#written;
    this.#box = box;
    await box.updateComplete;
    this.#setText(text);
  }

  focus(question: string | null): void {
    if (question !== null) this.#setText(question);
    this.#box?.wrappedElement.focus();
  }

  /** Suggestions have come. */
  suggest(requestId: number, items: readonly CompletionView[]): void {
    if (requestId !== this.#request || !this.#waitingFor) return;
    this.#list = { trigger: this.#waitingFor, items, active: 0 };
    this.#redraw();
    this.#point();
    if (this.#state && items.length > 0) this.#announce(this.#state.words.t('suggestionCount', items.length));
  }

  readonly stop = (): void => {
    this.#actions.send({ type: 'stop' });
  };

  readonly #ask = (): void => {
    const question = this.#text().trim();
    if (question === '') {
      this.focus(null);
      return;
    }
    this.#close();
    this.#recalled = 0;
    const attached = [...this.#attached];
    this.#attached = [];
    this.#setText('');
    this.#redraw();
    this.focus(null);
    this.#actions.send({ type: 'ask', question, attached });
  };

  /** Puts something beside the question. */
  add(attachment: AttachmentView): void {
    this.#attached = [...withoutPlace(this.#attached, attachment), attachment].slice(-mostAttached);
    this.#saveDraft(this.#text(), this.#attached);
    this.#redraw();
    if (this.#state) this.#announce(this.#state.words.t('attachedNow', attachment.label));
  }

  readonly #detach = (at: number): void => {
    this.#attached = this.#attached.filter((_, i) => i !== at);
    this.#saveDraft(this.#text(), this.#attached);
    this.focus(null);
    this.#redraw();
  };

  /** Begins a word to complete, as typing @ does. */
  readonly #mention = (): void => {
    const box = this.#box?.wrappedElement;
    if (!box) return;
    const before = box.value.slice(0, box.selectionStart);
    const sign = before === '' || /\s$/.test(before) ? '@' : ' @';
    const after = box.value.slice(box.selectionEnd);
    this.#setText(before + sign + after);
    box.setSelectionRange(before.length + sign.length, before.length + sign.length);
    this.focus(null);
    this.#onInput();
  };

  readonly #onInput = (): void => {
    this.#recalled = 0;
    this.#fit();
    this.#saveDraft(this.#text(), this.#attached);
    const trigger = findTrigger(this.#text(), this.#box?.wrappedElement.selectionStart ?? 0);
    this.#waitingFor = trigger;
    if (!trigger) {
      this.#close();
      return;
    }
    this.#request += 1;
    this.#actions.send({ type: 'complete', requestId: this.#request, kind: trigger.kind, prefix: trigger.prefix });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    // While a character is being composed the keys belong to the input method.
    if (event.isComposing) return;
    if (this.#list && this.#list.items.length > 0 && this.#onListKey(event.key)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#ask();
    } else if ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && this.#recall(event.key === 'ArrowUp' ? 1 : -1))
      event.preventDefault();
    else if (event.key === 'Backspace' && this.#text() === '' && this.#attached.length > 0)
      this.#detach(this.#attached.length - 1);
    else return;
    event.stopPropagation();
  };

  /** @returns whether the key was for the list */
  #onListKey(key: string): boolean {
    const list = this.#list;
    if (!list) return false;
    const count = list.items.length;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      this.#list = { ...list, active: (list.active + (key === 'ArrowDown' ? 1 : count - 1)) % count };
      this.#redraw();
      this.#point();
    } else if (key === 'Enter' || key === 'Tab') this.#choose(list.active);
    else if (key === 'Escape') this.#close();
    else return false;
    return true;
  }

  readonly #choose = (at: number): void => {
    const item = this.#list?.items[at];
    if (!this.#list || !item) return;
    // The list may be of fewer letters of the word than stand there by now.
    const word = findTrigger(this.#text(), this.#box?.wrappedElement.selectionStart ?? 0);
    const trigger = word?.start === this.#list.trigger.start ? word : this.#list.trigger;
    const { text, caret } = accept(this.#text(), trigger, item);
    this.#close();
    this.#setText(text);
    this.#box?.wrappedElement.setSelectionRange(caret, caret);
    this.focus(null);
    const attachment = attachmentOf(item);
    if (attachment) this.add(attachment);
    else this.#actions.send({ type: 'add-scope', repository: item.repository, folder: item.path });
  };

  readonly #close = (): void => {
    this.#waitingFor = null;
    if (!this.#list) return;
    this.#list = null;
    this.#redraw();
    this.#point();
  };

  /** Goes back (1) or forth (-1) through earlier questions, only from the first or last line of the box. */
  #recall(step: number): boolean {
    const questions = this.#state?.questions ?? [];
    const box = this.#box?.wrappedElement;
    const next = this.#recalled + step;
    if (!box || next < 0 || next > questions.length) return false;
    const caret = box.selectionStart;
    const inTheWay = step > 0 ? box.value.slice(0, caret).includes('\n') : box.value.slice(caret).includes('\n');
    if (inTheWay || box.selectionEnd !== caret) return false;
    if (this.#recalled === 0) this.#written = box.value;
    this.#recalled = next;
    this.#setText(next === 0 ? this.#written : (questions.at(-next) ?? ''));
    return true;
  }

  #text(): string {
    return this.#box?.wrappedElement.value ?? '';
  }

  #setText(text: string): void {
    if (!this.#box) return;
    this.#box.value = text;
    this.#box.wrappedElement.value = text;
    this.#box.wrappedElement.setSelectionRange(text.length, text.length);
    this.#saveDraft(text, this.#attached);
    this.#fit();
  }

  /** Makes the box as high as its text. */
  #fit(): void {
    const box = this.#box?.wrappedElement;
    if (!box || !this.#box) return;
    box.style.height = 'auto';
    const border = box.offsetHeight - box.clientHeight;
    const height = Math.min(box.scrollHeight + border, Math.max(60, Math.round(window.innerHeight * tallest)));
    box.style.height = `${height}px`;
    this.#box.style.height = `${height}px`;
  }

  /** Tells a screen reader which suggestion is the active one; the list stands outside of the text box's shadow. */
  #point(): void {
    const box = this.#box?.wrappedElement;
    if (!box) return;
    const option = this.#list ? document.getElementById(optionId(this.#list.active)) : null;
    box.setAttribute('aria-autocomplete', 'list');
    box.ariaActiveDescendantElement = option;
    option?.scrollIntoView({ block: 'nearest' });
  }
}

/** The words for what the model may do, as far as it was tested. */
function abilityOf({ writesProse }: { readonly writesProse: boolean | null }): PageStringKey {
  if (writesProse === null) return 'modelUntested';
  return writesProse ? 'modelWrites' : 'modelQuotes';
}
