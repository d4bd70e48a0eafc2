/** Why files are not in the index, in words. */
import * as vscode from 'vscode';
import type { SkipReason } from '../../protocol/status.ts';

export function skipWords(reason: SkipReason): string {
  switch (reason) {
    case 'ignored':
      return vscode.l10n.t('Ignored by Git');
    case 'excluded':
      return vscode.l10n.t('Excluded by a setting');
    case 'binary':
      return vscode.l10n.t('Binary');
    case 'too-large':
      return vscode.l10n.t('Too large');
    case 'generated':
      return vscode.l10n.t('Generated');
    case 'minified':
      return vscode.l10n.t('Minified');
    case 'unreadable':
      return vscode.l10n.t('Not readable');
    case 'not-a-file':
      return vscode.l10n.t('Not a file');
    case 'outside-repository':
      return vscode.l10n.t('Outside of the repository');
    case 'unsupported-encoding':
      return vscode.l10n.t('Encoding not supported');
  }
}
