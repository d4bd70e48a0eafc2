/** Answers a question over the repository: searches, shows the evidence at once, and lets the decoder speak over it. */
import { isCancelled, raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import type { Answer, AskRequest } from '../protocol/answers.ts';
import { chooseStrategy } from '../reading/strategies.ts';
import { type OnAnswerEvent, compose } from './compose.ts';
import type { AnswersDependencies } from './dependencies.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import { renderEvidence } from './evidence-text.ts';
import { searchText } from './follow-up.ts';
import { renderNothingFound } from './nothing-found.ts';
import { percent } from './notice.ts';
import { proseFrame, quoteFrame } from './prompts.ts';
import { acceptQuestion } from './question.ts';
import { repositoryMap } from './repository-map.ts';
import { contentWords } from './words.ts';

/** Ranked chunks looked at; those that are not cited are still listed with the reason. */
const searchLimit = 15;

/**
 * Answers a question. Aborting the signal does not reject: the answer then has `stopped` and keeps what was there.
 * @throws LS6011, LS6012 for a question that is none, LS6013 for an unknown strategy; what search and decoder throw
 */
export async function ask(
  request: AskRequest,
  dependencies: AnswersDependencies,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Answer> {
  const question = acceptQuestion(request.question);
  const strategy = chooseStrategy(request.strategy);
  const started = performance.now();
  const index = dependencies.completeness();
  const history = request.history ?? [];
  const query = searchText(question, history);
  let evidence: readonly Evidence[] = [];
  let stopped = false;
  try {
    throwIfCancelled(signal);
    const unread = `Index ${percent(index)} %: ${index.pending.toLocaleString('en')} files still unread`;
    if (index.pending > 0)
      onEvent({
        type: 'status',
        phase: 'indexing',
        message: unread,
        done: index.indexed,
        total: index.indexed + index.pending,
      });
    onEvent({ type: 'status', phase: 'searching', message: 'Searching' });
    evidence = await gather(query, request, dependencies, signal);
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = true;
  }
  const cited = evidence.filter((one) => one.cited);
  const body = stopped
    ? ''
    : cited.length > 0
      ? renderEvidence(cited, query)
      : renderNothingFound(question, evidence, index, request.scope ?? []);
  return compose(
    {
      question,
      words: contentWords(query),
      evidence,
      body,
      frame: (writesProse) =>
        writesProse
          ? proseFrame({ question, map: repositoryMap(dependencies.reader), history })
          : quoteFrame({ question }),
      strategy,
      options: request,
      index,
      started,
      retrieveMs: performance.now() - started,
      stopped,
    },
    dependencies,
    onEvent,
    signal,
  );
}

async function gather(
  query: string,
  request: AskRequest,
  { reader, search }: AnswersDependencies,
  signal: AbortSignal,
): Promise<Evidence[]> {
  const options = { limit: searchLimit, ...(request.scope === undefined ? {} : { scope: request.scope }) };
  const { results: ranked } = await raceCancellation(search.search(query, options, signal), signal);
  return gatherEvidence({
    reader,
    ranked,
    question: query,
    pinned: new Set(request.pinned),
    dropped: new Set(request.dropped),
  });
}
