/** `longsight bench`: speed against the peer or the older way, in one run. */
import { type Command, Option } from 'commander';
import { type Logger, createLogger } from '../../base/logging.ts';
import { benchReuse } from '../../engine/bench/reuse-bench.ts';
import { benchSpeed } from '../../engine/bench/speed-bench.ts';
import { type FileSpeed, type ReuseReport, type SpeedReport, reuseCaseNames } from '../../protocol/bench.ts';
import { initializeParametersOf, logLevel, repositoryOf } from '../environment.ts';
import { formatBytes, formatCount, formatMs, note, print, printJson } from '../output.ts';
import { type ProgressLine, createProgressLine } from '../progress.ts';
import { type CommonOptions, addCommonOptions, examples, modelOption } from '../session.ts';
import { wholeNumber, wholeNumbers } from '../values.ts';

interface Options extends CommonOptions {
  readonly past: number[];
  readonly rounds: number;
  readonly threads?: number;
  readonly installPeer?: true;
}

/** @param signal aborted by Ctrl-C */
export function addBench(program: Command, signal: AbortSignal): void {
  const bench = program
    .command('bench')
    .description('measure speed against another program or the older way, in one run');
  addReuse(bench, signal);
  for (const work of ['decode', 'prefill'] as const)
    addCommonOptions(bench.command(work))
      .description(
        work === 'decode'
          ? 'decode speed in tokens per second, compared with llama.cpp on the same file and on its weights in Q4_0'
          : 'prefill speed in tokens per second, compared with llama.cpp on the same file and on its weights in Q4_0',
      )
      .addOption(modelOption())
      .option(
        '--past <tokens>',
        'how many tokens precede: 0,128,1024,4096',
        wholeNumbers('--past'),
        work === 'decode' ? [128, 1024, 4096] : [0, 1024, 4096],
      )
      .option('--rounds <n>', 'number of rounds; the best one counts', wholeNumber('--rounds', 1), 3)
      .option('--threads <n>', 'threads of both programs; default: the processor’s cores', wholeNumber('--threads', 1))
      .option('--install-peer', 'installs llama.cpp with npm into the cache folder when it is missing')
      .addHelpText('after', examples(`bench ${work} --install-peer`, `bench ${work} --past 128,4096 --rounds 5 --json`))
      .action(async (options: Options) => {
        const { home, settings } = initializeParametersOf(repositoryOf(options.repository), options.model);
        await reported(options.json, table, (shown) =>
          benchSpeed({
            ...shown,
            work,
            model: settings.model,
            home,
            threads: options.threads ?? settings.threads,
            pasts: options.past.toSorted((a, b) => a - b),
            rounds: options.rounds,
            install: options.installPeer === true,
            offline: settings.offline,
            signal,
          }),
        );
      });
}

/** Where a measurement tells what it does. */
interface Shown {
  readonly logger: Logger;
  readonly onProgress: ProgressLine['update'];
}

/** Measures with progress on the terminal, and prints what came of it. */
async function reported<R>(
  json: true | undefined,
  tableOf: (report: R) => string,
  measure: (shown: Shown) => Promise<R>,
): Promise<void> {
  const progress = createProgressLine();
  try {
    const report = await measure({
      logger: createLogger(logLevel(), (line) => {
        note(line.trimEnd());
      }),
      onProgress: (message, done, total) => {
        progress.update(message, done, total);
      },
    });
    progress.clear();
    if (json) printJson(report);
    else print(tableOf(report));
  } finally {
    progress.dispose();
  }
}

interface ReuseOptions extends CommonOptions {
  readonly questions: number;
  readonly chunks: number;
  readonly chunkTokens: number;
  readonly followUp: number;
  readonly cases: readonly string[];
  readonly threads?: number;
}

function addReuse(bench: Command, signal: AbortSignal): void {
  addCommonOptions(bench.command('reuse'))
    .description(
      'first token over chunks whose keys and values are on disk, joined in several ways, and of a follow-up after a restart, compared with a full prefill',
    )
    .addOption(modelOption())
    .option('--questions <n>', 'number of questions, each over chunks of its own', wholeNumber('--questions', 0), 3)
    .option('--chunks <n>', 'chunks of a question', wholeNumber('--chunks', 1), 8)
    .option('--chunk-tokens <n>', 'tokens of a chunk', wholeNumber('--chunk-tokens', 64), 512)
    .addOption(
      new Option('--cases <names...>', 'ways to join the chunks')
        .choices(reuseCaseNames)
        .default(reuseCaseNames, 'all'),
    )
    .option(
      '--follow-up <tokens>',
      'tokens of the prompt that is continued; 0: none',
      wholeNumber('--follow-up', 0),
      8192,
    )
    .option('--threads <n>', 'threads; default: the processor’s cores', wholeNumber('--threads', 1))
    .addHelpText(
      'after',
      examples('bench reuse --questions 10', 'bench reuse --questions 0 --follow-up 8192 --json') +
        '\n\nEqual tokens: of the first 32 that a full prefill writes, those that it would have written too, each behind the same text.' +
        '\nCacheBlend chooses its tokens by a layer that it computes of all of them; here they are known, and that layer is not in its time.',
    )
    .action(async (options: ReuseOptions) => {
      const repository = repositoryOf(options.repository);
      const { home, settings } = initializeParametersOf(repository, options.model);
      await reported(options.json, reuseTable, (shown) =>
        benchReuse({
          ...options,
          ...shown,
          model: settings.model,
          home,
          repository,
          threads: options.threads ?? settings.threads,
          signal,
        }),
      );
    });
}

function reuseTable({ model, threads, questions, chunks, chunkTokens, followUp, ...cases }: ReuseReport): string {
  const { ours, peer, ratio, cpuRatio, agreement, computed } = cases;
  const lines = [
    `reuse of keys and values, ${model}, ${String(threads)} threads; a ratio above 1: sooner than a full prefill`,
  ];
  if (questions > 0)
    lines.push(
      '',
      `${formatCount(questions, 'question')} over ${String(chunks)} chunks of ${String(chunkTokens)} tokens; full prefill ${formatMs(Object.values(peer)[0] ?? 0)}`,
      ...Object.keys(ours).map(
        (name) =>
          `  ${name.padEnd(15)} first token ${formatMs(ours[name] ?? 0).padStart(8)}  ratio ${(ratio[name] ?? 0).toFixed(1).padStart(6)}, of processor time ${(cpuRatio[name] ?? 0).toFixed(1).padStart(6)}` +
          `  equal tokens ${(100 * (agreement[name] ?? 0)).toFixed(1).padStart(5)} %  computed again ${(computed[name] ?? 0).toFixed(0)}`,
      ),
    );
  if (followUp)
    lines.push(
      '',
      `a follow-up of ${formatCount(followUp.tokens, 'token')} after a restart: ${String(followUp.restored)} from the disk, ${String(followUp.computed)} computed`,
      `  first token ${formatMs(followUp.ms)}, full prefill ${formatMs(followUp.fullMs)}, ratio ${followUp.ratio.toFixed(1)}, of processor time ${followUp.cpuRatio.toFixed(1)}; equal tokens ${(100 * followUp.agreement).toFixed(1)} %`,
    );
  return `${lines.join('\n')}\n`;
}

function table({ work, model, peerName, threads, files, ratioToBest }: SpeedReport): string {
  const lines = [`${work} of ${model} beside ${peerName}, ${String(threads)} threads; a ratio above 1: ours is faster`];
  for (const [name, file] of Object.entries({ 'the file as it is': files.given, 'its weights in Q4_0': files.q4_0 }))
    lines.push('', `${name}:`, ...fileLines(file));
  const best = Object.entries(ratioToBest).map(([past, ratio]) => `${ratio.toFixed(2)} at ${past}`);
  lines.push('', `the file as it is beside the peer's best of both: ${best.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function fileLines({ ours, peer, ratio, cpuMsPerToken: cpu, startMs, peakBytes }: FileSpeed): string[] {
  const number = (value: number | undefined, digits: number): string => (value ?? Number.NaN).toFixed(digits);
  return [
    ...Object.keys(ours).map(
      (past) =>
        `  past ${past.padStart(5)}  ours ${number(ours[past], 1).padStart(7)}  peer ${number(peer[past], 1).padStart(7)} tokens/s  ratio ${number(ratio[past], 2)}` +
        `   processor ${number(cpu.ours[past], 1)} and ${number(cpu.peer[past], 1)} ms a token, ratio ${number(cpu.ratio[past], 2)}`,
    ),
    `  from start to first token: ours ${formatMs(startMs.ours)}, peer ${formatMs(startMs.peer)}, ratio ${number(startMs.ratio, 2)}`,
    `  peak memory: ours ${formatBytes(peakBytes.ours)}, peer ${formatBytes(peakBytes.peer)}, ratio ${number(peakBytes.ratio, 2)}`,
  ];
}
