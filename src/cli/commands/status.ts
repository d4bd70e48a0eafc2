/** `longsight status`: how complete the index is and which models are in use. */
import type { Command } from 'commander';
import type { ServerPlace } from '../../protocol/answers.ts';
import { formatBytes, formatCount, print, printJson } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';

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
            `repository  ${status.repository}${status.git ? '' : ' (not a Git repository)'}`,
            `index       ${index.state}: ${index.indexed} of ${formatCount(index.files, 'file')}, ${index.pending} pending, ${index.embedded} with vectors`,
            ...(index.pending > 0
              ? ['            "longsight index" brings it up to date; a question does so too']
              : []),
            `            ${formatCount(index.chunks, 'chunk')}, ${formatCount(index.symbols, 'symbol')}, ${formatBytes(index.bytes)} on disk`,
            ...(skipped.length > 0 ? [`skipped     ${skipped.join(', ')}`] : []),
            ...index.failed.map(({ path, reason }) => `failed      ${path}: ${reason}`),
            `decoder     ${decoder ? `${decoder.displayName}, ${decoder.state}, ${prose(decoder.writesProse)}` : 'none on this machine'}`,
            ...(decoder?.server ? [`server      ${place(decoder.server)}`] : []),
            ...(decoder?.error ? [`            ${decoder.error.message} ${decoder.error.hint}`] : []),
            ...(decoder?.remarks ?? []).map((remark) => `            ${remark}`),
            `embedder    ${embedder ? `${embedder.id}, ${embedder.state}` : 'none on this machine'}`,
            `memory      ${formatBytes(status.memory)}`,
            `outbound requests: ${status.outboundRequests}`,
          ].join('\n') + '\n',
        );
      });
    });
}

function place({ host, software, isLoopback }: ServerPlace): string {
  const kind = software === null ? 'not asked yet' : software;
  return `${host}, ${kind}, ${isLoopback ? 'on this machine' : 'code is sent there'}`;
}

function prose(writesProse: boolean | null): string {
  if (writesProse === null) return 'quotes (the reading test has not run: longsight models probe)';
  return writesProse ? 'writes prose (passed the reading test)' : 'quotes (did not pass the reading test)';
}
