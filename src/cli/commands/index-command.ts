/** `longsight index`: brings the index up to date, once or for as long as it runs. */
import type { Command } from 'commander';
import type { IndexReport } from '../../protocol/status.ts';
import { getDefaultModel } from '../default-models.ts';
import { formatBytes, formatCount, formatMs, note, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';

interface Options extends CommonOptions {
  readonly watch?: true;
  readonly lexicalOnly?: true;
  readonly rebuild?: true;
  readonly download: boolean;
}

/** Files that failed which are named; the rest is counted. */
const namedFailures = 10;

export function addIndex(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('index'))
    .description('bring the index up to date')
    .option('--watch', 'go on and follow the files as they change; with --json one line a change')
    .option('--lexical-only', 'words and symbols only, no vectors')
    .option('--rebuild', 'from nothing')
    .option('--no-download', 'with no embedder on this machine make no vectors; left out, the default one is got first')
    .addHelpText('after', examples('index', 'index --watch', 'index --rebuild --lexical-only --json'))
    .action(async (options: Options) => {
      await withEngine(options, async (session) => {
        const { engine, progress, signal } = session;
        if (options.download && !options.lexicalOnly) await getDefaultModel(session, 'embedder');
        const write = (report: IndexReport): void => {
          progress.clear();
          if (options.json) printJson(report);
          else show(report);
        };
        write(
          await engine.index(
            { ...(options.rebuild && { rebuild: true }), ...(options.lexicalOnly && { lexicalOnly: true }) },
            ({ message, done, total }) => {
              progress.update(message, done, total);
            },
            signal,
          ),
        );
        if (!options.watch) return;
        if (!options.json) note('Watching for changes; Ctrl-C ends it.');
        await engine.watch({ lexicalOnly: options.lexicalOnly ?? false }, write, signal);
      });
    });
}

function show(report: IndexReport): void {
  const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
  print(
    `${formatCount(report.files, 'file')}: ${report.indexed} indexed, ${report.unchanged} unchanged, ${skipped} skipped, ` +
      `${report.failed.length} failed\n` +
      `${formatCount(report.chunks, 'chunk')}, ${formatCount(report.symbols, 'symbol')}, ` +
      `${formatCount(report.embedded, 'vector')} computed, ${formatBytes(report.bytes)} read, ${formatMs(report.ms)}\n`,
  );
  for (const [reason, count] of Object.entries(report.skipped)) print(`  skipped, ${reason}: ${count}\n`);
  for (const { path, reason } of report.failed.slice(0, namedFailures)) note(`${path}: ${reason}`);
  if (report.failed.length > namedFailures) note(`… and ${report.failed.length - namedFailures} more`);
}
