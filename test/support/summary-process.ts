/**
 * A process that summarises a folder into the index's own store, to be killed in the middle of it.
 * Usage: summary-process.ts ROOT HOME; prints `ran LINE` for each run of the writer and `done {json}` at the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { claimStoreOf } from '../../src/engine/repositories/document-cache.ts';
import { silentLogger } from '../../src/base/logging.ts';
import { openIndex } from '../../src/index/open-index.ts';
import { findRepository } from '../../src/repository/find-repository.ts';
import { createSearch } from '../../src/search/search.ts';
import { answersOver } from './answers-over.ts';
import { readingWriter } from './reading-writer.ts';

const [, , root = '', home = ''] = process.argv;
const index = openIndex({ location: findRepository(root), home, settings: {}, logger: silentLogger });
await index.indexer.run({}, () => undefined);
const search = createSearch({ reader: index.reader, embedder: null, logger: silentLogger });
const writer = readingWriter((prompt) => {
  const [, subject = ''] = /Summarize (.+) in at most/.exec(prompt) ?? [];
  process.stdout.write(`ran ${subject}\n`);
});
const slow: typeof writer = {
  ...writer,
  decode: async (request, onEvent, signal) => {
    const result = await writer.decode(request, onEvent, signal);
    await pause(5);
    return result;
  },
};
const { answers } = answersOver(
  { index, search, root, refresh: () => Promise.resolve() },
  { with: slow, prose: true, claimStore: claimStoreOf(index.documents, silentLogger) },
);
const summary = await answers.summarize({}, () => undefined, new AbortController().signal);
process.stdout.write(
  `done ${JSON.stringify({ work: summary.work, notices: summary.markdown.split('\n').filter((line) => line.startsWith('>')) })}\n`,
);
search.dispose();
index.dispose();
