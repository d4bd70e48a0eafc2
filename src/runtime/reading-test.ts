/**
 * The reading test: whether a decoder answers questions about short code from the code itself. Only one that passes may write
 * prose; below that its fluent wrong answers do harm, and it may only quote.
 */
import type { ReadingTestReport } from '../protocol/models.ts';
import type { Decoder } from './decoder.ts';
import { type ReadingQuestion, readingQuestions } from './reading-test-questions.ts';

/** 17 of 20: a decoder that reads right with probability .95 passes in 98 of 100 runs, one with .6 in 2. */
const neededShare = 0.85;
const answerTokens = 48;

/** Raise it whenever questions or rules change: earlier verdicts then no longer count. */
export const readingTestVersion = 1;

/** Whether an answer is right; exported for its own tests. */
export function isRight(
  { expected, forbidden }: Pick<ReadingQuestion, 'expected' | 'forbidden'>,
  answer: string,
): boolean {
  return expected.every((pattern) => pattern.test(answer)) && !forbidden.some((pattern) => pattern.test(answer));
}

/** Greedy, so that the same weights always get the same verdict. @throws CancelledError, and what the decoder throws */
export async function runReadingTest(
  decoder: Decoder,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
  questions: readonly ReadingQuestion[] = readingQuestions,
): Promise<ReadingTestReport> {
  let correct = 0;
  for (const [index, question] of questions.entries()) {
    onProgress(index, questions.length);
    const answer = await ask(decoder, question, signal);
    if (isRight(question, answer)) correct += 1;
  }
  onProgress(questions.length, questions.length);
  const needed = Math.ceil(questions.length * neededShare);
  return { questions: questions.length, correct, needed, passed: correct >= needed };
}

async function ask(decoder: Decoder, { file, code, question }: ReadingQuestion, signal: AbortSignal): Promise<string> {
  const { text } = await decoder.decode(
    {
      messages: [
        { role: 'system', content: 'You answer questions about code in one short sentence, from the code alone.' },
        { role: 'user', content: `${file}\n\`\`\`\n${code}\n\`\`\`\n\n${question}` },
      ],
      maxTokens: answerTokens,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    },
    () => undefined,
    signal,
  );
  return text;
}
