/** `longsight why`: why a path is or is not in the index. */
import type { Command } from 'commander';
import { pathInRepository } from '../environment.ts';
import { formatCount, inline, print, printJson, words } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';

export function addWhy(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('why'))
    .description('say why a path is or is not in the index')
    .argument('<path>', 'the file or folder')
    .addHelpText('after', examples('why dist/cli.mjs', 'why src/base/errors.ts --json'))
    .action(async (given: string, options: CommonOptions) => {
      await withEngine(options, async ({ engine, parameters }) => {
        const report = await engine.why(pathInRepository(parameters.repository, given));
        if (options.json) {
          printJson(report);
          return;
        }
        print(`${inline(report.path)}: ${words(report.explanation)}\n`);
        if (report.indexed)
          print(
            `${formatCount(report.chunks, 'chunk')}, ${formatCount(report.symbols, 'symbol')}, ${report.embedded ? 'with' : 'without'} vectors\n`,
          );
      });
    });
}
