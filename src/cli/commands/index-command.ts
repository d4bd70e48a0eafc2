/** `longsight index`: brings the index up to date, once or for as long as it runs. */
import type { Command } from 'commander';
import type { FileRules } from '../../protocol/engine.ts';
import type { IndexReport } from '../../protocol/status.ts';
import { getDefaultModel } from '../default-models.ts';
import { formatBytes, formatCount, formatMs, inline, note, print, printJson, words } from '../output.ts';
import { collect, wholeNumber } from '../values.ts';
import { type CommonOptions, type Session, type WithEngine, addCommonOptions, examples } from '../session.ts';

interface Options extends CommonOptions {
  readonly watch?: true;
  readonly lexicalOnly?: true;
  readonly rebuild?: true;
  readonly clear?: true;
  readonly download: boolean;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly maxFileSize?: number;
}

/** Files that failed which are named; the rest is counted. */
const namedFailures = 10;

export function addIndex(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('index'))
    .description('bring the index up to date')
    .option('--watch', 'keep running and follow the files as they change; with --json one line per change')
    .option('--lexical-only', 'words and symbols only, no vectors')
    .option('--rebuild', 'build the index from scratch')
    .option(
      '--clear',
      'delete the index, and the prompts of all repositories that are kept on disk, and do nothing else',
    )
    .option('--include <glob>', 'index these files although Git ignores them; can be repeated', collect)
    .option('--exclude <glob>', 'leave these files out; can be repeated', collect)
    .option('--max-file-size <kib>', 'leave larger files out, in KiB', wholeNumber('--max-file-size', 1))
    .option(
      '--no-download',
      'make no vectors when there is no embedder on this machine; by default the default one is downloaded first',
    )
    .addHelpText(
      'after',
      examples(
        'index',
        'index --watch',
        'index --clear',
        'index --rebuild --lexical-only --json',
        'index --exclude "vendor/**"',
      ) +
        '\n\n--include, --exclude and --max-file-size are kept with the index, for every client; an empty glob ("") resets them.',
    )
    .action(async (options: Options) => {
      await withEngine({ ...options, rules: rulesOf(options) }, async (session) => {
        const { engine, progress, signal } = session;
        if (options.clear) {
          await clear(engine, options);
          return;
        }
        if (options.download && !options.lexicalOnly) await getDefaultModel(session, 'embedder');
        const write = (report: IndexReport): void => {
          progress.clear();
          if (options.json) printJson(report);
          else show(report);
        };
        const report = await engine.index(
          { ...(options.rebuild && { rebuild: true }), ...(options.lexicalOnly && { lexicalOnly: true }) },
          ({ message, done, total }) => {
            progress.update(message, done, total);
          },
          signal,
        );
        if (!options.lexicalOnly) {
          // Kept for later questions, which do not wait for vectors to be computed.
          progress.update('vectors of words', 0, null);
          await engine.sharpen(signal);
        }
        write(report);
        if (!options.watch) return;
        if (!options.json) note('Watching for changes; Ctrl-C ends it.');
        await engine.watch({ lexicalOnly: options.lexicalOnly ?? false }, write, signal);
      });
    });
}

async function clear(engine: Session['engine'], { json }: Options): Promise<void> {
  const { index, prefixCache } = await engine.status();
  await engine.clearIndex();
  const freed = index.bytes + prefixCache.bytes;
  if (json) printJson({ freed });
  else print(`${formatBytes(freed)} freed\n`);
}

/** Kept with the index for every client; what is not given stays as it is. An empty glob takes the earlier ones back. */
function rulesOf({ include, exclude, maxFileSize }: Options): FileRules {
  const given = (globs: readonly string[]): string[] => globs.filter((glob) => glob !== '');
  return {
    ...(include && { include: given(include) }),
    ...(exclude && { exclude: given(exclude) }),
    ...(maxFileSize !== undefined && { maxFileSize: maxFileSize * 1024 }),
  };
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
  for (const { path, reason } of report.failed.slice(0, namedFailures)) note(`${inline(path)}: ${words(reason)}`);
  if (report.failed.length > namedFailures) note(`… and ${report.failed.length - namedFailures} more`);
}
