/**
 * The reading test: what a decoder is good at when it is given several sources of real length. Whether it finds what a source says
 * outright, and what only its code says, against names and comments, decides whether it may write prose at all: below that its fluent
 * wrong answers do harm, and it may only quote. (Of the first 16 questions Qwen2.5-Coder 0.5B answers 12;
 * 30 of the 71 sentences it wrote about four repositories were false and passed the checks.) Whether it also refuses what no
 * source answers, and cites the source that does, is told apart: what it does not do itself is done for it, or not asked of it.
 */
import type { ReadingTestPart, ReadingTestProgress, ReadingTestReport } from '../../protocol/models.ts';
import type { ChatMessage, DecodeResult, Decoder } from '../decoder.ts';
import { type Duty, readingMessages } from './prompts.ts';
import { isRefusal } from './refusal.ts';
import { type AnsweredQuestion, type ReadingSheet, readingSheets } from './sheets.ts';

/** Shares that are needed: one who guesses answers few, and one who always or never refuses gets half of `refuses` right. */
const neededShare = { answers: 0.8, refuses: 0.75, cites: 0.8 } as const;
const answerTokens = 48;
/** For a model that thinks before it answers: tokens for thoughts, which are no part of the answer, and the answer. */
const thoughtTokens = 1024;
/** Once it is certain that a decoder may write, the rest is asked for so long; what is open then stays unknown. */
const restSeconds = 60;
/** What an answer takes beside the prompt, in characters of prompt: for the seconds left. */
const answerCost = 300;

/** Raise it whenever sheets, prompts or rules change: earlier verdicts then no longer count. */
export const readingTestVersion = 6;

export interface ReadingTestOptions {
  /** Ends as soon as the verdict cannot change any more, and asks nothing whose part is certain. */
  readonly untilDecided?: boolean;
  readonly sheets?: readonly ReadingSheet[];
  /** Milliseconds of a clock; for tests. */
  readonly now?: () => number;
}

/** Whether an answer is right; exported for its own tests. */
export function isRight(
  { expected, forbidden }: Pick<AnsweredQuestion, 'expected' | 'forbidden'>,
  answer: string,
): boolean {
  // The number of a source is not a number of the answer.
  const text = answer.replaceAll(/\[\d+\]/g, '');
  return expected.every((pattern) => pattern.test(text)) && !forbidden.some((pattern) => pattern.test(text));
}

/** Whether the source of these numbers in brackets is the right one, and no other is named. */
function citesOnly(source: number, answer: string): boolean {
  const cited = [...answer.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
  return cited.length > 0 && cited.every((number) => number === source);
}

type PartName = keyof typeof neededShare;

interface Question {
  readonly messages: readonly ChatMessage[];
  /** Characters that are not read already for the question before. */
  readonly cost: number;
  /** What an answer says about each part that the question tests. */
  readonly judge: Partial<Record<PartName, (answer: string) => boolean>>;
}

/** Sheet by sheet: what the sources say outright, what only the code says, and then what else is asked of an answer. */
function questionsOf(sheets: readonly ReadingSheet[]): readonly Question[] {
  return sheets.flatMap((sheet) => {
    const ask = (duty: Duty | null, question: string, judge: Question['judge']): Omit<Question, 'cost'> => ({
      messages: readingMessages(sheet, question, duty),
      judge,
    });
    const answersOf = (question: AnsweredQuestion) => (answer: string) =>
      isRight(question, answer) && !isRefusal(answer);
    const all = [
      ...sheet.stated.map((one) => ask(null, one.question, { answers: answersOf(one) })),
      ...sheet.hidden.map((one) => ask(null, one.question, { answers: answersOf(one) })),
      // As many that are answered as are not: who always refuses, or never does, gets half of them right.
      ...sheet.absent.flatMap((absent, at) => [
        ask('refuse', absent, { refuses: isRefusal }),
        ...sheet.stated
          .slice(at, at + 1)
          .map(({ question }) => ask('refuse', question, { refuses: (answer) => !isRefusal(answer) })),
      ]),
      ...(sheet.asksForSources ? sheet.stated : []).map(({ question, source }) =>
        ask('cite', question, { cites: (answer) => citesOnly(source, answer) }),
      ),
    ];
    return all.map((question, at) => ({ ...question, cost: costOf(question.messages, all[at - 1]?.messages) }));
  });
}

function costOf(messages: readonly ChatMessage[], before: readonly ChatMessage[] | undefined): number {
  const text = messages.map(({ content }) => content).join('\n');
  const known = before?.map(({ content }) => content).join('\n') ?? '';
  let shared = 0;
  while (shared < known.length && text[shared] === known[shared]) shared += 1;
  return text.length - shared + answerCost;
}

class Tally {
  readonly #questions: number;
  readonly #needed: number;
  #asked = 0;
  #correct = 0;

  constructor(questions: readonly Question[], part: PartName) {
    this.#questions = questions.filter(({ judge }) => judge[part]).length;
    this.#needed = Math.ceil(this.#questions * neededShare[part]);
  }

  get isPassed(): boolean {
    return this.#correct >= this.#needed;
  }

  get isFailed(): boolean {
    return this.#asked - this.#correct > this.#questions - this.#needed;
  }

  get isDecided(): boolean {
    return this.isPassed || this.isFailed;
  }

  add(isCorrect: boolean): void {
    this.#asked += 1;
    if (isCorrect) this.#correct += 1;
  }

  part(): ReadingTestPart {
    const asked = this.#asked < this.#questions ? { asked: this.#asked } : {};
    return {
      questions: this.#questions,
      ...asked,
      correct: this.#correct,
      needed: this.#needed,
      passed: this.isPassed,
    };
  }
}

/** Greedy, so that the same weights always get the same verdict. @throws CancelledError, and what the decoder throws */
export async function runReadingTest(
  decoder: Decoder,
  onProgress: (progress: ReadingTestProgress) => void,
  signal: AbortSignal,
  { untilDecided = false, sheets = readingSheets, now = () => performance.now() }: ReadingTestOptions = {},
): Promise<ReadingTestReport> {
  const questions = questionsOf(sheets);
  const tallies = {
    answers: new Tally(questions, 'answers'),
    refuses: new Tally(questions, 'refuses'),
    cites: new Tally(questions, 'cites'),
  };
  const started = now();
  const seconds = (): number => (now() - started) / 1000;
  let passedAt: number | null = null;
  const isOpen = ({ judge }: Question): boolean => {
    if (!untilDecided) return true;
    if (tallies.answers.isFailed || (passedAt !== null && seconds() > passedAt + restSeconds)) return false;
    return partsOf(judge).some((part) => !tallies[part].isDecided);
  };
  const total = questions.length;
  let spent = 0;
  for (const [done, question] of questions.entries()) {
    if (!isOpen(question)) continue;
    const rest = questions.slice(done).filter(isOpen);
    const left = rest.reduce((sum, { cost }) => sum + cost, 0);
    const secondsLeft = spent === 0 ? null : (seconds() * left) / spent;
    onProgress({ done, total, secondsLeft });
    const answer = await ask(decoder, question.messages, signal);
    for (const part of partsOf(question.judge)) tallies[part].add(question.judge[part]?.(answer) === true);
    if (tallies.answers.isPassed) passedAt ??= seconds();
    spent += question.cost;
  }
  onProgress({ done: total, total, secondsLeft: 0 });
  const answers = tallies.answers.part();
  // One that does not answer from the sources is not judged by what it does beside.
  if (!answers.passed) return answers;
  const rest = (['refuses', 'cites'] as const).filter((part) => tallies[part].isDecided);
  return { ...answers, ...Object.fromEntries(rest.map((part) => [part, tallies[part].part()])) };
}

function partsOf(judge: Question['judge']): readonly PartName[] {
  return (['answers', 'refuses', 'cites'] as const).filter((part) => judge[part] !== undefined);
}

async function ask(decoder: Decoder, messages: readonly ChatMessage[], signal: AbortSignal): Promise<string> {
  const { text, finish } = await answer(decoder, messages, answerTokens, signal);
  if (text.trim() !== '' || finish !== 'length') return text;
  // Nothing but thoughts until here.
  return (await answer(decoder, messages, thoughtTokens, signal)).text;
}

function answer(
  decoder: Decoder,
  messages: readonly ChatMessage[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<DecodeResult> {
  return decoder.decode(
    {
      messages,
      maxTokens,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    },
    () => undefined,
    signal,
  );
}
