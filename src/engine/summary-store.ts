/** Finished summaries, kept between runs by the hash of all they were made from; a small SQLite file beside the index. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { SummaryCache } from '../answers/dependencies.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Logger } from '../base/logging.ts';
import type { SummaryNode } from '../protocol/answers.ts';

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

/** Milliseconds that a write waits for another process that holds the file. */
const busyTimeout = 2000;

/**
 * Opens the store in a folder, which is made if need be. It is a cache: a file that cannot be opened, read or written is
 * logged and costs a new summary, nothing else.
 */
export function openSummaryStore(folder: string, logger: Logger): SummaryCache & Disposable {
  let statements: { get: StatementSync; put: StatementSync; database: DatabaseSync } | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    const database = new DatabaseSync(path.join(folder, 'summaries.db'), { timeout: busyTimeout });
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS summary (hash TEXT PRIMARY KEY, node TEXT NOT NULL) WITHOUT ROWID',
    );
    statements = {
      database,
      get: database.prepare('SELECT node FROM summary WHERE hash = ?'),
      put: database.prepare('INSERT INTO summary VALUES (?, ?) ON CONFLICT DO UPDATE SET node = excluded.node'),
    };
  } catch (error) {
    logger.warn({ error: String(error) }, 'summaries are not kept');
  }
  return {
    get: (hash) => {
      try {
        const row = statements?.get.get(hash);
        return typeof row?.node === 'string' ? node.parse(JSON.parse(row.node)) : undefined;
      } catch (error) {
        logger.warn({ error: String(error) }, 'a kept summary cannot be read and is made again');
        return undefined;
      }
    },
    put: (hash, summary) => {
      try {
        statements?.put.run(hash, JSON.stringify(summary));
      } catch (error) {
        logger.warn({ error: String(error) }, 'a summary was not kept');
      }
    },
    dispose: () => {
      statements?.database.close();
      statements = undefined;
    },
  };
}
