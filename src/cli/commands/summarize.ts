/** `longsight summarize`: a cited summary of a folder or the whole repository, with a module map. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { fault } from '../../base/errors.ts';
import type { SummarizeRequest, SummaryPage } from '../../protocol/summary.ts';
import { bringUpToDate } from '../bring-up-to-date.ts';
import { modelOf, pathInRepository } from '../environment.ts';
import { formatCount, formatMs, inline, note, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples, modelOption } from '../session.ts';
import { wholeNumber } from '../values.ts';
import { visible } from '../../base/visible-text.ts';
import { writeWhole } from '../write-whole.ts';

interface Options extends CommonOptions {
  readonly streamJson?: true;
  readonly output?: string;
  readonly depth?: number;
  readonly since?: string;
  readonly kept?: true;
  readonly pages?: string;
}

export function addSummarize(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('summarize'))
    .description('summarize the repository or one of its folders')
    .argument('[path]', 'the folder; default: the whole repository')
    .addOption(modelOption())
    .option('--output <file>', 'write the Markdown to this file instead of standard output')
    .option('--pages <folder>', 'write a Markdown page for each folder into this one, instead of standard output')
    .option('--depth <n>', 'how many levels of folders the map shows', wholeNumber('--depth', 0))
    .option('--since <revision>', 'only what changed in the summary since this Git revision')
    .option('--kept', 'run no model: show what one wrote before, and mark what of it is stale')
    .addOption(new Option('--stream-json', 'one JSON object per line, as the summary is made').conflicts('json'))
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
          ...(options.kept && { keptOnly: true }),
          ...(options.pages !== undefined && { pages: toRoot(options.pages, session.parameters.repository) }),
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
        if (options.output !== undefined) await writeWhole(options.output, visible(summary.markdown));
        if (options.pages !== undefined) await writePages(options.pages, summary.pages ?? []);
        if (options.streamJson) printJson({ type: 'done', ...summary });
        else if (options.json) printJson(summary);
        else if (options.output === undefined && options.pages === undefined)
          print(summary.markdown.replace(/\n*$/, '\n'));
        const reused = summary.nodes.filter((node) => node.reused).length;
        if (!options.json && !options.streamJson)
          note(
            `${formatCount(summary.nodes.length, 'part')}, ${reused} reused, ${formatCount(summary.work.modelCalls, 'model call')}, ${formatCount(summary.work.stale, 'stale sentence')}, ${formatMs(summary.totalMs)}`,
          );
      });
    });
}

/** From the folder of the pages to the root of the repository. */
function toRoot(pages: string, repository: string): string {
  return path.relative(path.resolve(pages), path.resolve(repository)).replaceAll(path.sep, '/') || '.';
}

async function writePages(folder: string, pages: readonly SummaryPage[]): Promise<void> {
  for (const page of pages) {
    const file = path.join(folder, page.path);
    try {
      await mkdir(path.dirname(file), { recursive: true });
    } catch (error) {
      throw fault('LS1004', file, error);
    }
    await writeWhole(file, visible(page.markdown));
  }
  note(`${formatCount(pages.length, 'page')} in ${inline(folder)}`);
}
