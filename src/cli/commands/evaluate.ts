/** `longsight evaluate`: questions made from the repository itself, and what each strategy and model makes of them. */
import { type Command, Option } from 'commander';
import { CancelledError } from '../../base/cancellation.ts';
import { createLogger } from '../../base/logging.ts';
import { evaluate } from '../../engine/evaluation/evaluate.ts';
import { nameOf, plotOf } from '../../engine/evaluation/plot.ts';
import type { EvaluationKind, EvaluationRow } from '../../protocol/evaluation.ts';
import { strategyNames } from '../../protocol/strategy-names.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { logLevel } from '../environment.ts';
import { formatCount, formatMs, inline, note, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';
import { collect, wholeNumber } from '../values.ts';
import { writeWhole } from '../write-whole.ts';

interface Options extends CommonOptions {
  readonly questions: number;
  readonly seed: number;
  readonly kind?: EvaluationKind;
  readonly strategy?: readonly string[];
  readonly models?: readonly string[];
  readonly searchOnly?: true;
  readonly likelihood: boolean;
  readonly plot?: string;
}

export function addEvaluate(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('evaluate'))
    .description('ask the repository questions made from its own comments and commits, and measure the answers')
    .option('--questions <n>', 'how many questions', wholeNumber('--questions', 1), 20)
    .option('--seed <n>', 'chooses the questions', wholeNumber('--seed', 0), 0)
    .addOption(new Option('--kind <kind>', 'only questions of this kind').choices(['documentation', 'commits']))
    .option(
      '--strategy <name>',
      `a reading strategy (${strategyNames.join(', ')}); may be given again (default: auto)`,
      collect,
    )
    .option('--models <model>', 'a model; may be given again (default: the one that answers)', collect)
    .option('--search-only', 'measure search alone: no model runs')
    .option('--no-likelihood', 'do not measure how likely the true text is after what was read')
    .option('--plot <file>', 'write the table as a picture (SVG)')
    .addHelpText(
      'after',
      examples('evaluate --search-only --questions 200', 'evaluate --strategy auto --strategy stuff --plot rows.svg'),
    )
    .action(async (options: Options) => {
      await withEngine(options, async (session) => {
        await bringUpToDate(session);
        const { engine, parameters, progress, signal } = session;
        const usual = (await engine.status()).decoder?.id;
        const models = options.models ?? (usual === undefined ? [] : [usual]);
        const logger = createLogger(logLevel(), (line) => {
          note(line.trimEnd());
        });
        const report = await evaluate(
          {
            questions: options.questions,
            seed: options.seed,
            kinds: options.kind ? [options.kind] : ['documentation', 'commits'],
            strategies: options.strategy ?? ['auto'],
            models: options.searchOnly ? [] : models,
            likelihood: options.likelihood,
          },
          parameters,
          logger,
          ({ message, done, total }) => {
            progress.update(message, done, total);
          },
          signal,
        );
        progress.clear();
        if (options.plot !== undefined) await writeWhole(options.plot, plotOf(report.rows));
        if (options.json) printJson(report);
        else print(tableOf(report.rows));
        if (!options.json) {
          note(`${formatCount(report.measures.length, 'question')}, ${formatMs(report.totalMs)}`);
          if (options.plot !== undefined) note(inline(options.plot));
        }
        if (report.stopped) throw new CancelledError();
      });
    });
}

const columns: readonly (readonly [string, (row: EvaluationRow) => string])[] = [
  ['', (row) => inline(nameOf(row))],
  ['questions', (row) => String(row.questions)],
  ['MRR', (row) => row.reciprocalRank.toFixed(3)],
  ['in 5', (row) => row.foundIn5.toFixed(2)],
  ['in 10', (row) => row.foundIn10.toFixed(2)],
  ['read', (row) => row.read?.toFixed(2) ?? '-'],
  ['supported', (row) => row.support?.toFixed(2) ?? '-'],
  ['first word', (row) => (row.firstWordMs === null ? '-' : formatMs(row.firstWordMs))],
  ['tokens', (row) => row.tokensRead?.toFixed(0) ?? '-'],
  ['nats/token', (row) => row.nll?.toFixed(3) ?? '-'],
];

function tableOf(rows: readonly EvaluationRow[]): string {
  const cells = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, of]) => of(row)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}
