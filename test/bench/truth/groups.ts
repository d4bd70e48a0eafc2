/** Reads the files of sentences: a line `@` on the repository, lines `#` with what was read, rows `kind | true | planted`. */
import type { LineRange } from '../../../src/protocol/answers.ts';

interface Row {
  readonly kind: string;
  readonly sentence: string;
  readonly planted: string;
}

export interface Group {
  readonly split: 'dev' | 'held';
  readonly sources: readonly LineRange[];
  readonly rows: readonly Row[];
}

export function readGroups(text: string): { readonly repository: string; readonly groups: readonly Group[] } {
  const lines = text.split('\n').filter((line) => line !== '');
  const repository = /^@ (\S+)/.exec(lines[0] ?? '')?.[1];
  if (repository === undefined) throw new Error('the first line names no repository');
  const groups: { split: 'dev' | 'held'; sources: LineRange[]; rows: Row[] }[] = [];
  for (const line of lines.slice(1)) {
    if (line.startsWith('# ')) {
      const sources = line
        .slice(2)
        .split(' ')
        .map((range) => {
          const [, path = '', from, to] = /^(.*):(\d+)-(\d+)$/.exec(range) ?? [];
          return { path, startLine: Number(from), endLine: Number(to) };
        });
      groups.push({ split: groups.length % 2 === 0 ? 'dev' : 'held', sources, rows: [] });
      continue;
    }
    const [kind, sentence, planted] = line.split(' | ');
    if (kind === undefined || sentence === undefined || planted === undefined) throw new Error(`no row: ${line}`);
    groups.at(-1)?.rows.push({ kind, sentence, planted });
  }
  return { repository, groups };
}
