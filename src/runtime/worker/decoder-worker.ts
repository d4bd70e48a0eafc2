/** The decoder's thread: opens one model and serves requests on its port, one after another. */
import { parentPort } from 'node:worker_threads';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { silentLogger } from '../../base/logging.ts';
import { prepareDigits, prepareModel, preparedSizes } from '../../models/weights/prepared-model.ts';
import { readModelTexts } from '../../models/model-texts.ts';
import { createTokenizer } from '../../models/tokenizer/tokenizer.ts';
import { toResponseError } from '../../protocol/rpc-errors.ts';
import { portConnection } from '../../protocol/rpc-transport.ts';
import { createConstraint } from '../constraints/create-constraint.ts';
import {
  type OpenParameters,
  type OpenResult,
  type WorkerEvent,
  decodeRequest,
  eventNotification,
  openRequest,
  perplexityRequest,
  planRequest,
  reuseTrialRequest,
} from './decoder-protocol.ts';
import { type GenerateContext, generate } from '../generate/generate.ts';
import { GraphSessions } from '../step/graph-sessions.ts';
import { Inference } from '../step/inference.ts';
import { planOpening } from '../memory/plan-opening.ts';
import { perplexity } from '../generate/perplexity.ts';
import { speculationProfile } from '../speculation/speculative-steps.ts';
import { PrefixCache } from '../prefix-cache/prefix-cache.ts';
import { tryReuse } from '../reuse/reuse-trial.ts';
import { keepReuseVerdict, readReuseVerdict } from '../reuse/reuse-verdict.ts';
import { endWhenTold } from './worker-end.ts';

if (!parentPort) throw new Error('the decoder runs in a worker thread');
const connection = portConnection(parentPort);

let context: GenerateContext | undefined;
let prefixes: PrefixCache | undefined;
/** Where what is found out about the model is kept, and under which key. */
let verdicts: { readonly home: string; readonly model: string } | undefined;
/** The request before; the cache and the sessions serve one at a time. */
let before: Promise<unknown> = Promise.resolve();

/** Runs the work after what came before it, with its cancellation as a signal and its errors as the wire's. */
async function serve<T>(token: CancellationToken, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const subscription = token.onCancellationRequested(() => {
    abort.abort();
  });
  const turn = before.then(() => {
    throwIfCancelled(abort.signal);
    return work(abort.signal);
  });
  before = turn.catch(() => undefined);
  try {
    return await turn;
  } catch (error) {
    throw toResponseError(error);
  } finally {
    subscription.dispose();
  }
}

function emitter(stream: number): (event: WorkerEvent) => void {
  return (event) => void connection.sendNotification(eventNotification, { stream, event });
}

function opened(): GenerateContext {
  if (!context) throw new Error('no model is open');
  return context;
}

async function open(
  { file, home, threads, exact, provider, flash, free }: OpenParameters,
  emit: (event: WorkerEvent) => void,
  signal: AbortSignal,
): Promise<OpenResult> {
  const started = performance.now();
  const onProgress = (done: number, total: number): void => {
    throwIfCancelled(signal);
    emit({ done, total });
  };
  const prepared = await prepareModel({
    file,
    home,
    logger: silentLogger,
    onProgress,
    signal,
  });
  const { hyperparameters, weightBytes, file: model } = prepared;
  const { plan, rounds } = await planOpening(prepared, { home, threads, exact, provider, free });
  if (plan.digits) await prepareDigits(prepared, onProgress);
  const sessions = new GraphSessions(prepared, threads, provider, flash);
  // Weights that are exact in the file are computed with exactly.
  const inference = Inference.create(sessions, hyperparameters, {
    exact,
    rounds,
    cache: plan.cache,
    overCopy: !prepared.isExact,
    digits: plan.digits,
  });
  for (const graph of inference.usualGraphs) await sessions.open(graph);
  if (provider !== 'cpu') await firstSteps(inference);
  const tokenizer = createTokenizer((await readModelTexts(model)).tokenizer);
  throwIfCancelled(signal);
  const ms = performance.now() - started;
  const { architecture, contextLength } = hyperparameters;
  prefixes = new PrefixCache(home);
  verdicts = { home, model: sessions.modelKey };
  const reuse = await readReuseVerdict(home, sessions.modelKey);
  context = {
    inference,
    hyperparameters,
    tokenizer,
    loadMs: ms,
    mostTokens: plan.mostTokens,
    speculation: speculationProfile(),
    prefixes,
    reuse,
  };
  return { architecture, contextLength, weightBytes, plan, reuse, ms };
}

/** Shaders are compiled, and a driver fails, with the first steps: better now than in the first answer. */
async function firstSteps(inference: Inference): Promise<void> {
  inference.begin([0, 0], { rope: null, window: null, length: 4 });
  await inference.step([0, 0], 'last');
  await inference.step([0], 'last');
  inference.reset();
}

connection.onRequest(openRequest, (parameters, token) =>
  serve(token, (signal) => open(parameters, emitter(parameters.stream), signal)),
);

connection.onRequest(planRequest, ({ file, ...options }, token) =>
  serve(token, async (signal) => (await planOpening(await preparedSizes(file, signal), options)).plan),
);

connection.onRequest(decodeRequest, ({ stream, constraint, ...options }, token) =>
  serve(token, async (signal) => {
    const current = opened();
    // Loading is told of once, by the request it delayed.
    context = { ...current, loadMs: 0 };
    const state = constraint ? createConstraint(constraint, current.tokenizer) : null;
    return generate(current, { ...options, constraint: state }, emitter(stream), signal);
  }),
);

connection.onRequest(perplexityRequest, ({ stream, ...options }, token) =>
  serve(token, (signal) => {
    const { inference, hyperparameters, mostTokens } = opened();
    return perplexity(
      inference,
      hyperparameters,
      { ...options, ...(mostTokens !== undefined && { mostTokens }) },
      emitter(stream),
      signal,
    );
  }),
);

connection.onRequest(reuseTrialRequest, ({ stream, questions }, token) =>
  serve(token, async (signal) => {
    const current = opened();
    const emit = emitter(stream);
    const state = current.inference.apart();
    const reuse = await tryReuse(
      state,
      questions,
      (done, total) => {
        emit({ done, total });
      },
      signal,
    );
    context = { ...current, reuse };
    if (verdicts) await keepReuseVerdict(verdicts.home, verdicts.model, reuse);
    return reuse;
  }),
);

endWhenTold(connection, async () => prefixes?.settled());
connection.listen();
