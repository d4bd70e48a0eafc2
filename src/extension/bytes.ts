/** Numbers of bytes and counts as people read them, in VS Code's language. */
import * as vscode from 'vscode';

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Decimal units, as file managers and model sites use them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits }).format(value)} ${units[unit] ?? ''}`;
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 0 }).format(count);
}
