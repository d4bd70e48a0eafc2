/** An explanation as a comment thread at its lines. */
import * as vscode from 'vscode';
import type { SavedExplanation } from './explanation-store.ts';
import { explanationMarkdown, streamedMarkdown } from './explanation-text.ts';
import { shownRange } from './explained-lines.ts';

export interface Explained {
  saved: SavedExplanation;
  readonly thread: vscode.CommentThread;
  /** The request under way. */
  running: AbortController | null;
  /** What is being said now, before it is part of the saved turns. */
  pending: { readonly question: string | null; words: string } | null;
}

/** Shows an explanation in its thread: what was said, what is being said, and whether it is stale. */
export function drawThread({ saved, thread, running, pending }: Explained): void {
  const name = saved.symbol ?? vscode.l10n.t('lines {0}–{1}', String(saved.startLine), String(saved.endLine));
  thread.label = saved.stale
    ? vscode.l10n.t('{0}: the code has changed since', name)
    : saved.outdated
      ? vscode.l10n.t('{0}: what it uses or what uses it has changed since', name)
      : name;
  const isStale = saved.stale || saved.outdated;
  thread.contextValue = running ? 'running' : isStale ? 'stale' : 'fresh';
  const range = shownRange(saved);
  if (!thread.range?.isEqual(range)) thread.range = range;
  const comment = (author: string, body: vscode.MarkdownString, label?: string): vscode.Comment => ({
    author: { name: author },
    body,
    mode: vscode.CommentMode.Preview,
    ...(label === undefined ? {} : { label }),
  });
  const asked = (question: string | null): vscode.Comment[] =>
    question === null ? [] : [comment(vscode.l10n.t('You'), new vscode.MarkdownString().appendText(question))];
  thread.comments = [
    ...saved.turns.flatMap((turn, at) => [
      ...asked(turn.question),
      comment('Longsight', explanationMarkdown(turn, saved.id, at), isStale ? vscode.l10n.t('stale') : undefined),
    ]),
    ...(pending
      ? [
          ...asked(pending.question),
          comment(
            'Longsight',
            running ? streamedMarkdown(pending.words) : new vscode.MarkdownString().appendText(pending.words),
          ),
        ]
      : []),
  ];
}
