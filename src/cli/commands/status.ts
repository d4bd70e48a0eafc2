/** `longsight status`: how complete the index is and which models are in use. */
import type { Command } from 'commander';
import type { ServerPlace } from '../../protocol/answers.ts';
import { formatBytes, formatCount, inline, print, printJson, words } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';
import { verdictWords } from '../verdict-words.ts';

export function addStatus(program: Command, withEngine: WithEngine): void {
  addCommonOptions(program.command('status'))
    .description('show how complete the index is and which models are in use')
    .addHelpText('after', examples('status', 'status --json'))
    .action(async (options: CommonOptions) => {
      await withEngine(options, async ({ engine, signal }) => {
        const status = await engine.survey(signal);
        if (options.json) {
          printJson(status);
          return;
        }
        const { index, decoder, embedder } = status;
        const skipped = Object.entries(index.skipped).map(([reason, count]) => `${count} ${reason}`);
        print(
          [
            `repository  ${inline(status.repository)}${status.git ? '' : ' (not a Git repository)'}`,
            `index       ${index.state}: ${index.indexed} of ${formatCount(index.files, 'file')}, ${index.pending} pending, ${index.embedded} with vectors`,
            ...(index.pending > 0
              ? ['            "longsight index" brings it up to date; a question does so too']
              : []),
            `            ${formatCount(index.chunks, 'chunk')}, ${formatCount(index.symbols, 'symbol')}, ${formatBytes(index.bytes)} on disk`,
            ...(skipped.length > 0 ? [`skipped     ${skipped.join(', ')}`] : []),
            ...index.failed.map(({ path, reason }) => `failed      ${inline(path)}: ${words(reason)}`),
            `decoder     ${decoder ? `${inline(decoder.displayName)}, ${decoder.state}, ${decoder.readingTest ? verdictWords(decoder.readingTest) : 'not tested (the first question tests whether it may write)'}` : 'none on this machine'}`,
            ...(decoder?.server ? [`server      ${place(decoder.server)}`] : []),
            ...(decoder?.error ? [`            ${words(decoder.error)}`] : []),
            ...(decoder?.remarks ?? []).map((remark) => `            ${words(remark)}`),
            `embedder    ${embedder ? `${inline(embedder.id)}, ${embedder.state}` : 'none on this machine'}`,
            `prompts     ${formatBytes(status.prefixCache.bytes)} of ${formatBytes(status.prefixCache.limit)} on disk, so that what was read need not be read again`,
            `memory      ${formatBytes(status.memory)}`,
            `outbound requests: ${status.outboundRequests}`,
          ].join('\n') + '\n',
        );
      });
    });
}

function place({ host, software, isLoopback }: ServerPlace): string {
  const kind = software === null ? 'not asked yet' : software;
  return `${inline(host)}, ${inline(kind)}, ${isLoopback ? 'on this machine' : 'code is sent there'}`;
}
