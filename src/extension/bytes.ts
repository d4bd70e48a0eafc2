/** Numbers of bytes and counts as people read them, in VS Code's language. */
import * as vscode from 'vscode';

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Made once: a formatter takes milliseconds to make, and the tree is drawn again every second while indexing. */
const formatters = new Map<number, Intl.NumberFormat>();

function format(value: number, digits: number): string {
  let formatter = formatters.get(digits);
  if (!formatter) {
    formatter = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits });
    formatters.set(digits, formatter);
  }
  return formatter.format(value);
}

/** Decimal units, as file managers and model sites use them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${format(value, unit > 0 && value < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
}

export function formatCount(count: number): string {
  return format(count, 0);
}
