/**
 * Nothing leaves the machine and nothing is written outside LONGSIGHT_HOME, as the system sees it (support/system-watch.ts): by
 * every command and by the engine process as the editor drives it, with models there. A hook in Node would not see ONNX Runtime.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { graphsFolder, longsightHome, modelsFolder } from '../../src/models/home.ts';
import { protocolVersion } from '../../src/protocol/engine.ts';
import { connectEngine, initializeEngine, shutdownEngine } from '../../src/protocol/rpc-client.ts';
import { processConnection } from '../../src/protocol/rpc-transport.ts';
import { defaultDecoder, defaultEmbedder, requireModel } from '../support/models.ts';
import { smallRepository, temporaryFolder } from '../support/small-repository.ts';
import { type Seen, requireWatch, seenIn, watchedBy } from '../support/system-watch.ts';

const dist = path.resolve(import.meta.dirname, '../../dist');
const nothing: Seen = { sockets: [], writes: [] };
const never = new AbortController().signal;
/** ONNX Runtime's telemetry sends every five seconds or so, and once more when it ends. */
const betweenSendings = 12_000;

interface Place {
  readonly repository: string;
  /** LONGSIGHT_HOME, with this machine's models and graphs in it. */
  readonly home: string;
  /** Nothing is to be written here. */
  readonly userHome: string;
  readonly weights: string;
}

async function place(t: TestContext): Promise<Place | undefined> {
  if (!requireWatch(t)) return undefined;
  const decoder = await requireModel(defaultDecoder, t);
  if (!decoder || !(await requireModel(defaultEmbedder, t))) return undefined;
  const home = temporaryFolder(t, 'home');
  mkdirSync(graphsFolder(longsightHome()), { recursive: true });
  symlinkSync(graphsFolder(longsightHome()), graphsFolder(home));
  // Each model by itself: what a test imports is its own.
  mkdirSync(modelsFolder(home));
  for (const id of [defaultDecoder, defaultEmbedder])
    symlinkSync(path.join(modelsFolder(longsightHome()), id), path.join(modelsFolder(home), id));
  return { repository: smallRepository(t), home, userHome: temporaryFolder(t, 'user'), weights: decoder.weights };
}

/** By which ONNX Runtime knows a build server, where it sends nothing: with them the watch would see nothing either way. */
const buildServers = [
  'CI',
  'TF_BUILD',
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'CIRCLECI',
  'TRAVIS',
  'JENKINS_URL',
  'CODEBUILD_BUILD_ID',
  'BUILDKITE',
  'TEAMCITY_VERSION',
];

function environment({ home, userHome }: Place): NodeJS.ProcessEnv {
  const inherited = { ...process.env };
  // The test runner's own cache of compiled files, which is not the product's to write.
  delete inherited['NODE_COMPILE_CACHE'];
  // What switches the telemetry off is to be set by the product; on a build server the library is quiet by itself.
  for (const name of ['ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME', ...buildServers])
    Reflect.deleteProperty(inherited, name);
  const own = { HOME: userHome, LONGSIGHT_HOME: home, LONGSIGHT_MODEL: '', LONGSIGHT_OFFLINE: '', NO_COLOR: '1' };
  return { ...inherited, ...own };
}

/** Where writing is allowed: the data folder, and the models and graphs that it shares with the machine's. */
const dataFolders = ({ home }: Place): readonly string[] => [
  home,
  modelsFolder(longsightHome()),
  graphsFolder(longsightHome()),
];

/** Runs a program under the watch and returns its exit code, its last words, and what was seen. */
async function watched(
  at: Place,
  program: readonly string[],
  allowed = dataFolders(at),
): Promise<Seen & { end: string }> {
  const log = path.join(at.home, 'watch.log');
  const [command = '', ...args] = [...watchedBy(log), ...program];
  const end = await new Promise<string>((resolve) => {
    execFile(command, args, { cwd: at.repository, env: environment(at), maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve(`${String(error?.code ?? 0)} ${stderr.trim().slice(-500)}`);
    });
  });
  return { ...seenIn(log, allowed), end };
}

const longsight = (...args: string[]): readonly string[] => [
  process.execPath,
  path.join(dist, 'longsight.mjs'),
  ...args,
];

describe('what leaves this machine', () => {
  it('is nothing, whatever command runs', async (t) => {
    const at = await place(t);
    if (!at) return;
    const text = path.join(at.home, 'text.txt');
    writeFileSync(text, 'The parcel is weighed and the shortest route is found. '.repeat(40));
    const questions = path.join(at.home, 'questions.jsonl');
    writeFileSync(questions, '{"id":"1","query":"shortest route"}\n');
    const imported = path.join(at.home, 'own.gguf');
    cpSync(at.weights, imported);
    standInForLlamaCpp(at.home);
    const decoder = ['--model', defaultDecoder];
    for (const args of [
      ['index', '--rebuild'],
      ['ask', 'Which cost and name does the shortest route take from its queue?'],
      ['search', 'shortest route'],
      ['search', '--batch', questions, '--output', path.join(at.home, 'run.jsonl')],
      ['explain', 'src/router.py:12'],
      ['summarize'],
      ['status'],
      ['why', 'src/router.py'],
      ['models', 'list'],
      ['models', 'inspect', defaultDecoder],
      ['models', 'import', imported],
      ['models', 'probe', defaultDecoder, '--window-seconds', '1'],
      ['generate', '--prompt', 'def parcel(', '--max-tokens', '20', ...decoder],
      ['perplexity', '--text-file', text, ...decoder],
      ['bench', 'decode', '--past', '0', '--rounds', '1', ...decoder],
      ['bench', 'prefill', '--rounds', '1', ...decoder],
    ]) {
      const { end, ...seen } = await watched(at, longsight(...args));
      assert.match(end, /^0 /, args.join(' '));
      assert.deepEqual(seen, nothing, args.join(' '));
    }
  });

  it('is nothing while the engine of the editor works and waits', async (t) => {
    const at = await place(t);
    if (!at) return;
    const log = path.join(at.home, 'watch.log');
    const [watch = '', ...watchArguments] = watchedBy(log);
    const child = fork(path.join(dist, 'engine.mjs'), [], {
      execPath: watch,
      execArgv: [...watchArguments, process.execPath, '--disable-warning=ExperimentalWarning'],
      env: environment(at),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    });
    t.after(() => endOf(child));
    const connection = processConnection(child);
    const engine = connectEngine(connection);
    connection.listen();
    const settings = {
      ...{ model: null, threads: null, include: [], exclude: [], maxFileSize: 1_000_000 },
      ...{ embeddings: true, offline: false },
    };
    const { repository, home } = at;
    await initializeEngine(connection, { protocolVersion, repository, home, settings, watchesFiles: true });
    await engine.index({}, () => undefined, never);
    const answer = await engine.ask(
      { question: 'Which cost and name does the shortest route take from its queue?' },
      () => undefined,
      never,
    );
    assert.equal(answer.model, defaultDecoder);
    assert.equal(answer.outboundRequests, 0);
    await engine.explain({ path: 'src/router.py', startLine: 12 }, () => undefined, never);
    await engine.summarize({ path: '' }, () => undefined, never);
    await engine.search({ query: 'where are packages stored' }, never);
    await sleep(betweenSendings);
    const exit = once(child, 'exit');
    await shutdownEngine(connection);
    await exit;
    connection.dispose();
    assert.deepEqual(seenIn(log, dataFolders(at)), nothing);
  });

  it('would be seen: sockets and writes of programs that are no JavaScript', async (t) => {
    const at = await place(t);
    if (!at) return;
    const file = path.join(at.userHome, 'left');
    const script = `exec 3<>/dev/udp/127.0.0.1/9; echo > ${file}`;
    const { sockets, writes } = await watched(at, ['bash', '-c', script]);
    assert.match(sockets.join('\n'), /^socket\(AF_INET,.*\n.*connect\(.*127\.0\.0\.1/ms);
    assert.match(writes.join('\n'), /^openat\(.*\/left"/);
  });

  it('would be seen: the telemetry of ONNX Runtime, where nothing switches it off', { timeout: 120_000 }, async (t) => {
    const at = await place(t);
    if (!at) return;
    // In a network of its own, which leads nowhere.
    const alone = ['unshare', '--net', '--map-root-user'];
    if (spawnSync('unshare', [...alone.slice(1), 'true']).status !== 0) {
      t.skip('needs unshare and the right to make a network of its own');
      return;
    }
    await watched(at, longsight('index'));
    const graphs = graphsFolder(longsightHome());
    const built = readdirSync(graphs).find((name) => name.startsWith('embedder-'));
    const graph = globSync('*.onnx', { cwd: path.join(graphs, built ?? '') })[0];
    assert.ok(built !== undefined && graph !== undefined, 'indexing has built the embedder');
    const library = path.resolve(dist, '../node_modules/onnxruntime-node');
    const script = `
      const { InferenceSession } = require(${JSON.stringify(library)});
      InferenceSession.create(${JSON.stringify(path.join(graphs, built, graph))}).then(() => setInterval(() => 0, 1000));`;
    const log = path.join(at.home, 'watch.log');
    const [command, ...args] = [...watchedBy(log), ...alone, process.execPath, '-e', script];
    const child = spawn(command, args, { cwd: at.repository, env: environment(at), stdio: 'ignore', detached: true });
    t.after(() => endOf(child));
    // It sends when it likes; the test's own time limit ends a wait for nothing.
    let seen = nothing;
    while (!t.signal.aborted && (seen.sockets.length === 0 || seen.writes.length === 0)) {
      assert.equal(child.exitCode, null);
      await sleep(300);
      if (existsSync(log)) seen = seenIn(log, dataFolders(at));
    }
    assert.match(seen.sockets.join('\n'), /socket\(AF_INET/);
    assert.match(seen.writes.join('\n'), /onnxruntime/);
    assert.ok(existsSync(path.join(at.userHome, '.cache/Microsoft')));
  });
});

/** The other program of `bench` is none of ours: what is watched is our side of the measurement. */
function standInForLlamaCpp(home: string): void {
  const folder = path.join(home, 'peers/node-llama-cpp-3.22.1/node_modules/node-llama-cpp/dist');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'index.js'),
    `const sequence = {
       clearHistory: async () => undefined,
       evaluateWithoutGeneratingNewTokens: async () => undefined,
       async *evaluate(tokens, options) { for (;;) yield 1; },
     };
     const model = { createContext: async () => ({ getSequence: () => sequence }) };
     export const getLlama = async () => ({ loadModel: async () => model });`,
  );
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // The tracer's end lets go of what it traces, which is in its group.
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await gone;
}
