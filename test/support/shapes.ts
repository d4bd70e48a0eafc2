/** The shapes of the command line's JSON as scripts rely on them, strict in what must be there, open to fields that are added. */
import { z } from 'zod';

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const relativePath = z
  .string()
  .refine((path) => !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..'));
const range = { path: relativePath, startLine: z.int().positive(), endLine: z.int().positive() };
const ordered = (value: { startLine: number; endLine: number }): boolean => value.startLine <= value.endLine;
const ranks = z.record(z.string(), z.number());

export const errorShape = z.strictObject({
  error: z.strictObject({ code: z.string().regex(/^LS\d{4}$/), message: z.string().min(1), hint: z.string().min(1) }),
});

export const citationShape = z
  .looseObject({ id: z.string().min(1), ...range, status: z.enum(['verified', 'unchanged', 'moved', 'stale']) })
  .refine(ordered);

export const sourceShape = z
  .looseObject({ ...range, tokens: count, score: z.number(), ranks, used: z.boolean(), reason: z.string().min(1) })
  .refine(ordered);

const indexShape = z.looseObject({ files: count, indexed: count, pending: count, embedded: count });

export const answerShape = z.looseObject({
  answer: z.string(),
  citations: z.array(citationShape),
  sources: z.array(sourceShape),
  budget: z.looseObject({
    window: count,
    system: count,
    map: count,
    sources: count,
    history: count,
    question: count,
    reserve: count,
    used: count,
  }),
  strategy: z.string().min(1),
  coverage: z.looseObject({
    filesRelevant: count,
    filesRead: count,
    tokensRead: count,
    skipped: z.array(z.looseObject({ path: relativePath, reason: z.string() })),
  }),
  index: indexShape,
  model: z.string().nullable(),
  provider: z.string().nullable(),
  timings: z.looseObject({
    retrieveMs: ms,
    firstTokenMs: ms.nullable(),
    totalMs: ms,
    prefillTokens: count,
    reusedTokens: count,
    decodeTokens: count,
    decodeTokensPerSecond: ms,
  }),
  outboundRequests: count,
});

export const streamLineShape = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('status'), phase: z.string(), message: z.string() }),
  z.looseObject({ type: z.literal('source'), ...range }),
  z.looseObject({ type: z.literal('token'), text: z.string() }),
  z.looseObject({ type: z.literal('citation'), id: z.string(), ...range }),
  z.looseObject({ type: z.literal('done') }),
]);

export const searchShape = z.looseObject({
  results: z.array(
    z.looseObject({ ...range, score: z.number(), symbol: z.string().nullable(), ranks }).refine(ordered),
  ),
  ms,
});

export const batchReportShape = z.looseObject({ questions: count, ms50: ms, ms99: ms });

export const batchLineShape = z.strictObject({
  id: z.string(),
  ranked: z.array(z.strictObject({ path: relativePath, start_line: z.int().positive(), end_line: z.int().positive() })),
});

export const summaryShape = z.looseObject({
  markdown: z.string().min(1),
  nodes: z.array(
    z.looseObject({
      path: z.string(),
      kind: z.enum(['file', 'folder', 'repository']),
      hash: z.string().min(1),
      summary: z.string(),
      citations: z.array(citationShape),
      reused: z.boolean(),
    }),
  ),
});

export const indexReportShape = z.looseObject({
  files: count,
  indexed: count,
  unchanged: count,
  skipped: z.record(z.string(), count),
  failed: z.array(z.looseObject({ path: z.string(), reason: z.string() })),
  chunks: count,
  symbols: count,
  embedded: count,
  bytes: count,
  ms,
});

export const statusShape = z.looseObject({
  repository: z.string(),
  git: z.boolean(),
  index: indexShape.extend({ state: z.string(), chunks: count, symbols: count, bytes: count }),
  prefixCache: z.looseObject({ bytes: count, limit: count }),
  memory: count,
  outboundRequests: count,
});

export const whyShape = z.looseObject({
  path: z.string(),
  indexed: z.boolean(),
  reason: z.string().nullable(),
  explanation: z.string().min(1),
});

export const inspectShape = z.looseObject({
  metadata: z.record(z.string(), z.unknown()),
  tensors: z.array(z.looseObject({ name: z.string(), type: z.string(), shape: z.array(count) })),
  tensor: z
    .looseObject({ name: z.string(), type: z.string(), shape: z.array(count), values: z.array(z.number()) })
    .optional(),
});

export const generateShape = z.looseObject({
  promptTokenIds: z.array(count).min(1),
  tokenIds: z.array(count),
  text: z.string(),
  topLogits: z.array(z.array(z.looseObject({ id: count, logit: z.number() }))),
  timings: z.looseObject({ totalMs: ms }),
});

export const perplexityShape = z.looseObject({
  tokens: count,
  meanNll: z.number(),
  buckets: z.array(z.looseObject({ start: count, end: count, meanNll: z.number() })),
});
