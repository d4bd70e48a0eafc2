/** The commands of `longsight`, with their options and help; running one calls its action. */
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addAsk } from './commands/ask.ts';
import { addBench } from './commands/bench.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExplain } from './commands/explain.ts';
import { addGenerate } from './commands/generate.ts';
import { addIndex } from './commands/index-command.ts';
import { addModels } from './commands/models.ts';
import { addPerplexity } from './commands/perplexity.ts';
import { addSearch } from './commands/search.ts';
import { addStatus } from './commands/status.ts';
import { addSummarize } from './commands/summarize.ts';
import { addWhy } from './commands/why.ts';
import { engineRunner } from './session.ts';

/**
 * Every command, ready to parse. A usage error is thrown and nothing ends the process.
 * @param signal ends what a command does
 * @param complain told what commander would write to standard error itself: the help of a command that was called without its subcommand
 * @param write told the help and the version that were asked for
 */
export function createProgram(
  signal: AbortSignal,
  complain: (text: string) => void,
  write: (text: string) => void,
): Command {
  const withEngine = engineRunner(signal);
  const root = new Command('longsight')
    .description(
      'Asks questions of a whole repository with a model on this machine, and shows the exact lines the answer rests on.',
    )
    .version(manifest.version)
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      '\nExample:\n  $ longsight ask "How are redirects followed?"\n\n' +
        'Environment:\n' +
        '  LONGSIGHT_HOME       folder of caches and models\n' +
        '  LONGSIGHT_MODEL      default of --model\n' +
        '  LONGSIGHT_THREADS    processor threads of the decoder\n' +
        '  LONGSIGHT_GRAPHS_GB  gigabytes that built graphs may take (20)\n' +
        '  LONGSIGHT_PROMPTS_GB gigabytes that prompts kept on disk may take (2), 0 for none\n' +
        '  LONGSIGHT_OFFLINE=1  no command opens a socket\n' +
        '  LONGSIGHT_API_KEY    the key of a model server given with --model http://host:port/v1#model\n' +
        '  LONGSIGHT_SERVER_CONTEXT=8192        tokens of its context, where the server does not say\n' +
        '  LONGSIGHT_SERVER_TIMEOUTS=10,300,60  seconds to connect, to the first token, between two pieces\n' +
        '  LONGSIGHT_LOG=debug  the log on standard error\n',
    );
  for (const add of [
    addAsk,
    addSearch,
    addExplain,
    addSummarize,
    addEvaluate,
    addIndex,
    addStatus,
    addWhy,
    addModels,
    addGenerate,
    addPerplexity,
  ])
    add(root, withEngine);
  addBench(root, signal);
  // Subcommands inherit neither of these.
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: write, writeErr: complain });
    command.commands.forEach(prepare);
  };
  prepare(root);
  return root;
}
