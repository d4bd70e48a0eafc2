/** The line that says how much was read, and behind it how the model's window was used, part by part, as a bar and as a list. */
import { type TemplateResult, html, nothing, svg } from 'lit';
import type { BudgetView, OutcomeView, TurnView } from '../src/protocol/webview.ts';
import { budgetParts } from './budget-parts.ts';
import { type Words, percent } from './format.ts';
import { type Actions, type PageState, flip } from './page-state.ts';

export function coverage(state: PageState, actions: Actions, turn: TurnView, outcome: OutcomeView): TemplateResult {
  const { t } = state.words;
  const { filesRead, filesRelevant } = outcome.coverage;
  const open = state.budgets.has(turn.id);
  const line =
    filesRead === 0
      ? foundIn(turn, t)
      : t(
          outcome.budget.counts === 'estimated' ? 'coverageAbout' : 'coverage',
          filesRead,
          filesRelevant,
          outcome.coverage.tokensRead,
          outcome.budget.window,
        );
  return html`<div class="coverage">
    <button
      type="button"
      class="coverage-line"
      aria-expanded=${open}
      @click=${({ currentTarget }: Event) => {
        actions.change((s) => {
          flip(s.budgets, turn.id);
        });
        // What was opened below the edge is brought into view.
        if (currentTarget instanceof Element) currentTarget.parentElement?.scrollIntoView({ block: 'nearest' });
      }}
    >
      <vscode-icon name=${open ? 'chevron-down' : 'chevron-right'}></vscode-icon><span>${line}</span>
    </button>
    ${open ? details(state.words, outcome) : nothing}
  </div>`;
}

function details(words: Words, outcome: OutcomeView): TemplateResult {
  const { t, seconds, number } = words;
  const { skipped } = outcome.coverage;
  return html`<div class="budget">
    ${outcome.coverage.filesRead === 0 ? nothing : parts(words, outcome.budget)}
    ${
      skipped.length === 0
        ? nothing
        : html`<h3>${t('leftOut')}</h3>
            <ul class="skipped">
              ${skipped.map(({ path, reason }) => html`<li><span class="file">${path}</span> <span class="quiet">${reason}</span></li>`)}
            </ul>`
    }
    <p class="quiet">
      ${
        outcome.firstTokenMs === null
          ? t('timingNoModel', seconds(outcome.retrieveMs), seconds(outcome.totalMs))
          : t(
              'timing',
              seconds(outcome.retrieveMs),
              seconds(outcome.firstTokenMs),
              seconds(outcome.totalMs),
              number(outcome.decodeTokensPerSecond),
            )
      }
    </p>
    ${
      outcome.budget.seconds === undefined
        ? nothing
        : html`<p class="quiet">
            ${t('timeAllowed', outcome.budget.seconds.allowed, outcome.budget.used, number(outcome.budget.seconds.expected))}
          </p>`
    }
    ${outcome.model === null ? nothing : html`<p class="quiet">${t('answerBy', outcome.model, outcome.provider ?? 'cpu')}</p>`}
    ${
      outcome.index.pending === 0
        ? nothing
        : html`<p class="quiet">
            ${t('indexNote', percent(outcome.index.indexed, outcome.index.indexed + outcome.index.pending), outcome.index.pending)}
          </p>`
    }
  </div>`;
}

function parts(words: Words, budget: BudgetView): TemplateResult {
  const { t } = words;
  const { window: all, sourcesLimit = 0 } = budget;
  const names = {
    system: t('system'),
    map: t('map'),
    history: t('history'),
    sources: t('sources'),
    question: t('questionPart'),
    reserve: t('reserve'),
    free: t('free'),
    limited: t('limited', sourcesLimit),
  };
  const rows = budgetParts(budget);
  const whole = rows.reduce((sum, { tokens }) => sum + tokens, 0);
  const share = (tokens: number): number => (whole > 0 ? (tokens / whole) * 100 : 0);
  let x = 0;
  const bars = rows.map(({ name, tokens }) => {
    const bar = svg`<rect class=${`part ${name}`} x=${`${x}%`} y="0" width=${`${share(tokens)}%`} height="100%"></rect>`;
    x += share(tokens);
    return bar;
  });
  return html`<h3>${t(budget.counts === 'estimated' ? 'budgetAbout' : 'budget', all)}</h3>
    <svg class="bar" width="100%" height="10" aria-hidden="true" focusable="false">${bars}</svg>
    <ul class="parts">
      ${rows.map(
        ({ name, tokens, percent: rounded }) =>
          html`<li>
            <svg class="swatch" width="10" height="10" aria-hidden="true" focusable="false">
              <rect class=${`part ${name}`} width="10" height="10"></rect></svg
            ><span>${t('budgetPart', names[name], tokens, rounded === 0 ? '<1' : rounded)}</span>
          </li>`,
      )}
    </ul>`;
}

function foundIn({ sources }: TurnView, t: Words['t']): string {
  const files = new Set(sources.map(({ repository, path }) => `${repository ?? ''} ${path}`)).size;
  return files === 1 ? t('coverageNoModelOne') : t('coverageNoModel', files);
}
