/** One evidence card: what is defined there, the lines, the signature, the doc comment's first sentence, and a menu of what to do with it. */
import { type TemplateResult, html, nothing } from 'lit';
import type { SourceView, TurnView } from '../src/protocol/webview.ts';
import { shortId } from '../src/protocol/commit-id.ts';
import { repositoryName, splitPath } from './format.ts';
import { breakable } from './names.ts';
import { type Actions, type PageState, cardKey, flip } from './page-state.ts';

export function card(
  state: PageState,
  actions: Actions,
  turn: TurnView,
  source: SourceView,
  rank: number,
): TemplateResult {
  const { t } = state.words;
  const key = cardKey(turn, source.id);
  const { folder, name } = splitPath(source.path);
  const repository = repositoryName(state.surroundings, source.repository);
  const where = repository === null ? folder : `${repository}/${folder}`;
  const pinned = turn.pinned.includes(source.id);
  const dropped = turn.dropped.includes(source.id);
  const open = (): void => {
    actions.send({ type: 'open', turnId: turn.id, sourceId: source.id });
  };
  return html`<li class=${dropped ? 'card dropped' : 'card'} data-card=${key}>
    <div class="card-row">
      <button type="button" class="card-open" title=${source.path} @click=${open}>
        <span class="card-title">
          <span class="visually-hidden">${t('openSource', String(rank))}</span>
          ${
            source.commit
              ? html`<span class="file">${source.commit.subject}</span>`
              : html`<span class="file">${breakable(name)}</span>`
          }${source.symbol === null ? nothing : html` <span class="symbol"><span aria-hidden="true">› </span>${breakable(source.symbol)}</span>`}
        </span>
        ${source.commit ? html`<span class="folder">${t('commit', shortId(source.commit.id), source.commit.date)}</span>` : nothing}
        ${where === '' && !source.commit ? nothing : html`<span class="folder">${breakable(source.commit ? source.path : where)}</span>`}
        <span class="card-detail">
          <span class="where">
            <span class="range"
              >${source.startLine === source.endLine ? source.startLine : `${source.startLine}–${source.endLine}`}</span
            >
            ${firstLine(source) === null || isShown(turn, source) || source.commit ? nothing : html`<code class="signature" title=${source.signature ?? ''}>${firstLine(source)}</code>`}
          </span>
          ${source.documentation === null ? nothing : html`<span class="documentation">${source.documentation}</span>`}
          ${bodyOf(source) === null ? nothing : html`<span class="documentation">${bodyOf(source)}</span>`}
          ${isUnread(turn, source) ? html`<span class="documentation">${t('notRead')}</span>` : nothing}
        </span>
      </button>
      <span class="card-side">
        <span class="number" aria-hidden="true">${rank}</span>
        <button
          type="button"
          class="icon-button"
          aria-haspopup="menu"
          aria-expanded=${state.menu === key}
          aria-label=${t('moreActions', String(rank))}
          title=${t('moreActions', String(rank))}
          @click=${() => {
            actions.change((s) => {
              s.menu = s.menu === key ? null : key;
            });
          }}
        >
          <vscode-icon name="ellipsis"></vscode-icon>
        </button>
      </span>
    </div>
    ${isShown(turn, source) ? html`<pre class="excerpt" tabindex="0" aria-label=${t('linesOf', String(rank))}><code>${source.excerpt}</code></pre>` : nothing}
    ${badges(state, pinned, dropped)}
    ${state.menu === key ? menu(state, actions, turn, source, { pinned, dropped }) : nothing}
    ${state.reasons.has(key) ? html`<p class="reason">${source.reason}</p>` : nothing}
  </li>`;
}

function badges(state: PageState, pinned: boolean, dropped: boolean): TemplateResult | typeof nothing {
  const { t } = state.words;
  const words = [...(pinned ? [t('pinnedBadge')] : []), ...(dropped ? [t('droppedBadge')] : [])];
  return words.length === 0
    ? nothing
    : html`<div class="badges">${words.map((word) => html`<vscode-badge>${word}</vscode-badge>`)}</div>`;
}

/** The lines that matter are the answer where no prose is; beside prose they would hide it. */
function isShown({ outcome, text }: TurnView, { excerpt, used }: SourceView): boolean {
  return excerpt !== undefined && used && (outcome === null ? text === '' : outcome.form !== 'prose');
}

/** Found and left out. Without a decoder nothing is read, and saying so on every card would be noise. */
function isUnread({ outcome }: TurnView, { used }: SourceView): boolean {
  return !used && outcome !== null && outcome.model !== null;
}

/** The first paragraph of a commit's message under its first line; null: there is none. */
function bodyOf({ commit, text }: SourceView): string | null {
  const [first = ''] = commit
    ? text
        .slice(commit.subject.length)
        .trim()
        .split(/\n\s*\n/)
    : [];
  return first === '' ? null : first;
}

/** The declaration, or without one the first line that says something. */
function firstLine({ signature, text }: SourceView): string | null {
  const line =
    signature?.replace(/\s+/g, ' ') ??
    text
      .split('\n')
      .find((l) => /\w/.test(l))
      ?.trim() ??
    '';
  return line === '' ? null : line;
}

function menu(
  state: PageState,
  actions: Actions,
  turn: TurnView,
  source: SourceView,
  is: { pinned: boolean; dropped: boolean },
): TemplateResult {
  const { t } = state.words;
  const at = { turnId: turn.id, sourceId: source.id };
  const key = cardKey(turn, source.id);
  const items: readonly [string, string, () => void][] = [
    [
      is.pinned ? 'pinned' : 'pin',
      t(is.pinned ? 'unpin' : 'pin'),
      () => {
        actions.send({ type: 'pin', ...at, pinned: !is.pinned });
      },
    ],
    [
      is.dropped ? 'discard' : 'close',
      t(is.dropped ? 'undrop' : 'drop'),
      () => {
        actions.send({ type: 'drop', ...at, dropped: !is.dropped });
      },
    ],
    [
      'question',
      t('why'),
      () => {
        actions.change((s) => {
          flip(s.reasons, key);
        });
      },
    ],
    [
      'link',
      t('copyLink'),
      () => {
        actions.send({ type: 'copy-link', ...at });
      },
    ],
  ];
  const close = (event: Event): void => {
    const button = (event.currentTarget as Element).closest('.card')?.querySelector<HTMLElement>('.icon-button');
    button?.focus({ preventScroll: true });
    actions.change((s) => {
      s.menu = null;
    });
  };
  const onKey = (event: KeyboardEvent): void => {
    const buttons = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>('[role=menuitem]')];
    const now = buttons.findIndex((button) => button === document.activeElement);
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next !== undefined) buttons[(next + buttons.length) % buttons.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close(event);
    if (next === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="menu" role="menu" aria-label=${t('moreActions', '')} @keydown=${onKey}>
    ${items.map(
      ([icon, word, run]) =>
        html`<button
          type="button"
          role="menuitem"
          tabindex="-1"
          @click=${(event: Event) => {
            close(event);
            run();
          }}
        >
          <vscode-icon name=${icon}></vscode-icon><span>${word}</span>
        </button>`,
    )}
  </div>`;
}
