/** What the reading test found about a model, in a few words. */
import type { ReadingTestReport } from '../protocol/models.ts';

export function verdictWords(test: ReadingTestReport): string {
  const { passed, correct, questions, asked = questions, needed, refuses, cites } = test;
  const weak = [
    ...(refuses?.passed === false ? ['seldom says that nothing answers'] : []),
    ...(cites?.passed === false ? ['does not cite by itself'] : []),
  ];
  return passed
    ? `writes prose (reading test: ${correct} of ${asked} right${weak.length === 0 ? '' : `; ${weak.join(', ')}`})`
    : `quotes only (reading test: ${correct} of ${asked} right, ${needed} of ${questions} needed)`;
}
