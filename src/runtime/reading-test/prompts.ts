/**
 * How the reading test asks. The sources stand first and the question behind them, so that all questions of a sheet share what is read
 * of them: only the first one pays for it.
 */
import type { ChatMessage } from '../decoder.ts';
import type { ReadingSheet } from './sheets.ts';

const system = 'You answer questions about code in one short sentence, from the sources alone.';
/** What an answer may be asked for beside being right. */
export type Duty = 'cite' | 'refuse';

const duties: Readonly<Record<Duty, string>> = {
  cite: 'Answer in one sentence that ends with the number of the source that shows it, like [2].',
  refuse:
    'The sources above may or may not hold the answer. If what is asked for is in none of them, say: "I could not find this in the sources." ' +
    'Otherwise answer in one sentence.',
};

/** @param duty null: the question alone, for whether it reads right */
export function readingMessages(sheet: ReadingSheet, question: string, duty: Duty | null): readonly ChatMessage[] {
  const sources = sheet.sources.map(
    ({ path, code }, at) => `[${String(at + 1)}] ${path}\n<source id="${String(at + 1)}">\n${code}\n</source>\n\n`,
  );
  const asked = {
    none: `Question: ${question}`,
    cite: `${duties.cite}\n\nQuestion: ${question}`,
    // As answers are asked for: behind the question, where it is kept to.
    refuse: `Question: ${question}\n${duties.refuse}`,
  };
  return [
    { role: 'system', content: system },
    { role: 'user', content: `${sources.join('')}${asked[duty ?? 'none']}` },
  ];
}
