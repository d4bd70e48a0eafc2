/** Finished summaries in the index's store of documents; what cannot be read there is made again. */
import { z } from 'zod';
import type { SummaryCache } from '../answers/dependencies.ts';
import { toUserError } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import type { RepositoryIndex } from '../index/open-index.ts';
import type { SummaryNode } from '../protocol/answers.ts';

const kind = 'summary';

const node: z.ZodType<SummaryNode> = z.strictObject({
  path: z.string(),
  kind: z.enum(['file', 'folder', 'repository']),
  hash: z.string(),
  summary: z.string(),
  citations: z.array(
    z.strictObject({
      id: z.string(),
      number: z.int(),
      status: z.enum(['verified', 'moved', 'stale', 'unsupported']),
      path: z.string(),
      startLine: z.int(),
      endLine: z.int(),
    }),
  ),
  reused: z.boolean(),
});

/** A summary that is not kept costs its making again, nothing else: failures to read or write are logged. */
export function summaryCacheOf(documents: RepositoryIndex['documents'], logger: Logger): SummaryCache {
  return {
    get: (hash) => {
      const kept = documents.get(kind, hash);
      if (kept === undefined) return undefined;
      try {
        return node.parse(JSON.parse(kept));
      } catch (error) {
        logger.warn({ error: String(error) }, 'a kept summary cannot be read and is made again');
        return undefined;
      }
    },
    put: (hash, summary) => {
      try {
        documents.put(kind, hash, JSON.stringify(summary));
      } catch (error) {
        logger.warn({ error: toUserError(error) }, 'a summary was not kept');
      }
    },
  };
}
