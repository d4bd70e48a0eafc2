/** The repository in a few lines, for the prompt: its folders with their files, so that a decoder knows where a source lies. */
import type { IndexReader } from '../../index/types.ts';

const mostFolders = 12;

/** One line a folder: the two upper levels with the most files, by path. */
export function repositoryMap(reader: IndexReader): string {
  const counts = new Map<string, number>();
  for (const { path } of reader.files()) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/');
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, mostFolders)
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([folder, files]) => `${folder === '' ? '.' : folder}/ ${files} ${files === 1 ? 'file' : 'files'}`)
    .join('\n');
}
