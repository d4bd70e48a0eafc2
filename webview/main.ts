/** The sidebar's page: receives what the extension host tells, draws it, and sends back what the user does. */
// First, before any schema is made.
import './no-eval.ts';
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import { html, nothing, render } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { type PageStrings, pageStringKeys } from '../src/protocol/page-strings.ts';
import { type FromPage, type ToPage, type TurnView, toPage } from '../src/protocol/webview.ts';
import { AnswerText } from './answer-text.ts';
import { banners, obstacle, welcome } from './banner.ts';
import { Composer } from './composer.ts';
import { createWords } from './format.ts';
import { type Chip, renderBlocks } from './markdown.ts';
import { type Actions, type PageState, isRunning } from './page-state.ts';
import { type SavedState, foldsOf, readSavedState } from './saved-state.ts';
import { turnBlock } from './turn.ts';

interface VsCodeApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: SavedState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Nearer than this to the end counts as being there, pixels. */
const nearEnd = 24;

const vscode = acquireVsCodeApi();
let saved = readSavedState(vscode.getState());

let state: PageState | null = null;
let scheduled = false;
/** Inside of a component where it is in one. */
let lastFocused: HTMLElement | null = null;
const texts = new Map<string, AnswerText>();

const actions: Actions = {
  send: (message) => {
    vscode.postMessage(message);
  },
  change: (change) => {
    if (!state) return;
    change(state);
    keepFolds(state);
    draw();
    if (state.menu !== null) document.querySelector<HTMLElement>('[role=menuitem]')?.focus({ preventScroll: true });
  },
  cite: (turn, number) => {
    const citation = turn.citations.find((c) => c.number === number);
    if (!citation || !state) return;
    if (!state.allSources.has(turn.id)) state.allSources.add(turn.id);
    keepFolds(state);
    draw();
    const card = [...document.querySelectorAll<HTMLElement>('[data-card]')].find(
      ({ dataset }) => dataset['card'] === `${turn.id} ${citation.id}`,
    );
    card?.scrollIntoView({ block: 'nearest' });
    card?.classList.add('pointed-at');
    setTimeout(() => card?.classList.remove('pointed-at'), 1600);
    actions.send({ type: 'open', turnId: turn.id, sourceId: citation.id });
  },
};

const composer = new Composer(actions, saved, {
  redraw: () => {
    draw();
  },
  saveDraft: (draft, attached) => {
    keep({ ...saved, draft, attached: [...attached] });
  },
  announce: (words) => {
    announce(words);
  },
});

const root = document.getElementById('page');
if (!root) throw new Error('the page has no root');
const live = document.createElement('div');
live.className = 'visually-hidden';
live.setAttribute('role', 'status');
live.setAttribute('aria-live', 'polite');
document.body.append(live);

function keep(next: SavedState): void {
  saved = next;
  vscode.setState(next);
}

function keepFolds(page: PageState): void {
  keep({
    ...saved,
    folds: foldsOf(
      page,
      page.turns.map(({ id }) => id),
    ),
  });
}

function announce(words: string): void {
  live.textContent = words;
}

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const parsed = toPage.safeParse(data);
  if (parsed.success) receive(parsed.data);
  else actions.send({ type: 'problem', message: `unreadable message: ${parsed.error.message}`.slice(0, 4000) });
});
document.addEventListener('keydown', (event) => {
  // Whether anything runs is known to the extension: a question that was just asked may not be on the page yet.
  if (event.key === 'Escape') composer.stop();
});
document.addEventListener('focusin', (event) => {
  const [element] = event.composedPath();
  if (element instanceof HTMLElement) lastFocused = element;
});
document.addEventListener('pointerdown', (event) => {
  if (
    !state ||
    state.menu === null ||
    (event.target instanceof Element && event.target.closest('.menu, [aria-haspopup=menu]'))
  )
    return;
  state.menu = null;
  draw();
});
actions.send({ type: 'ready' });

function receive(message: ToPage): void {
  if (message.type === 'init') {
    const strings = Object.fromEntries(pageStringKeys.map((key) => [key, message.strings[key] ?? key])) as PageStrings;
    state = {
      words: createWords(strings, message.locale),
      surroundings: message.surroundings,
      turns: message.turns,
      questions: message.questions,
      unfolded: new Set(saved.folds.unfolded),
      budgets: new Set(saved.folds.budgets),
      allSources: new Set(saved.folds.allSources),
      reasons: new Set(saved.folds.reasons),
      thoughts: new Set(),
      menu: null,
    };
    draw();
    scrollToEnd();
    return;
  }
  if (!state) return;
  switch (message.type) {
    case 'surroundings':
      state.surroundings = message.surroundings;
      break;
    case 'turns':
      state.turns = message.turns;
      break;
    case 'turn':
      receiveTurn(state, message.turn);
      return;
    case 'text':
      state.turns = state.turns.map((turn) =>
        turn.id === message.turnId ? { ...turn, text: turn.text + message.text } : turn,
      );
      break;
    case 'thought':
      state.turns = state.turns.map((turn) =>
        turn.id === message.turnId ? { ...turn, thoughts: turn.thoughts + message.text } : turn,
      );
      break;
    case 'completions':
      composer.suggest(message.requestId, message.items);
      return;
    case 'attach':
      draw();
      composer.add(message.attachment);
      return;
    case 'focus-back':
      if (lastFocused?.isConnected) lastFocused.focus();
      else composer.focus(null);
      return;
    case 'focus':
      draw();
      composer.focus(message.question);
      return;
  }
  schedule();
}

function receiveTurn(page: PageState, turn: TurnView): void {
  const before = page.turns.find(({ id }) => id === turn.id);
  page.turns = before ? page.turns.map((t) => (t.id === turn.id ? turn : t)) : [...page.turns, turn];
  const { t } = page.words;
  if (!before) page.questions = [...page.questions.filter((q) => q !== turn.question), turn.question];
  if (before && before.phase !== turn.phase) {
    const words = {
      searching: t('phaseSearching'),
      loading: t('phaseLoading'),
      testing: t('phaseTesting'),
      reading: t('phaseReading'),
      writing: t('phaseWriting'),
      stopped: t('stopped'),
      failed: turn.error?.message ?? '',
      done: t('finished', turn.sources.length),
    };
    if (turn.phase in words) announce(words[turn.phase as keyof typeof words]);
  }
  if (before) schedule();
  else {
    draw();
    // A new question is shown from its beginning.
    document.querySelector(`[data-turn="${CSS.escape(turn.id)}"]`)?.scrollIntoView({ block: 'start' });
  }
}

/** Draws once for all that came within a frame. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  // A hidden page has no frames, and must be up to date when it is shown.
  setTimeout(() => {
    scheduled = false;
    draw();
  }, 16);
}

function draw(): void {
  if (!state || !root) return;
  const page = state;
  const focused = document.activeElement;
  const scroller = root.querySelector('.turns');
  const writing = page.turns.at(-1)?.phase === 'writing';
  const stick =
    writing &&
    scroller !== null &&
    scroller.scrollTop > 0 &&
    scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEnd;
  const hindrance = obstacle(page, actions);
  render(
    html`<h1 class="visually-hidden">Longsight</h1>
      ${hindrance ?? html`${composer.view(page)}${banners(page, actions)}${conversation(page)}`}`,
    root,
  );
  if (!hindrance) void composer.attach(root);
  if (stick) scrollToEnd();
  // What had the focus is gone, for instance a button that did its work: the question box takes over. A page that the
  // user is not in must not pull the focus to itself.
  const isLost = focused !== null && focused !== document.body && !focused.isConnected;
  if (isLost && document.hasFocus()) composer.focus(null);
}

function conversation(page: PageState): unknown {
  const { turns } = page;
  for (const id of texts.keys()) if (!turns.some((turn) => turn.id === id)) texts.delete(id);
  return html`<section class="turns" aria-label=${page.words.t('conversation')} aria-busy=${turns.some(isRunning)}>
    ${turns.length === 0 ? welcome(page, actions) : nothing}
    ${repeat(
      turns,
      ({ id }) => id,
      (turn, i) => turnBlock(page, actions, turn, i === turns.length - 1, textOf(page, turn)),
    )}
  </section>`;
}

/** The element that holds the turn's text; it is kept, so that the text does not flicker while it grows. */
function textOf(page: PageState, turn: TurnView): HTMLElement {
  const { id } = turn;
  let text = texts.get(id);
  if (!text) {
    const { t } = page.words;
    text = new AnswerText({
      onCite: (citation) => {
        const now = state?.turns.find((one) => one.id === id);
        if (now) actions.cite(now, citation);
      },
      onCopy: (code) => {
        actions.send({ type: 'copy', text: code });
        announce(t('copied'));
      },
      copyLabel: t('copyCode'),
    });
    texts.set(id, text);
  }
  text.update(
    renderBlocks(turn.text, {
      chips: chipsOf(page, turn),
      unsupported: turn.outcome?.unsupported ?? [],
      unsupportedTitle: page.words.t('unsupported'),
      uncheckedTitle: page.words.t('unchecked'),
    }),
  );
  return text.element;
}

function chipsOf({ words }: PageState, turn: TurnView): ReadonlyMap<number, Chip> {
  const warnings = {
    verified: null,
    unchanged: null,
    moved: words.t('citationMoved'),
    stale: words.t('citationStale'),
  };
  return new Map(
    turn.citations.map((citation) => {
      const rank = turn.sources.findIndex(({ id }) => id === citation.id) + 1;
      const label = String(rank > 0 ? rank : citation.number);
      return [
        citation.number,
        {
          label,
          name: words.t('citation', label, citation.path, words.lines(citation)),
          warning: warnings[citation.status],
        },
      ];
    }),
  );
}

function scrollToEnd(): void {
  const scroller = root?.querySelector('.turns');
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}
