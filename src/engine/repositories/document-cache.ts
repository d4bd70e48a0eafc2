/** Finished summaries and explanations in the index's store of documents; what cannot be read there is made again. */
import { z } from 'zod';
import type { ClaimStore, ExplanationCache, KeptExplanation, SummaryRun } from '../../answers/dependencies.ts';
import type { ConversationStore } from '../../answers/writing/conversation-store.ts';
import type { KeptPart } from '../../answers/summarise/claims.ts';
import { toUserError } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import type { ReadConversation } from '../../reading/plan.ts';
import type { RepositoryIndex } from '../../index/open-index.ts';

type Documents = RepositoryIndex['documents'];

const numbers = z.array(z.int().positive());
const part: z.ZodType<KeptPart> = z.strictObject({
  claims: z.array(z.strictObject({ text: z.string(), rests: numbers })),
  supports: z.array(
    z.strictObject({
      number: z.int().positive(),
      path: z.string(),
      startLine: z.int(),
      endLine: z.int(),
      part: z.string().nullable(),
      hash: z.string(),
      use: z.enum(['checked', 'cited', 'read']),
    }),
  ),
  writer: z.string().nullable(),
});
const run: z.ZodType<SummaryRun> = z.strictObject({
  pid: z.int(),
  state: z.enum(['running', 'finished', 'cancelled']),
  done: z.int(),
  total: z.int(),
});
const explanation: z.ZodType<KeptExplanation> = z.strictObject({
  madeFrom: z.string(),
  code: z.string(),
  written: z.string(),
  thoughts: z.string().exactOptional(),
  unsupported: z.array(z.strictObject({ start: z.int().nonnegative(), end: z.int().nonnegative(), text: z.string() })),
  cited: numbers,
  verified: numbers,
  read: numbers,
  model: z.string(),
  provider: z.string().nullable(),
  when: z.number(),
});

const conversation: z.ZodType<ReadConversation> = z.strictObject({
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string() })),
  sources: z.array(z.strictObject({ path: z.string(), text: z.string(), label: z.int().positive() })),
});

export function claimStoreOf(documents: Documents, logger: Logger): ClaimStore {
  const parts = cacheOf(documents, 'claims', part, logger);
  const last = cacheOf(documents, 'claims last', z.string(), logger);
  const runs = cacheOf(documents, 'summary run', run, logger);
  return {
    get: parts.get,
    put: parts.put,
    last: last.get,
    putLast: (place, key) => {
      if (last.get(place) !== key) last.put(place, key);
    },
    run: () => runs.get(''),
    putRun: (value) => {
      runs.put('', value);
    },
  };
}

export function explanationCacheOf(documents: Documents, logger: Logger): ExplanationCache {
  return cacheOf(documents, 'explanation', explanation, logger);
}

export function conversationStoreOf(documents: Documents, logger: Logger): ConversationStore {
  return cacheOf(documents, 'conversation', conversation, logger);
}

/** What is not kept costs its making again, nothing else: failures to read or write are logged. */
function cacheOf<Kept>(
  documents: Documents,
  kind: string,
  schema: z.ZodType<Kept>,
  logger: Logger,
): { readonly get: (key: string) => Kept | undefined; readonly put: (key: string, value: Kept) => void } {
  return {
    get: (key) => {
      const kept = documents.get(kind, key);
      if (kept === undefined) return undefined;
      try {
        return schema.parse(JSON.parse(kept));
      } catch (error) {
        logger.warn({ error: String(error), kind }, 'what was kept cannot be read and is made again');
        return undefined;
      }
    },
    put: (key, value) => {
      try {
        documents.put(kind, key, JSON.stringify(value));
      } catch (error) {
        logger.warn({ error: toUserError(error), kind }, 'what was made could not be kept');
      }
    },
  };
}
