/** The lines of an explanation in an editor: where its thread stands, what stood there, and what an edit does to them. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { splitLines } from './anchor.ts';
import type { SavedExplanation } from './explanation-store.ts';

export interface Lines {
  readonly startLine: number;
  readonly endLine: number;
}

/** Where the thread stands: VS Code shows it below the last line, so it is not the whole of a long definition. */
export function askedLines({ startLine, asked }: SavedExplanation): Lines {
  return asked ?? { startLine, endLine: startLine };
}

export function shownRange(saved: SavedExplanation): vscode.Range {
  const { startLine, endLine } = askedLines(saved);
  return new vscode.Range(startLine - 1, 0, endLine - 1, 0);
}

/** Lines that the document has. */
export function within({ lineCount }: vscode.TextDocument, lines: Lines): { startLine: number; endLine: number } {
  const startLine = Math.min(Math.max(lines.startLine, 1), lineCount);
  return { startLine, endLine: Math.min(Math.max(lines.endLine, startLine), lineCount) };
}

export function linesOf(
  document: vscode.TextDocument,
  { startLine, endLine }: { startLine: number; endLine: number },
): { text: string; textHash: string } {
  const text = splitLines(
    document.getText(new vscode.Range(startLine - 1, 0, endLine - 1, Number.MAX_SAFE_INTEGER)),
  ).join('\n');
  return { text, textHash: createHash('sha256').update(text).digest('hex') };
}

/** An edit as whole lines; text put in at the very start of a line, ending in a line break, leaves that line whole. */
export function edge(edited: vscode.Range, text: string): { startLine: number; endLine: number; newLines: number } {
  const added = text.split('\n').length;
  const whole = edited.start.character === 0 && edited.end.character === 0 && (text === '' || text.endsWith('\n'));
  if (whole) return { startLine: edited.start.line + 1, endLine: edited.end.line, newLines: added - 1 };
  return { startLine: edited.start.line + 1, endLine: edited.end.line + 1, newLines: added };
}
