/** The engine's log records, one JSON line each, into VS Code's log channel "Longsight". */
import type * as vscode from 'vscode';

const levels = [
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
  [20, 'debug'],
] as const;

export function writeRecord(channel: vscode.LogOutputChannel, line: string): void {
  const record = parseRecord(line);
  if (!record) {
    channel.info(line);
    return;
  }
  const { level, msg, ...fields } = record;
  // The channel writes its own time.
  delete fields['time'];
  const name = levels.find(([least]) => typeof level === 'number' && level >= least)?.[1] ?? 'trace';
  const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
  channel[name](`[engine] ${typeof msg === 'string' ? msg : ''}${rest}`);
}

function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
