/** What a model may do, in words: measured on this machine, or expected from its size, or not known yet. */
import * as vscode from 'vscode';
import type { ModelListing, ReadingTestReport } from '../../protocol/models.ts';
import { formatBytes } from '../bytes.ts';

/** The result of the reading test; null before it ran. */
export function verdictWords(test: ReadingTestReport | null): string {
  if (test === null) return vscode.l10n.t('not tested');
  const asked = test.asked ?? test.questions;
  return test.passed
    ? [vscode.l10n.t('writes prose: {0} of {1} right', test.correct, asked), ...weaknesses(test)].join(', ')
    : vscode.l10n.t(
        'quotes only: {0} of {1} right, {2} of {3} needed',
        test.correct,
        asked,
        test.needed,
        test.questions,
      );
}

/** What else was tested and not passed. */
function weaknesses({ refuses, cites }: ReadingTestReport): string[] {
  return [
    ...(refuses?.passed === false ? [vscode.l10n.t('seldom says that nothing answers')] : []),
    ...(cites?.passed === false ? [vscode.l10n.t('does not cite by itself')] : []),
  ];
}

/** One line for the list: what it writes, and whether it fits. */
export function outlookWords({ outlook, recommendedMemory }: ModelListing): string {
  if (!outlook) return '';
  const memory = outlook.fits
    ? vscode.l10n.t(
        'needs {0} of memory, {1} are free',
        formatBytes(recommendedMemory),
        formatBytes(outlook.freeMemory),
      )
    : vscode.l10n.t(
        'does not fit in memory: needs {0}, {1} are free',
        formatBytes(recommendedMemory),
        formatBytes(outlook.freeMemory),
      );
  const expected = {
    prose: vscode.l10n.t('expected to write prose, not tested'),
    quotes: vscode.l10n.t('expected to quote only, not tested'),
    unknown: vscode.l10n.t('not tested'),
  };
  const writes = outlook.readingTest ? verdictWords(outlook.readingTest) : expected[outlook.expected];
  const speed = vscode.l10n.t('reads a question in about {0} s here', Math.max(1, Math.round(outlook.secondsToRead)));
  return [writes, memory, ...(outlook.fits ? [speed] : [])].join(' · ');
}
