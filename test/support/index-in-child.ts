/** Indexes a repository in a process of its own, telling of each step on standard output: for tests that kill it. */
import { silentLogger } from '../../src/base/logging.ts';
import { openIndex } from '../../src/index/open-index.ts';
import { findRepository } from '../../src/repository/find-repository.ts';

const [, , root = '', home = ''] = process.argv;
const index = openIndex({
  location: findRepository(root),
  home,
  settings: { include: [], exclude: [], maxFileSize: 1_000_000 },
  logger: silentLogger,
});
await index.indexer.run({}, ({ message, done }) => {
  if (message.say === 'Indexing') process.stdout.write(`${done}\n`);
});
index.dispose();
