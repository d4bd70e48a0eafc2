/** One question with its evidence and answer; older ones fold to a line. */
import { type TemplateResult, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { OutcomeView, TurnView } from '../src/protocol/webview.ts';
import { attachedTo } from './attachments.ts';
import { coverage } from './budget.ts';
import { card } from './card.ts';
import { percent } from './format.ts';
import { type Actions, type PageState, flip, isRunning } from './page-state.ts';

/** Cards shown at first: so many fit above the answer in a side bar of usual height. */
const firstCards = 5;

export function turnBlock(
  state: PageState,
  actions: Actions,
  turn: TurnView,
  isLast: boolean,
  text: HTMLElement,
): TemplateResult {
  const { t } = state.words;
  const open = isLast || state.unfolded.has(turn.id);
  const heading = isLast
    ? html`<h2 class="question" tabindex="-1"><span class="whole">${turn.question}</span></h2>`
    : html`<h2 class="question older">
        <button
          type="button"
          aria-expanded=${open}
          aria-label=${t('earlier', turn.question)}
          title=${turn.question}
          @click=${() => {
            actions.change((s) => {
              flip(s.unfolded, turn.id);
            });
          }}
        >
          <vscode-icon name=${open ? 'chevron-down' : 'chevron-right'}></vscode-icon
          ><span class="one-line">${turn.question}</span>
        </button>
      </h2>`;
  return html`<article class="turn" data-turn=${turn.id}>
    ${heading}${open ? body(state, actions, turn, text) : nothing}
  </article>`;
}

function body(state: PageState, actions: Actions, turn: TurnView, text: HTMLElement): TemplateResult {
  const { t } = state.words;
  const { outcome } = turn;
  return html`
    ${attachedTo(state, actions, turn)} ${evidence(state, actions, turn)}
    ${turn.thoughts === '' ? nothing : thoughts(state, actions, turn)}
    ${turn.text === '' ? nothing : html`<section class="answer" aria-label=${t('answer')}>${text}</section>`}
    ${isRunning(turn) ? progress(state, turn) : nothing}
    ${outcome?.notice === undefined || outcome.notice === null ? nothing : html`<p class="notice"><vscode-icon name="info"></vscode-icon><span>${outcome.notice}</span></p>`}
    ${turn.phase === 'done' && turn.sources.length === 0 && outcome?.form !== 'list' ? nothingFound(state, actions, turn) : nothing}
    ${turn.phase === 'stopped' ? stopped(state, actions, turn) : nothing}
    ${turn.phase === 'failed' ? failed(state, actions, turn) : nothing}
    ${turn.phase === 'done' && isChanged(turn) ? changed(state, actions, turn) : nothing}
    ${
      outcome === null
        ? nothing
        : html`<footer class="turn-end">
            ${turn.sources.length === 0 ? nothing : coverage(state, actions, turn, outcome)}
            <p class="quiet local">
              <vscode-icon
                name=${outcome.server && !outcome.server.isLoopback ? 'cloud-upload' : 'shield'}
              ></vscode-icon
              ><span>${whereabouts(state, outcome)}</span>
            </p>
          </footer>`
    }
  `;
}

/** What the model thought, folded: it is no part of the answer. */
function thoughts(state: PageState, actions: Actions, turn: TurnView): TemplateResult {
  const open = state.thoughts.has(turn.id);
  return html`<section class="thoughts">
    <button
      type="button"
      class="link"
      aria-expanded=${open}
      @click=${() => {
        actions.change((s) => {
          flip(s.thoughts, turn.id);
        });
      }}
    >
      <vscode-icon name=${open ? 'chevron-down' : 'chevron-right'}></vscode-icon
      ><span>${state.words.t('thoughts')}</span>
    </button>
    ${open ? html`<p class="quiet">${turn.thoughts}</p>` : nothing}
  </section>`;
}

/** Whether what is pinned or dropped is not what it was asked with. */
function isChanged({ pinned, dropped, askedWith = [] }: TurnView): boolean {
  const was = new Set(askedWith.map(({ id }) => id));
  return dropped.length > 0 || pinned.some((id) => !was.has(id)) || was.size > pinned.length;
}

/** Where the code went. */
function whereabouts({ words: { t } }: PageState, { server, outboundRequests }: OutcomeView): string {
  const one = outboundRequests === 1;
  if (!server) return one ? t('localOne') : t('local', outboundRequests);
  if (server.isLoopback) return t(one ? 'servedHereOne' : 'servedHere', server.host, outboundRequests);
  return t(one ? 'servedElsewhereOne' : 'servedElsewhere', server.host, outboundRequests);
}

function evidence(state: PageState, actions: Actions, turn: TurnView): TemplateResult | typeof nothing {
  const { t, seconds } = state.words;
  const { sources, outcome } = turn;
  // A computed list names each of its places itself.
  if (sources.length === 0 || outcome?.form === 'list') return nothing;
  const files = new Set(sources.map(({ repository, path }) => `${repository ?? ''} ${path}`)).size;
  const all = state.allSources.has(turn.id) || sources.length <= firstCards + 1;
  const shown = all ? sources : sources.slice(0, firstCards);
  return html`<section class="evidence" aria-label=${t('evidence')}>
    <p class="found">
      <span>${files === 1 ? t('foundOne') : t('found', files)}</span
      >${outcome === null ? nothing : html`<span class="quiet">${t('seconds', seconds(outcome.retrieveMs))}</span>`}
    </p>
    <ol class="cards">
      ${repeat(
        shown,
        ({ id }) => id,
        (source, i) => card(state, actions, turn, source, i + 1),
      )}
    </ol>
    ${
      sources.length <= firstCards + 1
        ? nothing
        : html`<button
            type="button"
            class="link"
            aria-expanded=${all}
            @click=${() => {
              actions.change((s) => {
                flip(s.allSources, turn.id);
              });
            }}
          >
            ${all ? t('showLess') : t('showMore', sources.length - firstCards)}
          </button>`
    }
  </section>`;
}

function progress(state: PageState, turn: TurnView): TemplateResult {
  const { t, number } = state.words;
  const phase = {
    waiting: 'waiting',
    indexing: 'phaseIndexing',
    searching: 'phaseSearching',
    loading: 'phaseLoading',
    testing: 'phaseTesting',
    reading: 'phaseReading',
    writing: 'phaseWriting',
  } as const;
  const name = turn.phase in phase ? t(phase[turn.phase as keyof typeof phase]) : '';
  const { done, total, message } = turn.status ?? { done: null, total: null, message: '' };
  const known = done !== null && total !== null && total > 0;
  return html`<div class="progress">
    <p>
      ${message === '' ? name : message}${known ? html` <span class="quiet">${t('progress', number(done), number(total))}</span>` : nothing}
    </p>
    <svg
      class=${known ? 'progress-bar' : 'progress-bar endless'}
      width="100%"
      height="2"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="progress-track" width="100%" height="2"></rect>
      <rect class="progress-done" width=${known ? `${percent(done, total)}%` : '30%'} height="2"></rect>
    </svg>
  </div>`;
}

function nothingFound(state: PageState, actions: Actions, turn: TurnView): TemplateResult {
  const { t } = state.words;
  const pending = turn.outcome?.index.pending ?? 0;
  return html`<section class="message">
    <p>${t('nothingFound')}</p>
    <p class="quiet">
      ${turn.scope.length > 0 ? t('nothingScope', turn.scope.map(({ label }) => label).join(', ')) : t('nothingHelp')}
    </p>
    ${pending > 0 ? html`<p class="quiet">${t('nothingIndex', pending)}</p>` : nothing}
    ${
      turn.candidates.length === 0
        ? nothing
        : html`<h3>${t('nearest')}</h3>
            <ul class="candidates">
              ${turn.candidates.map(
                ({ label, path, line }, at) =>
                  html`<li>
                    <button
                      type="button"
                      class="link"
                      @click=${() => {
                        actions.send({ type: 'open-candidate', turnId: turn.id, at });
                      }}
                    >
                      ${label} <span class="quiet">${path}:${line}</span>
                    </button>
                  </li>`,
              )}
            </ul>`
    }
    <p>
      <vscode-button
        secondary
        @click=${() => {
          actions.send({ type: 'scope' });
        }}
        >${t('widen')}</vscode-button
      >
    </p>
  </section>`;
}

function stopped(state: PageState, actions: Actions, turn: TurnView): TemplateResult {
  const { t } = state.words;
  const resume = (): void => {
    actions.send({ type: 'continue', turnId: turn.id });
  };
  return html`<section class="message">
    ${turn.outcome?.notice ? nothing : html`<p class="quiet">${t(turn.text === '' && turn.sources.length === 0 ? 'stoppedEmpty' : 'stopped')}</p>`}
    <p><vscode-button secondary icon="debug-continue" @click=${resume}>${t('continue')}</vscode-button></p>
  </section>`;
}

function failed(state: PageState, actions: Actions, turn: TurnView): TemplateResult {
  const { t } = state.words;
  // What an engine that died had read is kept, and what it had written stands here: that is gone on with.
  const type = turn.interrupted ? 'continue' : 'again';
  const resume = (): void => {
    actions.send({ type, turnId: turn.id });
  };
  const error = turn.error ?? { code: '', message: '', hint: '' };
  return html`<section class="message error">
    <p>
      <vscode-icon name="error"></vscode-icon
      ><span
        >${turn.interrupted ? t('interrupted') : `${error.message} ${error.hint}`}
        <span class="quiet">${error.code}</span></span
      >
    </p>
    <p class="buttons">
      <vscode-button secondary icon=${turn.interrupted ? 'debug-continue' : 'refresh'} @click=${resume}
        >${t(turn.interrupted ? 'continue' : 'askAgain')}</vscode-button
      >
      <button
        type="button"
        class="link"
        @click=${() => {
          actions.send({ type: 'command', command: 'longsight.showLog' });
        }}
      >
        ${t('showLog')}
      </button>
    </p>
  </section>`;
}

function changed(state: PageState, actions: Actions, turn: TurnView): TemplateResult {
  const { t } = state.words;
  const again = (): void => {
    actions.send({ type: 'again', turnId: turn.id });
  };
  return html`<p class="changed">
    <span class="quiet">${t('changed')}</span>
    <button type="button" class="link" @click=${again}>${t('askAgain')}</button>
  </p>`;
}
