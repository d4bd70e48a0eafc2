/** The three jobs over one repository, wired to what they need; the engine makes one of these a repository. */
import type { Answer, AskRequest, ExplainRequest, Explanation } from '../protocol/answers.ts';
import type { SummarizeRequest, Summary } from '../protocol/summary.ts';
import { ask } from './ask/ask.ts';
import type { OnAnswerEvent } from './writing/compose.ts';
import type { AnswersDependencies } from './dependencies.ts';
import { explain } from './explain/explain.ts';
import { type OnProgress, summarize } from './summarise/summarize.ts';

export interface Answers {
  /** See `ask.ts`. */
  ask(request: AskRequest, onEvent: OnAnswerEvent, signal: AbortSignal): Promise<Answer>;
  /** See `explain.ts`. */
  explain(request: ExplainRequest, onEvent: OnAnswerEvent, signal: AbortSignal): Promise<Explanation>;
  /** See `summarize.ts`. */
  summarize(request: SummarizeRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Summary>;
}

export function createAnswers(dependencies: AnswersDependencies): Answers {
  return {
    ask: (request, onEvent, signal) => ask(request, dependencies, onEvent, signal),
    explain: (request, onEvent, signal) => explain(request, dependencies, onEvent, signal),
    summarize: (request, onProgress, signal) => summarize(request, dependencies, onProgress, signal),
  };
}
