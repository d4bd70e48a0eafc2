/** Whether rows are as they say: what is absent occurs nowhere in the tree, and the places exist. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type QuestionRow, treeOf } from './rows.ts';

/** Lock files name every package that some package may use, which is not what the repository does. */
const isLockFile = /(?:^|[-.])lock(?:\.(?:json|yaml))?$/;

/** What is not as a row says, a line each. */
export function checkRows(rows: readonly QuestionRow[], trees: string): string[] {
  return rows.flatMap((row) => {
    const root = treeOf(trees, row);
    if (row.kind === 'absent') return row.nowhere === undefined ? [] : occurrences(row.id, root, row.nowhere);
    return row.gold.flatMap((place) => {
      const file = path.join(root, place.path);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0;
      const fits = place.start_line >= 1 && place.start_line <= place.end_line && place.end_line <= lines;
      return fits ? [] : [`${row.id}: ${place.path} has ${String(lines)} lines`];
    });
  });
}

function occurrences(id: string, root: string, nowhere: string): string[] {
  const pattern = new RegExp(nowhere, 'i');
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || isLockFile.test(entry.name)) return [];
    const file = path.join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    // A byte 0: no text.
    if (bytes.includes(0)) return [];
    return pattern.test(bytes.toString('utf8')) ? [`${id}: ${path.relative(root, file)} has it`] : [];
  });
}
