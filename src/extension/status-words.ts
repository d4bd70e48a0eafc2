/** The engine's state in a few words and one icon, for the status bar and the tree. */
import { speaker } from './speaker.ts';
import * as vscode from 'vscode';
import type { DecoderStatus } from '../protocol/status.ts';
import type { EngineState } from './engine/engine-client.ts';
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
  const shown = (icon: string, words: string, severity: StatusWords['severity'] = 'none'): StatusWords => ({
    icon,
    words,
    severity,
  });
  switch (state.kind) {
    case 'none':
      return shown('telescope', vscode.l10n.t('no folder'));
    case 'idle':
      return shown('telescope', vscode.l10n.t('starts when it is used'));
    case 'connecting':
      return shown('loading~spin', vscode.l10n.t('starting'));
    case 'failed':
      return shown('error', vscode.l10n.t('stopped working'), 'error');
    case 'ready': {
      const { index, decoder } = state.status;
      if (state.hung) return shown('warning', vscode.l10n.t('not answering'), 'warning');
      if (answering && !decoder?.testing && decoder?.state !== 'loading')
        return shown('loading~spin', vscode.l10n.t('answering'));
      if (index.state === 'paused') return shown('debug-pause', vscode.l10n.t('paused'));
      if (index.state === 'failed') return shown('warning', vscode.l10n.t('indexing failed'), 'warning');
      if (index.state === 'scanning' || index.state === 'indexing')
        return shown('sync~spin', vscode.l10n.t('indexing {0} %', indexPercent(index)));
      if (decoder?.testing)
        return shown(
          'beaker',
          vscode.l10n.t('testing the model, {0} of {1}', decoder.testing.done, decoder.testing.total),
        );
      if (decoder?.state === 'loading') return shown('loading~spin', loadingWords(decoder));
      if (!decoder || decoder.state === 'absent') return shown('telescope', vscode.l10n.t('needs a model'));
      return shown('telescope', vscode.l10n.t('ready'));
    }
  }
}

/** That a model starts, and how much of what it needs is built. */
export function loadingWords({ displayName, loading }: DecoderStatus): string {
  return loading
    ? vscode.l10n.t('loading {0}, {1} %', displayName, Math.floor((100 * loading.done) / Math.max(loading.total, 1)))
    : vscode.l10n.t('loading {0}', displayName);
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
  if (state.kind === 'failed') return [speaker.error(state.error).message];
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
