/** Measures indexing: `node test/bench/index.ts FOLDER…` indexes each folder from nothing, again unchanged, and again after one edit. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../src/base/logging.ts';
import { openIndex } from '../../src/index/open-index.ts';
import type { IndexReport } from '../../src/protocol/status.ts';
import { findRepository } from '../../src/repository/find-repository.ts';

const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };

for (const folder of process.argv.slice(2)) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'longsight-bench-'));
  try {
    const copy = path.join(scratch, path.basename(folder));
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    await measure(copy, path.join(scratch, 'home'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measure(folder: string, home: string): Promise<void> {
  const index = openIndex({ location: findRepository(folder), home, settings, logger: silentLogger });
  try {
    const run = (): Promise<IndexReport> => index.indexer.run({}, () => undefined);
    const before = process.cpuUsage();
    const first = await run();
    const { user, system } = process.cpuUsage(before);
    show(path.basename(folder), 'from nothing', first);
    process.stdout.write(`  processor time of all threads ${Math.round((user + system) / 1000)} ms\n`);
    // Files that were written just before they were read are read once more; those are not what a second run costs.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await run();
    show(path.basename(folder), 'unchanged', await run());
    const edited = index.reader.files().find((file) => file.language !== 'markdown');
    if (edited) {
      appendFileSync(path.join(folder, edited.path), '\n');
      show(path.basename(folder), 'one edited', await run());
    }
    const bytes = index.reader.files().reduce((sum, file) => sum + file.bytes, 0);
    const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
    const { indexed, skipped, bytes: onDisk } = index.indexer.status();
    process.stdout.write(
      `  ${indexed} files, ${(bytes / 1e6).toFixed(1)} MB of text, index ${(onDisk / 1e6).toFixed(1)} MB, resident ${memory} MiB, skipped ${JSON.stringify(skipped)}\n`,
    );
  } finally {
    index.dispose();
  }
}

function show(name: string, what: string, report: IndexReport): void {
  const seconds = report.ms / 1000;
  const rate = (n: number): string => (seconds > 0 ? Math.round(n / seconds).toLocaleString('en') : '-');
  process.stdout.write(
    `${name} ${what}: ${report.ms} ms, read ${report.read}, indexed ${report.indexed}, failed ${report.failed.length}, ` +
      (report.indexed > 10
        ? `${rate(report.files)} files/s, ${(report.bytes / 1e6 / seconds).toFixed(1)} MB/s, ${rate(report.chunks)} chunks/s (${report.chunks} chunks, ${report.symbols} symbols)\n`
        : '\n'),
  );
}
