/** The engine's state in a few words and one icon, for the status bar and the tree. */
import * as vscode from 'vscode';
import type { DecoderStatus } from '../protocol/status.ts';
import type { EngineState } from './engine-client.ts';
import { formatBytes, formatCount } from './bytes.ts';

export interface StatusWords {
  readonly icon: string;
  readonly words: string;
  readonly severity: 'none' | 'warning' | 'error';
}

export function indexPercent({ indexed, pending }: { indexed: number; pending: number }): number {
  return indexed + pending > 0 ? Math.floor((indexed / (indexed + pending)) * 100) : 0;
}

export function statusWords(state: EngineState, answering: boolean): StatusWords {
  const say = (icon: string, words: string, severity: StatusWords['severity'] = 'none'): StatusWords => ({
    icon,
    words,
    severity,
  });
  switch (state.kind) {
    case 'none':
      return say('telescope', vscode.l10n.t('no folder'));
    case 'connecting':
      return say('loading~spin', vscode.l10n.t('starting'));
    case 'failed':
      return say('error', vscode.l10n.t('stopped working'), 'error');
    case 'ready': {
      const { index, decoder } = state.status;
      if (state.hung) return say('warning', vscode.l10n.t('not answering'), 'warning');
      if (answering) return say('loading~spin', vscode.l10n.t('answering'));
      if (index.state === 'paused') return say('debug-pause', vscode.l10n.t('paused'));
      if (index.state === 'failed') return say('warning', vscode.l10n.t('indexing failed'), 'warning');
      if (index.state === 'scanning' || index.state === 'indexing')
        return say('sync~spin', vscode.l10n.t('indexing {0} %', indexPercent(index)));
      if (!decoder || decoder.state === 'absent') return say('telescope', vscode.l10n.t('needs a model'));
      return say('telescope', vscode.l10n.t('ready'));
    }
  }
}

function decoderLine({ displayName, window, server }: DecoderStatus): string {
  const model = window > 0 ? vscode.l10n.t('{0}, window {1} tokens', displayName, formatCount(window)) : displayName;
  if (!server) return model;
  return server.isLoopback
    ? vscode.l10n.t('{0}, by the server {1} on this machine', model, server.host)
    : vscode.l10n.t('{0}, by the server {1}: code is sent there', model, server.host);
}

/** The numbers behind the words, one line each. */
export function statusNumbers(state: EngineState): readonly string[] {
  if (state.kind === 'failed') return [state.error.message];
  if (state.kind !== 'ready') return [];
  const { index, decoder, memory, outboundRequests } = state.status;
  return [
    vscode.l10n.t(
      '{0} of {1} files indexed, {2} chunks',
      formatCount(index.indexed),
      formatCount(index.indexed + index.pending),
      formatCount(index.chunks),
    ),
    decoder && decoder.state !== 'absent'
      ? decoderLine(decoder)
      : vscode.l10n.t('No model: answers show the evidence alone'),
    vscode.l10n.t('Engine memory {0}', formatBytes(memory)),
    vscode.l10n.t('Requests sent: {0}', formatCount(outboundRequests)),
  ];
}
