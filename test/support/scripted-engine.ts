/**
 * An engine that plays a part: a real process that speaks the engine's own protocol and misbehaves on demand. Words in
 * LONGSIGHT_SCRIPT set the state (`indexing`, `paused`, `no-model`, `crash-at-start`, `refuse`), words in a question what
 * happens to it (`crash`, `hang`, `error`, `slow`, `nothing`).
 */
import { say } from '../../src/base/sentences.ts';
import { CancelledError } from '../../src/base/cancellation.ts';
import { fault } from '../../src/base/errors.ts';
import type { Answer, AnswerEvent } from '../../src/protocol/answers.ts';
import type { EngineApi, EngineSettings, InitializeParameters } from '../../src/protocol/engine.ts';
import type { ReadingTestProgress, ReadingTestReport } from '../../src/protocol/models.ts';
import { sendStatus, serveEngine } from '../../src/protocol/rpc-server.ts';
import { isServerAddress, parseServerAddress } from '../../src/protocol/server-address.ts';
import type { EngineStatus } from '../../src/protocol/status.ts';
import { processConnection } from '../../src/protocol/rpc-transport.ts';
import { answerEvents, explanationOf, models, scriptedAnswer, scriptedStatus } from './scripted-answers.ts';
import { sampleFiles } from './sample-repository.ts';

const flags = new Set((process.env['LONGSIGHT_SCRIPT'] ?? '').split(',').filter((word) => word !== ''));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Blocks the process's only thread for ever, as a native call that never returns does. */
function hang(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

async function play(
  answer: Answer,
  slow: boolean,
  onEvent: (e: AnswerEvent) => void,
  signal: AbortSignal,
): Promise<Answer> {
  let text = '';
  for (const event of answerEvents(answer)) {
    await pause(slow ? 250 : 4);
    if (signal.aborted) return { ...answer, answer: text, citations: [], unsupported: [], stopped: true };
    if (event.type === 'token') text += event.text;
    onEvent(event);
  }
  return answer;
}

function misbehave(question: string): void {
  if (question.includes('crash')) process.kill(process.pid, 'SIGKILL');
  if (question.includes('hang')) hang();
  if (question.includes('error')) throw fault('LS2001', 'qwen2.5-coder-1.5b-instruct');
}

/** What the script tells of a server that is set: whether it was given a key and the agreement, never the key. */
function servedStatus(status: EngineStatus, { model, server }: EngineSettings): EngineStatus {
  if (model === null || !isServerAddress(model)) return status;
  const { host, origin, isLoopback } = parseServerAddress(model);
  return {
    ...status,
    decoder: {
      id: server?.key?.origin === origin ? `key of ${String(server.key.value.length)} characters` : 'no key',
      displayName: host,
      state: 'ready',
      provider: null,
      window: server?.contextLength ?? 0,
      memory: 0,
      tokensPerSecond: null,
      writesProse: server?.agreed.includes(origin) ?? false,
      readingTest: null,
      server: { host, software: null, isLoopback },
    },
  };
}

function scriptedApi({ repository, settings: firstSettings }: InitializeParameters): EngineApi {
  let settings = firstSettings;
  let verdict: ReadingTestReport | null = flags.has('untested')
    ? null
    : { questions: 20, correct: 18, needed: 17, passed: true };
  let testing: ReadingTestProgress | null = null;
  const status = (): EngineStatus => {
    const scripted = servedStatus(scriptedStatus(repository, flags), settings);
    if (!scripted.decoder || scripted.decoder.server) return scripted;
    const written = { readingTest: verdict, writesProse: verdict?.passed ?? null };
    return { ...scripted, decoder: { ...scripted.decoder, ...written, ...(testing && { testing }) } };
  };
  const tell = (): void => {
    sendStatus(connection, status());
  };
  const never = (): never => {
    throw fault('LS1000', 'the script has no such part');
  };
  return {
    status: () => Promise.resolve(status()),
    configure: (changed) => {
      settings = changed;
      return Promise.resolve();
    },
    index: async (_request, onProgress) => {
      for (let done = 0; done <= 10; done += 1) {
        onProgress({ message: say('Indexing'), done, total: 10 });
        await pause(20);
      }
      return {
        files: 214,
        indexed: 214,
        unchanged: 0,
        skipped: {},
        failed: [],
        chunks: 1502,
        symbols: 1120,
        embedded: 214,
        read: 214,
        bytes: 1_000_000,
        ms: 220,
      };
    },
    pauseIndexing: (paused) => {
      if (paused) flags.add('paused');
      else flags.delete('paused');
      return Promise.resolve();
    },
    filesChanged: () => Promise.resolve(),
    why: (path) =>
      Promise.resolve({
        path,
        indexed: true,
        reason: null,
        explanation: say('It is indexed.'),
        chunks: 3,
        symbols: 2,
        embedded: true,
      }),
    skippedFiles: (reason) => Promise.resolve([`assets/first.${reason}`, `assets/second.${reason}`]),
    search: () =>
      Promise.resolve({
        results: [{ id: 'r', path: 'src/router.js', startLine: 4, endLine: 28, score: 1, symbol: 'Router', ranks: {} }],
        ms: 3,
      }),
    ask: async ({ question }, onEvent, signal) => {
      misbehave(question);
      if (question.includes('nothing'))
        return scriptedAnswer(question, {
          form: 'evidence',
          answer: '',
          sources: [],
          citations: [],
          unsupported: [],
          coverage: { filesRelevant: 0, filesRead: 0, tokensRead: 0, skipped: [] },
        });
      const noModel = flags.has('no-model')
        ? {
            form: 'evidence' as const,
            answer: '',
            unsupported: [],
            model: null,
            provider: null,
            coverage: { filesRelevant: 3, filesRead: 0, tokensRead: 0, skipped: [] },
            notice: say('This is the evidence alone. {0}', fault('LS2052', '').userError),
          }
        : {};
      return play(scriptedAnswer(question, noModel), question.includes('slow'), onEvent, signal);
    },
    explain: async ({ path, startLine = 1, endLine = 1, question = '' }, onEvent, signal) => {
      misbehave(question);
      const explanation = explanationOf(
        question,
        path,
        path === 'src/router.js' && startLine === endLine ? 12 : startLine,
        path === 'src/router.js' && startLine === endLine ? 16 : endLine,
      );
      const played = await play(explanation, question.includes('slow'), onEvent, signal);
      if (played.stopped) throw new CancelledError();
      return explanation;
    },
    summarize: async ({ path }, onProgress, signal) => {
      for (let done = 0; done <= 20; done += 1) {
        onProgress({ message: say('{0}', Object.keys(sampleFiles)[done % 5] ?? ''), done, total: 20 });
        await pause(25);
        if (signal.aborted) throw new CancelledError();
      }
      const title = path ?? 'Ferry';
      return {
        markdown: `# ${title}\n\nA tiny router [README.md](README.md#L1-L3).\n\n## Modules\n\n| Module | What it does |\n|---|---|\n| [src](src/router.js#L4-L28) | Finds the route for a path. |\n`,
        nodes: [
          {
            path: 'src/router.js',
            kind: 'file',
            hash: 'a',
            summary: 'Finds the route for a path.',
            claims: [{ text: 'Finds the route for a path.', rests: [], status: 'fresh' }],
            citations: [],
            reused: false,
            writer: null,
          },
        ],
        work: { modelCalls: 0, written: 0, kept: 0, stale: 0 },
        index: { files: 5, indexed: 5, pending: 0, embedded: 5 },
        model: null,
        totalMs: 500,
      };
    },
    complete: ({ prefix, kind }) => {
      const all = {
        file: Object.keys(sampleFiles).map((path) => ({ label: path, path })),
        symbol: ['Router', 'Router.add', 'Router.find', 'parsePattern', 'logRequest'].map((label) => ({
          label,
          path: 'src/router.js',
          startLine: 4,
          endLine: 28,
        })),
        folder: [{ label: 'src', path: 'src' }],
      };
      return Promise.resolve(all[kind].filter(({ label }) => label.toLowerCase().includes(prefix.toLowerCase())));
    },
    listModels: () => Promise.resolve(models),
    getModel: async (id, onProgress) => {
      for (let done = 0; done <= 10; done += 1) {
        onProgress({
          id,
          source: 'huggingface',
          phase: done < 10 ? 'download' : 'verify',
          done: done * 1e8,
          total: 1e9,
        });
        await pause(20);
      }
      return models[0] ?? never();
    },
    importModel: () => Promise.resolve(models[0] ?? never()),
    removeModel: () => Promise.resolve(),
    probeModel: never,
    testReading: async ({ again }, onProgress, signal) => {
      if (verdict && !again) return verdict;
      for (let done = 0; done <= 20; done += 1) {
        testing = { done, total: 20, secondsLeft: done === 0 ? null : 20 - done };
        tell();
        onProgress({
          message: say('Testing whether {0} may write, once for each model', 'Qwen2.5 Coder'),
          done,
          total: 20,
        });
        await pause(15);
        if (signal.aborted) {
          testing = null;
          tell();
          throw new CancelledError();
        }
      }
      testing = null;
      verdict = { questions: 20, correct: 18, needed: 17, passed: true };
      tell();
      return verdict;
    },
    probeProviders: never,
    inspectModel: never,
    generate: never,
    perplexity: never,
    clearIndex: () => Promise.resolve(),
  };
}

if (flags.has('crash-at-start')) {
  process.stderr.write('the script says: die at once\n');
  process.exit(3);
}
const connection = processConnection(process);
serveEngine(connection, {
  initialize: (parameters) => {
    if (flags.has('refuse')) throw fault('LS4001', parameters.repository);
    return Promise.resolve(scriptedApi(parameters));
  },
  shutdown: () => {
    setTimeout(() => process.exit(0), 20);
    return Promise.resolve();
  },
});
connection.listen();
process.on('disconnect', () => process.exit(0));
