/** `longsight bench`: speed against the peer, in one run. */
import type { Command } from 'commander';
import { createLogger } from '../../base/logging.ts';
import { benchSpeed } from '../../engine/bench/speed-bench.ts';
import type { FileSpeed, SpeedReport } from '../../protocol/bench.ts';
import { initializeParametersOf, logLevel, repositoryOf } from '../environment.ts';
import { formatBytes, formatMs, note, print, printJson } from '../output.ts';
import { createProgressLine } from '../progress.ts';
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
  const bench = program.command('bench').description('measure speed against another program, in one run');
  for (const work of ['decode', 'prefill'] as const)
    addCommonOptions(bench.command(work))
      .description(
        work === 'decode'
          ? 'tokens a second, one after another, beside llama.cpp on the same file and on its weights in Q4_0'
          : 'tokens a second of a prompt, beside llama.cpp on the same file and on its weights in Q4_0',
      )
      .addOption(modelOption())
      .option(
        '--past <tokens>',
        'how many tokens stand before: 0,128,1024,4096',
        wholeNumbers('--past'),
        work === 'decode' ? [128, 1024, 4096] : [0, 1024, 4096],
      )
      .option('--rounds <n>', 'of which the best counts', wholeNumber('--rounds', 1), 3)
      .option('--threads <n>', 'of both; left out: the processor’s cores', wholeNumber('--threads', 1))
      .option('--install-peer', 'fetches llama.cpp through npm into the cache folder when it is not there')
      .addHelpText('after', examples(`bench ${work} --install-peer`, `bench ${work} --past 128,4096 --rounds 5 --json`))
      .action(async (options: Options) => {
        const { home, settings } = initializeParametersOf(repositoryOf(options.repository), options.model);
        const progress = createProgressLine();
        try {
          const report = await benchSpeed({
            work,
            model: settings.model,
            home,
            threads: options.threads ?? settings.threads,
            pasts: options.past.toSorted((a, b) => a - b),
            rounds: options.rounds,
            install: options.installPeer === true,
            offline: settings.offline,
            logger: createLogger(logLevel(), (line) => {
              note(line.trimEnd());
            }),
            signal,
            onProgress: (message, done, total) => {
              progress.update(message, done, total);
            },
          });
          progress.clear();
          if (options.json) printJson(report);
          else print(table(report));
        } finally {
          progress.dispose();
        }
      });
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
