/** What stands above the conversation when it matters: no folder, no model yet, indexing, an engine that starts, hangs or failed. */
import { type TemplateResult, html, nothing } from 'lit';
import type { FromPage, Surroundings } from '../src/protocol/webview.ts';
import { percent } from './format.ts';
import type { Actions, PageState } from './page-state.ts';

type Command = Extract<FromPage, { type: 'command' }>['command'];

/** What takes the place of everything else, because nothing can be asked; null when something can. */
export function obstacle(state: PageState, actions: Actions): TemplateResult | null {
  const { t } = state.words;
  switch (state.surroundings.engine) {
    case 'no-folder':
      return html`<section class="welcome">
        <h2>${t('noFolderTitle')}</h2>
        <p>${t('noFolder')}</p>
        <vscode-button
          icon="folder-opened"
          @click=${() => {
            actions.send({ type: 'open-folder' });
          }}
          >${t('openFolder')}</vscode-button
        >
      </section>`;
    case 'unsupported':
      return html`<section class="welcome">
        <h2>${t('virtualTitle')}</h2>
        <p>${t('virtual')}</p>
      </section>`;
    case 'connecting':
    case 'ready':
    case 'restarted':
    case 'hung':
    case 'failed':
      return null;
  }
}

export function banners(state: PageState, actions: Actions): TemplateResult {
  return html`${engineBanner(state, actions)}${indexBanner(state, actions)}`;
}

function engineBanner(state: PageState, actions: Actions): TemplateResult | typeof nothing {
  const { t } = state.words;
  const { engine, error } = state.surroundings;
  switch (engine) {
    case 'connecting':
      return html`<p class="banner"><vscode-icon name="loading" spin></vscode-icon><span>${t('connecting')}</span></p>`;
    case 'restarted':
      return html`<p class="banner warning">
        <vscode-icon name="debug-restart"></vscode-icon
        ><span>${t('restarted')} ${link(actions, 'longsight.showLog', t('showLog'))}</span>
      </p>`;
    case 'hung':
      return html`<div class="banner warning">
        <vscode-icon name="warning"></vscode-icon
        ><span
          >${t('hung')} ${link(actions, 'longsight.restartEngine', t('restart'))}
          ${link(actions, 'longsight.showLog', t('showLog'))}</span
        >
      </div>`;
    case 'failed':
      return html`<div class="banner error">
        <vscode-icon name="error"></vscode-icon
        ><span
          >${error === null ? t('failed') : html`${error.message} <span class="quiet">${error.code}</span>`}
          ${link(actions, 'longsight.restartEngine', t('restart'))}
          ${link(actions, 'longsight.showLog', t('showLog'))}</span
        >
      </div>`;
    case 'ready':
    case 'no-folder':
    case 'unsupported':
      return nothing;
  }
}

function indexBanner(state: PageState, actions: Actions): TemplateResult | typeof nothing {
  const { t } = state.words;
  const { index } = state.surroundings;
  if (!index) return nothing;
  const done = percent(index.indexed, index.indexed + index.pending);
  switch (index.state) {
    case 'scanning':
      return html`<p class="banner"><vscode-icon name="sync" spin></vscode-icon><span>${t('scanning')}</span></p>`;
    case 'indexing':
      return html`<div class="banner">
        <vscode-icon name="sync" spin></vscode-icon><span>${t('indexing', done, index.pending)}</span>
        <svg class="progress-bar" width="100%" height="2" aria-hidden="true" focusable="false">
          <rect class="progress-track" width="100%" height="2"></rect>
          <rect class="progress-done" width=${`${done}%`} height="2"></rect>
        </svg>
      </div>`;
    case 'paused':
      return html`<p class="banner">
        <vscode-icon name="debug-pause"></vscode-icon
        ><span>${t('paused', index.pending)} ${link(actions, 'longsight.resumeIndexing', t('resume'))}</span>
      </p>`;
    case 'failed':
      return html`<p class="banner error">
        <vscode-icon name="error"></vscode-icon
        ><span>${t('indexFailed')} ${link(actions, 'longsight.showLog', t('showLog'))}</span>
      </p>`;
    // Embedding goes on behind a complete index and changes nothing the user must know.
    case 'embedding':
    case 'idle':
      return nothing;
  }
}

/** Before the first question: what this is, and the one thing that is missing. */
export function welcome(state: PageState, actions: Actions): TemplateResult | typeof nothing {
  const { t } = state.words;
  if (needsModel(state.surroundings))
    return html`<section class="welcome">
      <h2>${t('noModelTitle')}</h2>
      <p>${t('noModelText')}</p>
      <vscode-button
        icon="cloud-download"
        @click=${() => {
          actions.send({ type: 'command', command: 'longsight.getModel' });
        }}
        >${t('chooseModel')}</vscode-button
      >
    </section>`;
  const { model } = state.surroundings;
  if (state.surroundings.engine === 'connecting' || state.surroundings.engine === 'failed') return nothing;
  return html`<section class="welcome">
    <h2>${t('welcomeTitle')}</h2>
    <p>${t('welcome')}</p>
    <p class="quiet">${t('placeholderHelp')}</p>
    ${model?.writesProse === null ? html`<p class="quiet">${t('welcomeUntested', model.name)}</p>` : nothing}
  </section>`;
}

function needsModel({ modelKnown, model }: Surroundings): boolean {
  return modelKnown && model === null;
}

function link(actions: Actions, command: Command, words: string): TemplateResult {
  return html`<button
    type="button"
    class="link"
    @click=${() => {
      actions.send({ type: 'command', command });
    }}
  >
    ${words}
  </button>`;
}
