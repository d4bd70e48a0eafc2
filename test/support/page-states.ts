/** Every state of the sidebar's page, as what the extension host would send and what the user would then do; pictures and accessibility checks go through all. */
import type { Page } from 'playwright-core';
import type { Answer } from '../../src/protocol/answers.ts';
import type { Surroundings, TurnView } from '../../src/protocol/webview.ts';
import { applyEvent, failTurn, finish, newTurn } from '../../src/extension/turn.ts';
import { answerEvents, citations, prose, scriptedAnswer, sources } from './scripted-answers.ts';

export interface PageStateCase {
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly turns: readonly TurnView[];
  /** What the user does before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

const question = 'How are routes registered?';
const ready: Surroundings = {
  engine: 'ready',
  error: null,
  repository: 'ferry',
  index: { state: 'idle', files: 214, indexed: 214, pending: 0 },
  model: { name: 'Qwen2.5 Coder 1.5B', state: 'ready', writesProse: true },
  modelKnown: true,
  scope: [],
};
const indexing: Surroundings = { ...ready, index: { state: 'indexing', files: 3170, indexed: 1966, pending: 1204 } };
const noEngine = { repository: null, index: null, model: null, modelKnown: false };
const noModel: Surroundings = { ...ready, model: null };

function answered(change: Partial<Answer> = {}, id = 'turn', words = question): TurnView {
  const answer = scriptedAnswer(words, change);
  return finish({ ...newTurn(id, words, []), text: answer.answer }, answer);
}

/** The turn as it is after so many of the answer's events, and so much of its text. */
function during(phase: 'searching' | 'reading' | 'writing', textLength = 0): TurnView {
  let turn = newTurn('turn', question, []);
  for (const event of answerEvents(scriptedAnswer(question))) {
    if (event.type === 'token') break;
    turn = applyEvent(turn, event);
    if (phase === 'searching' && event.type === 'status') break;
    if (phase === 'reading' && event.type === 'status' && event.phase === 'reading') break;
  }
  return { ...turn, text: prose.slice(0, textLength) };
}

const evidenceOnly: Partial<Answer> = {
  form: 'evidence',
  answer: '',
  unsupported: [],
  model: null,
  provider: null,
  notice: 'No model is on this machine: the evidence alone is the answer.',
};
const quoteText =
  'From `src/router.js` [1]:\n\n```js\nadd(method, pattern, handler) {\n  const parsed = parsePattern(pattern);\n  this.routes.push({ method, parsed, handler });\n```';
const nothing: Partial<Answer> = {
  form: 'evidence',
  answer: '',
  sources: [],
  citations: [],
  unsupported: [],
  coverage: { filesRelevant: 0, filesRead: 0, tokensRead: 0, skipped: [] },
};
const candidates = [
  { label: 'Router', path: 'src/router.js', line: 4 },
  { label: 'parsePattern', path: 'src/pattern.js', line: 2 },
];
const crash = {
  code: 'LS7001',
  message: 'The engine stopped working: it was ended by SIGKILL',
  hint: 'It is started again by itself; if it keeps stopping, see the log.',
} as const;
const longPath =
  'packages/really-long-package-name/src/components/infrastructure/abstract-configuration-provider-factory.generated.test.ts';
const many = Array.from({ length: 9 }, (_, i) => {
  const original = sources[i % sources.length] ?? sources[0];
  return original
    ? [
        {
          ...original,
          id: `many-${i}`,
          path: i === 1 ? longPath : original.path,
          ...(i === 2 ? { symbol: 'AnUnusuallyLongNamespace.AnEvenLongerClassName.aMethodThatSaysEverything' } : {}),
        },
      ]
    : [];
}).flat();

const open = (page: Page, selector: string): Promise<void> => page.locator(selector).first().click();

export const pageStates: readonly PageStateCase[] = [
  { name: 'no-folder', surroundings: { ...ready, ...noEngine, engine: 'no-folder' }, turns: [] },
  { name: 'virtual-folder', surroundings: { ...ready, ...noEngine, engine: 'unsupported' }, turns: [] },
  { name: 'starting', surroundings: { ...ready, ...noEngine, repository: 'ferry', engine: 'connecting' }, turns: [] },
  { name: 'no-model', surroundings: noModel, turns: [] },
  { name: 'no-model-answer', surroundings: noModel, turns: [answered(evidenceOnly)] },
  { name: 'ready', surroundings: ready, turns: [] },
  {
    name: 'loading-model',
    surroundings: { ...ready, model: { name: 'Qwen2.5 Coder 1.5B', state: 'loading', writesProse: null } },
    turns: [],
  },
  {
    name: 'scanning',
    surroundings: { ...ready, index: { state: 'scanning', files: 0, indexed: 0, pending: 0 } },
    turns: [],
  },
  { name: 'indexing', surroundings: indexing, turns: [] },
  {
    name: 'indexing-answer',
    surroundings: indexing,
    turns: [
      answered({
        index: { files: 3170, indexed: 1966, pending: 1204, embedded: 310 },
        notice: 'The index is 62 % complete: 1,204 files are still unread.',
      }),
    ],
  },
  {
    name: 'paused',
    surroundings: { ...indexing, index: { state: 'paused', files: 3170, indexed: 1966, pending: 1204 } },
    turns: [],
  },
  {
    name: 'index-failed',
    surroundings: { ...ready, index: { state: 'failed', files: 214, indexed: 100, pending: 114 } },
    turns: [],
  },
  { name: 'searching', surroundings: ready, turns: [during('searching')] },
  { name: 'reading', surroundings: ready, turns: [during('reading')] },
  { name: 'writing', surroundings: ready, turns: [during('writing', 150)] },
  { name: 'finished', surroundings: ready, turns: [answered()] },
  {
    name: 'quoting',
    surroundings: { ...ready, model: { name: 'SmolLM2 135M', state: 'ready', writesProse: false } },
    turns: [
      answered({
        form: 'quote',
        answer: quoteText,
        unsupported: [],
        notice: 'This model has not passed the reading test, so it quotes only. A larger model writes prose.',
      }),
    ],
  },
  {
    name: 'citation-changed',
    surroundings: ready,
    turns: [answered({ citations: citations.map((c, i) => ({ ...c, status: i === 0 ? 'stale' : 'moved' })) })],
  },
  { name: 'stopped', surroundings: ready, turns: [{ ...during('writing', 150), phase: 'stopped', status: null }] },
  { name: 'stopped-empty', surroundings: ready, turns: [{ ...newTurn('turn', question, []), phase: 'stopped' }] },
  {
    name: 'nothing-found',
    surroundings: ready,
    turns: [{ ...answered(nothing, 'turn', 'Where is the flux capacitor?'), candidates }],
  },
  {
    name: 'nothing-found-scope',
    surroundings: { ...indexing, scope: ['docs/**'] },
    turns: [
      {
        ...answered(
          { ...nothing, index: { files: 3170, indexed: 1966, pending: 1204, embedded: 0 } },
          'turn',
          'Where is the flux capacitor?',
        ),
        scope: ['docs/**'],
      },
    ],
  },
  {
    name: 'engine-restarted',
    surroundings: { ...ready, engine: 'restarted' },
    turns: [failTurn(during('writing', 90), crash)],
  },
  { name: 'engine-hung', surroundings: { ...ready, engine: 'hung' }, turns: [during('reading')] },
  {
    name: 'engine-failed',
    surroundings: { ...ready, ...noEngine, engine: 'failed', repository: 'ferry', error: crash },
    turns: [],
  },
  {
    name: 'error',
    surroundings: ready,
    turns: [
      failTurn(during('searching'), {
        code: 'LS2001',
        message: 'The model "qwen2.5-coder-1.5b-instruct" is not on this machine.',
        hint: 'Get it with "longsight models get <id>", or pick another with "longsight models list".',
      }),
    ],
  },
  { name: 'budget', surroundings: ready, turns: [answered()], act: (page) => open(page, '.coverage-line') },
  { name: 'card-menu', surroundings: ready, turns: [answered()], act: (page) => open(page, '.icon-button') },
  {
    name: 'pinned-and-dropped',
    surroundings: ready,
    turns: [{ ...answered(), pinned: ['src/router.js:9'], dropped: ['src/main.js:3'] }],
    act: async (page) => {
      await open(page, '.icon-button');
      await page.locator('[role=menuitem]').nth(2).click();
    },
  },
  {
    name: 'follow-up',
    surroundings: ready,
    turns: [
      answered({}, 'first', 'What is a route?'),
      answered({}, 'second', 'Where are patterns parsed, and what happens to a parameter that fits twice?'),
      answered(),
    ],
  },
  {
    name: 'long-names',
    surroundings: { ...ready, scope: ['packages/really-long-package-name/**', 'src/**'] },
    turns: [answered({ sources: many })],
  },
  {
    name: 'suggestions',
    surroundings: ready,
    turns: [],
    act: async (page) => {
      await page.locator('vscode-textarea textarea').fill('What does @par');
      await page.evaluate(() => {
        const items = [
          { label: 'parsePattern', path: 'src/pattern.js', kind: 'symbol' },
          { label: 'src/pattern.js', path: 'src/pattern.js', kind: 'file' },
          { label: 'packages/parser/src/parameters.ts', path: 'packages/parser/src/parameters.ts', kind: 'file' },
        ];
        window.postMessage({ type: 'completions', requestId: 1, items }, '*');
      });
      await page.locator('[role=option]').first().waitFor();
    },
  },
  {
    name: 'long-question',
    surroundings: ready,
    turns: [],
    act: (page) =>
      page
        .locator('vscode-textarea textarea')
        .fill(
          'When a request arrives whose path fits two patterns, which one wins?\nAnd does the order of registration matter, or is the more specific pattern taken?\n\nPlease name the lines.',
        ),
  },
];
