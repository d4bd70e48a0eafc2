/** What is said when nothing in the repository fits a question: the nearest places and how to widen, never an invented answer. */
import type { IndexCompleteness } from '../protocol/answers.ts';
import type { Evidence } from './evidence.ts';
import { place, qualifiedName } from './file-text.ts';

const mostCandidates = 3;

export function renderNothingFound(
  question: string,
  nearest: readonly Evidence[],
  index: IndexCompleteness,
  scope: readonly string[],
): string {
  const ways = [
    ...(scope.length > 0
      ? [`search the whole repository instead of ${scope.map((glob) => `\`${glob}\``).join(', ')}`]
      : []),
    ...(index.pending > 0 ? ['ask again when the index is complete'] : []),
    'name a symbol, a file or words as they stand in the code',
  ];
  const candidates = nearest
    .slice(0, mostCandidates)
    .map((one) => `- \`${place(one)}\`${one.symbol ? ` (\`${qualifiedName(one.symbol)}\`)` : ''}`);
  return [
    index.indexed === 0 && index.pending === 0
      ? 'There is no text in this repository to answer from.'
      : 'Nothing in this repository fits the question.',
    ...(candidates.length > 0
      ? [`Nearest, though none of the question's own words stands there:\n${candidates.join('\n')}`]
      : []),
    `To widen: ${ways.join('; ')}.`,
  ].join('\n\n');
}
