/** The table of the engine's remote methods: for each its arguments, parsed by a schema because a door is hostile until parsed, and the call. */
import { z } from 'zod';
import type { SummarizeRequest } from './summary.ts';
import type { AskRequest, ExplainRequest, SearchRequest } from './answers.ts';
import { efforts } from './effort.ts';
import { providerChoices } from './providers.ts';
import { unsupportedSentences } from './unsupported.ts';
import { skipReasons } from './status.ts';
import type { EngineApi, EngineSettings, InitializeParameters } from './engine.ts';

/** A schema of every field: one that is forgotten would be refused on the wire. */
type Fields<Request> = Readonly<Record<keyof Request, z.ZodType>>;

const path = z.string().min(1).max(32_768);
const text = z.string().max(4_000_000);
const count = z.int().nonnegative();
const globs = z.array(z.string().max(4096)).max(1000);
const turnSource = z.strictObject({
  repository: path.exactOptional(),
  id: z.string().max(256),
  path,
  startLine: z.int().positive(),
  endLine: z.int().positive(),
  symbol: z.string().max(4096).exactOptional(),
  number: z.int().positive().exactOptional(),
});
const turns = z
  .array(z.strictObject({ question: text, answer: text, sources: z.array(turnSource).max(1000).exactOptional() }))
  .max(1000);
const chunkIds = z.array(z.string().max(256)).max(10_000);

const milliseconds = z.number().positive();
const serverSettings = z.strictObject({
  key: z.strictObject({ origin: z.string().max(4096), value: z.string().max(16_384) }).nullable(),
  agreed: z.array(z.string().max(4096)).max(1000),
  timeouts: z.strictObject({
    connectMs: milliseconds.exactOptional(),
    firstTokenMs: milliseconds.exactOptional(),
    stallMs: milliseconds.exactOptional(),
  }),
  contextLength: z.int().positive().nullable(),
});

const fileRules = {
  include: globs.exactOptional(),
  exclude: globs.exactOptional(),
  maxFileSize: z.number().positive().exactOptional(),
};

/** What the door may set; also what the extension's settings are checked against. */
const engineSettings: z.ZodType<EngineSettings> = z.strictObject({
  model: path.nullable(),
  threads: z.int().positive().max(1024).nullable(),
  provider: z.enum(providerChoices).exactOptional(),
  ...fileRules,
  embeddings: z.boolean(),
  prefixCache: z.int().nonnegative().exactOptional(),
  ofRepository: z.record(path, z.strictObject(fileRules)).exactOptional(),
  offline: z.boolean(),
  server: serverSettings.exactOptional(),
});

/** The first message; the version is compared before anything else is looked at. */
export const initializeParameters: z.ZodType<InitializeParameters> = z.strictObject({
  protocolVersion: z.int(),
  repository: path,
  others: z.array(path).max(1000).exactOptional(),
  home: path.nullable(),
  settings: engineSettings,
  watchesFiles: z.boolean(),
  language: z.strictObject({ locale: z.string().max(64), bundle: z.record(z.string(), z.string()) }).exactOptional(),
});

const repositories = z.array(z.strictObject({ repository: path, scope: globs.exactOptional() })).max(1000);
const attachment = z.strictObject({
  repository: path.exactOptional(),
  path,
  startLine: z.int().positive().exactOptional(),
  endLine: z.int().positive().exactOptional(),
});

const askRequest = z.strictObject({
  question: text,
  scope: globs.exactOptional(),
  repositories: repositories.exactOptional(),
  attached: z.array(attachment).max(100).exactOptional(),
  history: turns.exactOptional(),
  model: path.exactOptional(),
  strategy: z.string().max(256).exactOptional(),
  maxTokens: count.exactOptional(),
  seed: z.int().exactOptional(),
  temperature: z.number().nonnegative().exactOptional(),
  pinned: chunkIds.exactOptional(),
  dropped: chunkIds.exactOptional(),
  pinnedPlaces: z.array(turnSource).max(1000).exactOptional(),
  effort: z.enum(efforts).exactOptional(),
  unsupported: z.enum(unsupportedSentences).exactOptional(),
} satisfies Fields<AskRequest>);

const explainRequest = z.strictObject({
  repository: path.exactOptional(),
  path,
  startLine: z.int().positive().exactOptional(),
  endLine: z.int().positive().exactOptional(),
  question: text.exactOptional(),
  history: turns.exactOptional(),
  model: path.exactOptional(),
  maxTokens: count.exactOptional(),
  keptOnly: z.boolean().exactOptional(),
  again: z.boolean().exactOptional(),
  effort: z.enum(efforts).exactOptional(),
} satisfies Fields<ExplainRequest>);

const summarizeRequest = z.strictObject({
  repository: path.exactOptional(),
  path: z.string().max(32_768).exactOptional(),
  depth: count.exactOptional(),
  since: z.string().max(4096).exactOptional(),
  model: path.exactOptional(),
  keptOnly: z.boolean().exactOptional(),
  pages: path.exactOptional(),
} satisfies Fields<SummarizeRequest>);

const searchRequest = z.strictObject({
  query: text,
  limit: count.max(10_000).exactOptional(),
  scope: globs.exactOptional(),
  repositories: repositories.exactOptional(),
} satisfies Fields<SearchRequest>);

const cacheAndRope = {
  sinks: count.exactOptional(),
  recent: count.exactOptional(),
  // LongRoPE has a number a pair.
  rope: z.string().max(65_536).exactOptional(),
  mask: z.string().max(256).exactOptional(),
  retrieval: z.string().max(256).exactOptional(),
};

const generateParameters = z.strictObject({
  prompt: text.exactOptional(),
  tokenIds: z.array(count).max(4_000_000).exactOptional(),
  chat: z.boolean().exactOptional(),
  model: path.exactOptional(),
  maxTokens: count.exactOptional(),
  greedy: z.boolean().exactOptional(),
  temperature: z.number().nonnegative().exactOptional(),
  topP: z.number().min(0).max(1).exactOptional(),
  topK: count.exactOptional(),
  seed: z.int().exactOptional(),
  topLogits: count.exactOptional(),
  provider: z.string().max(64).exactOptional(),
  minP: z.number().min(0).max(1).exactOptional(),
  repetitionPenalty: z.number().positive().exactOptional(),
  repetitionWindow: z.int().min(-1).exactOptional(),
  logitBias: z
    .array(
      z.strictObject({
        token: z.union([count, z.string().max(1024)]),
        bias: z.union([z.number(), z.literal('never')]),
      }),
    )
    .max(10_000)
    .exactOptional(),
  stop: z.array(z.string().max(1024)).max(64).exactOptional(),
  constraint: z
    .union([
      z.strictObject({ kind: z.literal('regex'), pattern: z.string().max(65_536) }),
      z.strictObject({ kind: z.literal('json-schema'), schema: z.unknown() }),
    ])
    .exactOptional(),
  contexts: z
    .strictObject({ method: z.enum(['parallel-windows', 'nbce']), texts: z.array(text).max(64) })
    .exactOptional(),
  speculation: z.boolean().exactOptional(),
  ...cacheAndRope,
});

const perplexityParameters = z.strictObject({
  text: z.string().max(64_000_000),
  model: path.exactOptional(),
  maxTokens: count.exactOptional(),
  bucket: z.int().positive().exactOptional(),
  provider: z.string().max(64).exactOptional(),
  ...cacheAndRope,
});

/** Sends one event of a running request to the door that asked. */
type Emit = (event: unknown) => void;

interface Method<Schema extends z.ZodType, Result> {
  readonly args: Schema;
  readonly call: (api: EngineApi, args: z.output<Schema>, emit: Emit, signal: AbortSignal) => Promise<Result>;
}

function method<Schema extends z.ZodType, Result>(
  args: Schema,
  call: Method<Schema, Result>['call'],
): Method<Schema, Result> {
  return { args, call };
}

/** Every method of {@link EngineApi}; the key is its name on the wire after `engine/`. */
export const methods = {
  status: method(z.tuple([]), (api) => api.status()),
  configure: method(z.tuple([engineSettings]), (api, [settings]) => api.configure(settings)),
  index: method(
    z.tuple([z.strictObject({ rebuild: z.boolean().exactOptional(), lexicalOnly: z.boolean().exactOptional() })]),
    (api, [request], emit, signal) => api.index(request, emit, signal),
  ),
  pauseIndexing: method(z.tuple([z.boolean()]), (api, [paused]) => api.pauseIndexing(paused)),
  filesChanged: method(z.tuple([z.array(path).max(1_000_000)]), (api, [paths]) => api.filesChanged(paths)),
  why: method(z.tuple([path]), (api, [file]) => api.why(file)),
  skippedFiles: method(z.tuple([z.enum(skipReasons)]), (api, [reason]) => api.skippedFiles(reason)),
  search: method(z.tuple([searchRequest]), (api, [request], _emit, signal) => api.search(request, signal)),
  ask: method(z.tuple([askRequest]), (api, [request], emit, signal) => api.ask(request, emit, signal)),
  explain: method(z.tuple([explainRequest]), (api, [request], emit, signal) => api.explain(request, emit, signal)),
  summarize: method(z.tuple([summarizeRequest]), (api, [request], emit, signal) =>
    api.summarize(request, emit, signal),
  ),
  complete: method(
    z.tuple([
      z.strictObject({
        prefix: z.string().max(4096),
        kind: z.enum(['file', 'symbol', 'folder']),
        limit: count.max(10_000),
      }),
    ]),
    (api, [request]) => api.complete(request),
  ),
  listModels: method(z.tuple([]), (api) => api.listModels()),
  getModel: method(z.tuple([path]), (api, [id], emit, signal) => api.getModel(id, emit, signal)),
  importModel: method(z.tuple([path]), (api, [file], _emit, signal) => api.importModel(file, signal)),
  removeModel: method(z.tuple([path]), (api, [id]) => api.removeModel(id)),
  probeModel: method(
    z.tuple([path.nullable(), z.number().positive().nullable()]),
    (api, [id, windowSeconds], emit, signal) => api.probeModel(id, windowSeconds, emit, signal),
  ),
  testReading: method(
    z.tuple([z.strictObject({ model: path.nullable(), again: z.boolean() })]),
    (api, [request], emit, signal) => api.testReading(request, emit, signal),
  ),
  probeProviders: method(z.tuple([]), (api, _args, _emit, signal) => api.probeProviders(signal)),
  inspectModel: method(z.tuple([path, path.nullable()]), (api, [file, tensor]) => api.inspectModel(file, tensor)),
  generate: method(z.tuple([generateParameters]), (api, [request], emit, signal) =>
    api.generate(request, emit, signal),
  ),
  perplexity: method(z.tuple([perplexityParameters]), (api, [request], emit, signal) =>
    api.perplexity(request, emit, signal),
  ),
  clearIndex: method(z.tuple([]), (api) => api.clearIndex()),
} satisfies Record<keyof EngineApi, unknown>;

export type MethodName = keyof typeof methods;
export type Arguments<Name extends MethodName> = z.input<(typeof methods)[Name]['args']>;
export type Outcome<Name extends MethodName> = Awaited<ReturnType<EngineApi[Name]>>;
