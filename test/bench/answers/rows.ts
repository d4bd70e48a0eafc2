/**
 * Questions about repositories with what a right answer holds, one JSON object a line. Two kinds of file are read: rows with facts
 * (`question`, `nuggets`, `wrong`, `list`, `gold`) and rows with a reference answer (`query`, `answer`, `gold`).
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Lines of a file that one has to have read, from 1, both ends included; without lines any part of the file will do. */
const GoldPlace = z.object({
  path: z.string(),
  start_line: z.number().default(1),
  end_line: z.number().default(Number.MAX_SAFE_INTEGER),
});

/** A fact of a right answer: any of its spellings will do. A spelling is a text, or `re:` and a regular expression. */
const Nugget = z.object({ id: z.string(), any: z.array(z.string()), weight: z.number() });

const kinds = ['where', 'how', 'why', 'what', 'list', 'compare', 'absent'] as const;

const FactRow = z.object({
  id: z.string(),
  repo: z.string(),
  commit: z.string(),
  kind: z.enum(kinds),
  question: z.string(),
  split: z.string().optional(),
  nuggets: z.array(Nugget).default([]),
  /** Spellings of statements known to be false. */
  wrong: z.array(z.string()).default([]),
  /** For `list`: every item, each with its spellings. */
  list: z.array(z.array(z.string())).default([]),
  /** For `list`: what is no item although it looks like one, and what an item looks like. */
  distractors: z.array(z.string()).default([]),
  candidate: z.string().nullish(),
  /** For `absent`: a regular expression that matches nowhere in the repository's text. */
  nowhere: z.string().optional(),
  gold: z.array(GoldPlace).default([]),
  reference: z.string().optional(),
});

const ReferenceRow = z.object({
  id: z.string(),
  repo: z.string(),
  commit: z.string(),
  query: z.string(),
  answer: z.string(),
  gold: z.array(GoldPlace),
});

export type GoldPlace = z.infer<typeof GoldPlace>;
export type QuestionRow = Omit<z.infer<typeof FactRow>, 'kind'> & {
  /** `reference`: only the places are known, no facts. */
  readonly kind: (typeof kinds)[number] | 'reference';
};

/** In the order of tables. */
export const rowKinds = [...kinds, 'reference'] as const;

/** @throws when a line is neither kind of row */
export function readRows(file: string): QuestionRow[] {
  return linesOf(file).map((line): QuestionRow => {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'question' in value) return FactRow.parse(value);
    const { query, answer, ...row } = ReferenceRow.parse(value);
    return {
      ...row,
      ...{ kind: 'reference', question: query, reference: answer },
      ...{ nuggets: [], wrong: [], list: [], distractors: [] },
    };
  });
}

/** The lines of a JSONL file that are not empty. */
export function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** The folder of the row's repository: `repo-<first 8 of the commit>`, else `repo`. @throws when there is neither */
export function treeOf(trees: string, { repo, commit }: Pick<QuestionRow, 'repo' | 'commit'>): string {
  const found = [`${repo}-${commit.slice(0, 8)}`, repo]
    .map((name) => path.join(trees, name))
    .find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`${trees} has no folder for ${repo}`);
  return found;
}
