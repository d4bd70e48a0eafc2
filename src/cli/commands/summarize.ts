/** `longsight summarize`: a cited summary of a folder or the whole repository, with a module map. */
import { type Command, Option } from 'commander';
import type { SummarizeRequest } from '../../protocol/answers.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { modelOf, pathInRepository } from '../environment.ts';
import { formatCount, formatMs, note, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples, modelOption } from '../session.ts';
import { wholeNumber } from '../values.ts';
import { writeWhole } from '../write-whole.ts';

interface Options extends CommonOptions {
  readonly streamJson?: true;
  readonly output?: string;
  readonly depth?: number;
  readonly since?: string;
}

export function addSummarize(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('summarize'))
    .description('summarize the repository or one of its folders')
    .argument('[path]', 'the folder; left out: the repository')
    .addOption(modelOption())
    .option('--output <file>', 'writes the Markdown there instead of to standard output')
    .option('--depth <n>', 'how many levels of folders the map shows', wholeNumber('--depth', 0))
    .option('--since <revision>', 'only what differs from this Git revision')
    .addOption(new Option('--stream-json', 'one JSON object a line, as the summary is made').conflicts('json'))
    .addHelpText('after', examples('summarize --output SUMMARY.md', 'summarize src --depth 2 --json'))
    .action(async (folder: string | undefined, options: Options) => {
      await withEngine(options, async (session) => {
        await bringUpToDate(session);
        const model = modelOf(options.model);
        const request: SummarizeRequest = {
          ...(folder !== undefined && { path: pathInRepository(session.parameters.repository, folder) }),
          ...(options.depth !== undefined && { depth: options.depth }),
          ...(options.since !== undefined && { since: options.since }),
          ...(model !== undefined && { model }),
        };
        const summary = await session.engine.summarize(
          request,
          ({ message, done, total }) => {
            if (options.streamJson) printJson({ type: 'status', phase: 'reading', message, done, total });
            else session.progress.update(message, done, total);
          },
          session.signal,
        );
        session.progress.clear();
        if (options.output !== undefined) await writeWhole(options.output, summary.markdown);
        if (options.streamJson) printJson({ type: 'done', ...summary });
        else if (options.json) printJson(summary);
        else if (options.output === undefined) print(summary.markdown.replace(/\n*$/, '\n'));
        const reused = summary.nodes.filter((node) => node.reused).length;
        if (!options.json && !options.streamJson)
          note(`${formatCount(summary.nodes.length, 'part')}, ${reused} reused, ${formatMs(summary.totalMs)}`);
      });
    });
}
