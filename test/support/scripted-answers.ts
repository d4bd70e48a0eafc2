/** What the scripted engine says: sources, answers and states of the sample repository, complete and of the protocol's types. */
import { type Sentence, say } from '../../src/base/sentences.ts';
import type { Answer, AnswerEvent, Citation, Explanation, Source } from '../../src/protocol/answers.ts';
import type { ModelListing } from '../../src/protocol/models.ts';
import type { EngineStatus } from '../../src/protocol/status.ts';
import { sampleFiles } from './sample-repository.ts';

function linesOf(path: string, startLine: number, endLine: number): string {
  return (sampleFiles[path] ?? '')
    .split('\n')
    .slice(startLine - 1, endLine)
    .join('\n');
}

function source(
  path: string,
  startLine: number,
  endLine: number,
  more: {
    symbol?: string;
    excerpt?: string;
    signature?: string;
    documentation?: string;
    used?: boolean;
    reason?: Sentence;
  },
): Source {
  return {
    id: `${path}:${startLine}`,
    path,
    startLine,
    endLine,
    language: 'javascript',
    ...(more.symbol === undefined ? {} : { symbol: more.symbol }),
    ...(more.signature === undefined ? {} : { signature: more.signature }),
    ...(more.documentation === undefined ? {} : { documentation: more.documentation }),
    text: linesOf(path, startLine, endLine),
    ...(more.excerpt === undefined ? {} : { excerpt: more.excerpt }),
    tokens: 40 + (endLine - startLine) * 11,
    score: 1 / (startLine + 3),
    ranks: { lexical: 1, symbol: 2 },
    used: more.used ?? true,
    reason: more.reason ?? say('fits the question best'),
  };
}

export const sources: readonly Source[] = [
  source('src/router.js', 9, 16, {
    symbol: 'Router.add',
    signature: 'add(method, pattern, handler)',
    documentation: 'Registers a handler for a pattern. Patterns are tried in the order of their registration.',
    excerpt: linesOf('src/router.js', 9, 12),
  }),
  source('src/pattern.js', 1, 16, {
    symbol: 'parsePattern',
    signature: 'export function parsePattern(pattern)',
    documentation: 'Turns a pattern such as /users/:id into something that matches paths.',
  }),
  source('src/main.js', 3, 5, { reason: say('fits the question nearly as well as the best') }),
  source('src/log.js', 1, 4, {
    symbol: 'logRequest',
    signature: 'export function logRequest(method, path, status)',
    documentation: 'Writes one line a request.',
    used: false,
    reason: say('fits the question much less than those above'),
  }),
];

const cited = (n: number, from: Source): Citation => ({
  id: from.id,
  number: n,
  path: from.path,
  startLine: from.startLine,
  endLine: from.endLine,
  status: 'verified',
});
export const citations: readonly Citation[] = sources.slice(0, 3).map((from, i) => cited(i + 1, from));

export const prose =
  'Routes are registered by `Router.add` [1], which parses the pattern with `parsePattern` [2] and keeps method, pattern and handler in `this.routes`.\n\n' +
  '- Patterns are tried in the order of their registration [1].\n- The application registers two of them [3].\n\n' +
  'Routes are also cached for ten minutes.';
const unsupportedSentence = 'Routes are also cached for ten minutes.';

export function scriptedAnswer(question: string, change: Partial<Answer> = {}): Answer {
  const start = prose.indexOf(unsupportedSentence);
  return {
    question,
    form: 'prose',
    answer: prose,
    notice: null,
    citations,
    sources,
    unsupported: [{ start, end: prose.length, text: unsupportedSentence }],
    budget: {
      ...{ window: 6144, system: 212, map: 340, sources: 2289, history: 0, question: 14, reserve: 1024 },
      ...{ used: 2855, sourcesLimit: 3000, seconds: { allowed: 40, expected: 28.4 } },
    },
    strategy: 'stuff',
    coverage: {
      filesRelevant: 214,
      filesRead: 9,
      tokensRead: 2289,
      skipped: [{ path: 'src/log.js', reason: say('did not fit: it takes {0} tokens and {1} were left', 812, 90) }],
    },
    index: { files: 214, indexed: 214, pending: 0, embedded: 214 },
    model: 'qwen2.5-coder-1.5b-instruct',
    provider: 'cpu',
    timings: {
      retrieveMs: 41,
      firstTokenMs: 820,
      totalMs: 6400,
      prefillTokens: 2855,
      reusedTokens: 212,
      decodeTokens: 96,
      decodeTokensPerSecond: 17.4,
    },
    outboundRequests: 0,
    stopped: false,
    ...change,
  };
}

export function explanationOf(question: string, path: string, startLine: number, endLine: number): Explanation {
  const text =
    question === ''
      ? 'Registers one route: the pattern is parsed by `parsePattern` [2] and kept with its handler [1].'
      : 'The first route that fits wins [1].';
  return {
    ...scriptedAnswer(question, { answer: text, unsupported: [] }),
    subject: { path, startLine, endLine, symbol: 'Router.add', contentHash: 'scripted', madeFrom: 'm' },
  };
}

/** The events of an answer, in the order the engine sends them. */
export function* answerEvents(answer: Answer): Generator<AnswerEvent> {
  yield { type: 'status', phase: 'searching', message: say('Searching') };
  for (const found of answer.sources) yield { type: 'source', source: found };
  yield { type: 'status', phase: 'reading', message: say('Reading {0}', 'src/pattern.js'), done: 812, total: 2855 };
  yield { type: 'status', phase: 'reading', message: say('Reading {0}', 'src/main.js'), done: 2204, total: 2855 };
  yield { type: 'status', phase: 'writing', message: say('Writing') };
  for (const citation of answer.citations) yield { type: 'citation', citation };
  for (const text of answer.answer.match(/\s*\S+/g) ?? []) yield { type: 'token', text };
}

export function scriptedStatus(repository: string, flags: ReadonlySet<string>): EngineStatus {
  const indexing = flags.has('indexing') || flags.has('paused');
  return {
    repository,
    folders: [{ folder: repository, root: repository, within: '' }],
    git: true,
    index: {
      state: flags.has('paused') ? 'paused' : indexing ? 'indexing' : 'idle',
      files: indexing ? 3170 : 214,
      indexed: indexing ? 1966 : 214,
      pending: indexing ? 1204 : 0,
      embedded: indexing ? 310 : 214,
      chunks: indexing ? 14_220 : 1502,
      symbols: indexing ? 9833 : 1120,
      skipped: { binary: 12, 'too-large': 2, generated: 3 },
      failed: [],
      bytes: 8_412_160,
    },
    decoder: flags.has('no-model')
      ? null
      : {
          id: 'qwen2.5-coder-1.5b-instruct',
          displayName: 'Qwen2.5 Coder 1.5B',
          state: 'ready',
          provider: 'cpu',
          window: 6144,
          memory: 1_610_612_736,
          tokensPerSecond: 17.4,
          writesProse: true,
          readingTest: { questions: 20, correct: 18, needed: 17, passed: true },
        },
    embedder: { id: 'all-minilm-l6-v2', state: 'ready' },
    memory: 412_000_000,
    prefixCache: { bytes: 0, limit: 0 },
    outboundRequests: 0,
  };
}

const listing = (
  id: string,
  displayName: string,
  size: number,
  memory: number,
  licence: string,
  note: string,
  state: ModelListing['state'],
): ModelListing => ({
  id,
  displayName,
  kind: 'decoder',
  licence,
  architecture: 'llama',
  size,
  recommendedMemory: memory,
  contextLength: 32_768,
  state,
  path: state === 'available' ? null : `/models/${id}.gguf`,
  origin: state === 'found' ? 'ollama' : 'catalogue',
  isDefault: id.startsWith('smollm2'),
  note: { say: note, values: [] },
});

export const models: readonly ModelListing[] = [
  listing(
    'smollm2-135m-instruct',
    'SmolLM2 135M Instruct',
    98_362_432,
    400_000_000,
    'Apache-2.0',
    'Very small: quotes the code, does not write about it.',
    'installed',
  ),
  listing(
    'qwen2.5-coder-1.5b-instruct',
    'Qwen2.5 Coder 1.5B Instruct',
    1_117_320_736,
    2_400_000_000,
    'Apache-2.0',
    'Writes good short answers about code.',
    'found',
  ),
  listing(
    'qwen2.5-coder-7b-instruct',
    'Qwen2.5 Coder 7B Instruct',
    4_683_073_536,
    8_000_000_000,
    'Apache-2.0',
    'Writes well; wants 8 GB of memory.',
    'available',
  ),
];
