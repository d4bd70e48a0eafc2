/** Every state of the sidebar's page, as what the extension host would send and what the user would then do; pictures and accessibility checks go through all. */
import { fault } from '../../src/base/errors.ts';
import { type Speaker, createSpeaker } from '../../src/base/speaker.ts';
import { say } from '../../src/base/sentences.ts';
import type { Page } from 'playwright-core';
import { noticeOf, testingWords } from '../../src/answers/writing/notice.ts';
import type { Answer, AnswerEvent } from '../../src/protocol/answers.ts';
import type { AttachmentView, CompletionView, ScopeView, Surroundings, TurnView } from '../../src/protocol/webview.ts';
import { applyEvent, failTurn, finish, newTurn } from '../../src/extension/conversation/turn.ts';
import { answerEvents, citations, prose, scriptedAnswer, sources } from './scripted-answers.ts';

export interface PageStateCase {
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly turns: readonly TurnView[];
  /** What the user does before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

/** Who makes the words of the states that are being built. */
let speaker = createSpeaker('editor');

const question = 'How are routes registered?';
const ready: Surroundings = {
  engine: 'ready',
  error: null,
  repositories: [{ root: '/code/ferry', name: 'ferry' }],
  index: { state: 'idle', files: 214, indexed: 214, pending: 0 },
  model: { name: 'Qwen2.5 Coder 1.5B', state: 'ready', writesProse: true },
  modelKnown: true,
  scope: [],
};
const indexing: Surroundings = { ...ready, index: { state: 'indexing', files: 3170, indexed: 1966, pending: 1204 } };
const noEngine = { repositories: [], index: null, model: null, modelKnown: false };
const noModel: Surroundings = { ...ready, model: null };

function answered(change: Partial<Answer> = {}, id = 'turn', words = question): TurnView {
  const answer = scriptedAnswer(words, change);
  return finish({ ...newTurn(id, words), text: answer.answer }, answer, speaker);
}

/** The turn as it is after so many of the answer's events, and so much of its text. */
function during(phase: 'searching' | 'reading' | 'writing', textLength = 0): TurnView {
  let turn = newTurn('turn', question);
  for (const event of answerEvents(scriptedAnswer(question))) {
    if (event.type === 'token') break;
    turn = applyEvent(turn, event, speaker);
    if (phase === 'searching' && event.type === 'status') break;
    if (phase === 'reading' && event.type === 'status' && event.phase === 'reading') break;
  }
  return { ...turn, text: prose.slice(0, textLength) };
}

const nothingRead: Answer['coverage'] = { filesRelevant: 3, filesRead: 0, tokensRead: 0, skipped: [] };
const evidenceOnly: Partial<Answer> = {
  form: 'evidence',
  answer: '',
  unsupported: [],
  model: null,
  provider: null,
  notice: say('This is the evidence alone. {0}', fault('LS2052', '').userError),
  coverage: nothingRead,
};
/** The turn whose evidence is there, while the decoder is got ready. */
function waitingFor(status: Omit<Extract<AnswerEvent, { type: 'status' }>, 'type'>): TurnView {
  return applyEvent(during('reading'), { type: 'status', ...status }, speaker);
}
const quoteText =
  '`src/router.js` [1]:\n\n```js\nadd(method, pattern, handler) {\n  const parsed = parsePattern(pattern);\n  this.routes.push({ method, parsed, handler });\n```';
const listText =
  '`Router`: 2.\n\n`src/router.js`\n- `Router.add` · `add(method, pattern, handler) {` 9 [1]\n- `Router.match` 18 [2]';
const nothing: Partial<Answer> = {
  form: 'evidence',
  answer: '',
  sources: [],
  citations: [],
  unsupported: [],
  coverage: { filesRelevant: 0, filesRead: 0, tokensRead: 0, skipped: [] },
};
const candidates = [
  { label: 'Router', repository: '/code/ferry', path: 'src/router.js', line: 4 },
  { label: 'parsePattern', repository: '/code/ferry', path: 'src/pattern.js', line: 2 },
];
const crash = fault('LS7001', 'SIGKILL').userError;
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

const scopeOf = (folder: string): ScopeView => ({ repository: '/code/ferry', glob: `${folder}/**`, label: folder });
const docs = scopeOf('docs');
const attached: readonly AttachmentView[] = [
  {
    kind: 'selection',
    label: 'router.js:9–16',
    repository: '/code/ferry',
    path: 'src/router.js',
    startLine: 9,
    endLine: 16,
  },
  {
    kind: 'symbol',
    label: 'parsePattern',
    repository: '/code/ferry',
    path: 'src/pattern.js',
    startLine: 1,
    endLine: 16,
  },
  {
    ...{ kind: 'file', repository: '/code/ferry', startLine: null, endLine: null },
    label: 'abstract-configuration-provider-factory.generated.test.ts',
    path: longPath,
  },
];
const completion = (
  kind: CompletionView['kind'],
  label: string,
  path: string,
  lines: { startLine: number | null; endLine: number | null } = { startLine: null, endLine: null },
): CompletionView => ({ kind, label, path, repository: '/code/ferry', ...lines });
const suggested: readonly CompletionView[] = [
  completion('selection', 'pattern.js:3–5', 'src/pattern.js', { startLine: 3, endLine: 5 }),
  completion('symbol', 'parsePattern', 'src/pattern.js', { startLine: 1, endLine: 16 }),
  completion('symbol', 'LegacyRouter.parsePattern', 'src/legacy/pattern.js', { startLine: 40, endLine: 52 }),
  completion('file', 'pattern.js', 'src/pattern.js'),
  completion('file', 'parameters.ts', 'packages/parser/src/parameters.ts'),
];
const suggest = async (page: Page): Promise<void> => {
  await page.locator('vscode-textarea textarea').fill('What does @par');
  await page.evaluate((items) => {
    window.postMessage({ type: 'completions', requestId: 1, items }, '*');
  }, suggested);
  await page.locator('[role=option]').first().waitFor();
};
const two = [
  { root: '/code/ferry', name: 'ferry' },
  { root: '/code/harbour', name: 'harbour' },
];
const inTwo: Partial<Answer> = {
  sources: sources.map((source, i) => ({ ...source, repository: i === 1 ? '/code/harbour' : '/code/ferry' })),
};

const open = (page: Page, selector: string): Promise<void> => page.locator(selector).first().click();

const build = (): readonly PageStateCase[] => [
  { name: 'no-folder', surroundings: { ...ready, ...noEngine, engine: 'no-folder' }, turns: [] },
  { name: 'virtual-folder', surroundings: { ...ready, ...noEngine, engine: 'unsupported' }, turns: [] },
  { name: 'starting', surroundings: { ...ready, ...noEngine, engine: 'connecting' }, turns: [] },
  { name: 'no-model', surroundings: noModel, turns: [] },
  { name: 'no-model-answer', surroundings: noModel, turns: [answered(evidenceOnly)] },
  { name: 'ready', surroundings: ready, turns: [] },
  {
    name: 'not-tested',
    surroundings: { ...ready, model: { name: 'Qwen2.5 Coder 1.5B', state: 'ready', writesProse: null } },
    turns: [],
  },
  {
    name: 'loading-answer',
    surroundings: { ...ready, model: { name: 'Qwen2.5 Coder 1.5B', state: 'loading', writesProse: null } },
    turns: [waitingFor({ phase: 'loading', message: say('Loading {0}', 'Qwen2.5 Coder 1.5B'), done: 34, total: 100 })],
  },
  {
    name: 'testing',
    surroundings: { ...ready, model: { name: 'Qwen2.5 Coder 1.5B', state: 'busy', writesProse: null } },
    turns: [
      waitingFor({
        phase: 'testing',
        message: testingWords({ displayName: 'Qwen2.5 Coder 1.5B' }, 41),
        done: 6,
        total: 20,
      }),
    ],
  },
  {
    name: 'testing-stopped',
    surroundings: { ...ready, model: { name: 'Qwen2.5 Coder 1.5B', state: 'ready', writesProse: null } },
    turns: [
      answered({
        ...evidenceOnly,
        stopped: true,
        model: 'qwen2.5-coder-1.5b-instruct',
        notice: say('The reading test of {0} did not finish: the next question starts it again.', 'Qwen2.5 Coder 1.5B'),
      }),
    ],
  },
  {
    name: 'server-may-not-write',
    surroundings: { ...ready, model: { name: 'small-coder', state: 'ready', writesProse: false } },
    turns: [
      answered({
        ...evidenceOnly,
        model: '127.0.0.1:8000/small-coder',
        provider: 'OpenAI-compatible server at 127.0.0.1:8000',
        notice: noticeOf({
          form: 'evidence',
          wanted: true,
          decoder: {
            displayName: 'small-coder',
            quotes: false,
            server: { host: '127.0.0.1:8000', software: null, isLoopback: true },
          },
          readingTest: { questions: 20, asked: 14, correct: 10, needed: 17, passed: false },
          failure: null,
          spoken: null,
          index: { files: 214, indexed: 214, pending: 0, embedded: 214 },
          stopped: false,
          found: true,
        }),
      }),
    ],
  },
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
        notice: say('The index is {0} % complete: {1} files still unread.', 62, 1204),
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
    name: 'thoughts',
    surroundings: ready,
    turns: [{ ...answered(), thoughts: 'The router keeps a table.\nI should name the function.' }],
    act: async (page) => {
      await page.locator('.thoughts button').click();
    },
  },
  {
    name: 'quoting',
    surroundings: { ...ready, model: { name: 'SmolLM2 135M', state: 'ready', writesProse: false } },
    turns: [
      answered({
        form: 'quote',
        answer: quoteText,
        unsupported: [],
        notice: say(
          '{0} only quotes. {1} {2}',
          'SmolLM2 135M',
          say('It answered {0} of {1} questions of the reading test correctly; {2} are needed.', 7, 18, 15),
          say('For an answer in prose choose a larger model.'),
        ),
      }),
    ],
  },
  {
    name: 'list',
    surroundings: ready,
    turns: [
      answered({
        form: 'list',
        answer: listText,
        unsupported: [],
        model: null,
        provider: null,
        notice: say('This list was computed from the index, not written by a model.'),
        coverage: nothingRead,
      }),
    ],
  },
  {
    name: 'list-empty',
    surroundings: ready,
    turns: [answered({ ...nothing, form: 'list', answer: '`Router.add`: 0.' }, 'turn', 'Who calls Router.add?')],
  },
  {
    name: 'citation-changed',
    surroundings: ready,
    turns: [answered({ citations: citations.map((c, i) => ({ ...c, status: i === 0 ? 'stale' : 'moved' })) })],
  },
  { name: 'stopped', surroundings: ready, turns: [{ ...during('writing', 150), phase: 'stopped', status: null }] },
  { name: 'stopped-empty', surroundings: ready, turns: [{ ...newTurn('turn', question), phase: 'stopped' }] },
  {
    name: 'nothing-found',
    surroundings: ready,
    turns: [{ ...answered(nothing, 'turn', 'Where is the flux capacitor?'), candidates }],
  },
  {
    name: 'nothing-found-scope',
    surroundings: { ...indexing, scope: [docs] },
    turns: [
      {
        ...answered(
          { ...nothing, index: { files: 3170, indexed: 1966, pending: 1204, embedded: 0 } },
          'turn',
          'Where is the flux capacitor?',
        ),
        scope: [docs],
      },
    ],
  },
  {
    name: 'engine-restarted',
    surroundings: { ...ready, engine: 'restarted' },
    turns: [failTurn(during('writing', 90), crash, speaker)],
  },
  { name: 'engine-hung', surroundings: { ...ready, engine: 'hung' }, turns: [during('reading')] },
  {
    name: 'engine-failed',
    surroundings: { ...ready, ...noEngine, engine: 'failed', error: speaker.error(crash) },
    turns: [],
  },
  {
    name: 'error',
    surroundings: ready,
    turns: [failTurn(during('searching'), fault('LS2001', 'qwen2.5-coder-1.5b-instruct').userError, speaker)],
  },
  { name: 'budget', surroundings: ready, turns: [answered()], act: (page) => open(page, '.coverage-line') },
  { name: 'card-menu', surroundings: ready, turns: [answered()], act: (page) => open(page, '.card .icon-button') },
  {
    name: 'pinned-and-dropped',
    surroundings: ready,
    turns: [{ ...answered(), pinned: ['src/router.js:9'], dropped: ['src/main.js:3'] }],
    act: async (page) => {
      await open(page, '.card .icon-button');
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
    surroundings: { ...ready, scope: [scopeOf('packages/really-long-package-name'), scopeOf('src')] },
    turns: [answered({ sources: many })],
  },
  {
    name: 'suggestions',
    surroundings: ready,
    turns: [],
    act: suggest,
  },
  {
    name: 'attached',
    surroundings: ready,
    turns: [],
    act: async (page) => {
      await page.locator('vscode-textarea textarea').fill('Why are these two apart?');
      await page.evaluate((all) => {
        for (const attachment of all) window.postMessage({ type: 'attach', attachment }, '*');
      }, attached);
      await page.locator('.attachment').nth(2).waitFor();
    },
  },
  { name: 'attached-answer', surroundings: ready, turns: [{ ...answered(), attached: [...attached] }] },
  {
    name: 'several-repositories',
    surroundings: { ...ready, repositories: two },
    turns: [answered(inTwo)],
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

export const pageStates = build();

/** The same states in another language. */
export function pageStatesIn(other: Speaker): readonly PageStateCase[] {
  const own = speaker;
  speaker = other;
  try {
    return build();
  } finally {
    speaker = own;
  }
}
