/** The answer to a question whose list was computed: the list, a citation for each item, and what cannot be known. */
import { type Sentence, counted, paragraph, say } from '../../base/sentences.ts';
import { throwIfCancelled } from '../../base/cancellation.ts';
import { write } from '../../markdown/write.ts';
import type { Answer, Citation, IndexCompleteness } from '../../protocol/answers.ts';
import { noBudget } from '../../reading/budget.ts';
import { computedList } from '../computed/computed.ts';
import type { FoundList } from '../computed/form.ts';
import { type ListedEvidence, listEvidence } from '../computed/list-evidence.ts';
import { listBlocks } from '../computed/list-text.ts';
import type { AnswersDependencies, AnswersRepository } from '../dependencies.ts';
import { namedOf, toSource } from '../evidence/evidence.ts';
import { checkCitations } from '../truth/citations.ts';
import type { OnAnswerEvent } from '../writing/compose.ts';
import { percent } from '../writing/notice.ts';

/** Items that are listed; more are counted. */
const mostListed = 250;

interface ListedPlace {
  readonly from: AnswersRepository;
  readonly found: FoundList;
  readonly listed: readonly ListedEvidence[];
}

interface Computing {
  readonly question: string;
  readonly places: readonly { readonly from: AnswersRepository; readonly scope: readonly string[] | undefined }[];
  readonly index: IndexCompleteness;
  readonly started: number;
}

/** Null where the question is not surely one of a list. @throws CancelledError */
export async function computedAnswer(
  { question, places, index, started }: Computing,
  dependencies: AnswersDependencies,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Answer | null> {
  const lists: ListedPlace[] = [];
  let room = mostListed;
  for (const { from, scope = [] } of places) {
    const found = await computedList(question, from.reader, scope, signal);
    throwIfCancelled(signal);
    if (!found) continue;
    const listed = listEvidence(inOrder(found).slice(0, room), from.reader, namedOf(from));
    room -= listed.length;
    lists.push({ from, found, listed });
  }
  // Of several repositories those that have nothing are not told.
  const telling = lists.some(({ listed }) => listed.length > 0)
    ? lists.filter(({ listed }) => listed.length > 0)
    : lists.slice(0, 1);
  if (telling.length === 0) return null;
  const retrieveMs = performance.now() - started;
  const citations: Citation[] = [];
  const blocks = [];
  let number = 0;
  for (const { from, found, listed } of telling) {
    const items = listed.map(({ item, evidence }) => ({ ...item, repository: evidence.repository, number: ++number }));
    blocks.push(...listBlocks(found, items, found.items.length - items.length, dependencies.speaker));
    const cited = listed.map(({ evidence }, at) => ({ ...evidence, number: items[at]?.number ?? 0 }));
    const checked = await checkCitations(cited, { ...from, logger: dependencies.logger }, signal);
    citations.push(...checked.map((one) => (namedOf(from) ? { ...one, repository: from.repositoryRoot } : one)));
  }
  for (const citation of citations) onEvent({ type: 'citation', citation });
  const evidence = telling.flatMap(({ listed }) => listed.map((one) => one.evidence));
  const answer: Answer = {
    question,
    form: 'list',
    answer: write(blocks),
    written: '',
    notice: paragraph(
      noticeOf(
        telling.map(({ found }) => found),
        index,
      ),
    ),
    citations,
    sources: evidence.map((one) => toSource(one, { tokens: 0, used: true, reason: one.reason })),
    unsupported: [],
    budget: noBudget,
    strategy: 'computed',
    coverage: {
      filesRelevant: new Set(evidence.map(({ path }) => path)).size,
      filesRead: 0,
      tokensRead: 0,
      skipped: [],
    },
    index,
    model: null,
    provider: null,
    timings: {
      retrieveMs,
      firstTokenMs: null,
      totalMs: performance.now() - started,
      prefillTokens: 0,
      reusedTokens: 0,
      decodeTokens: 0,
      decodeTokensPerSecond: 0,
    },
    outboundRequests: dependencies.outboundRequests(),
    stopped: false,
  };
  onEvent({ type: 'done', answer });
  return answer;
}

/** By the files in which items come first, so that a file is told once and numbers rise. */
function inOrder({ items, isPath }: FoundList): FoundList['items'] {
  if (isPath === true) return items;
  const files = [...new Set(items.map(({ path }) => path))];
  return files.flatMap((path) =>
    items.filter((item) => item.path === path).toSorted((a, b) => a.startLine - b.startLine),
  );
}

function noticeOf(found: readonly FoundList[], index: IndexCompleteness): Sentence[] {
  const inTests = found.reduce((sum, one) => sum + one.inTests, 0);
  return [
    say('This list was computed from the index, not written by a model.'),
    ...found.flatMap(({ limits }, at) => (at === 0 ? limits : [])),
    ...(inTests > 0
      ? [
          counted(
            inTests,
            say('{0} more is in tests or examples, which the question does not ask for.', inTests),
            say('{0} more are in tests or examples, which the question does not ask for.', inTests),
          ),
        ]
      : []),
    ...(index.pending > 0
      ? [
          counted(
            index.pending,
            say('The index is {0} % complete: {1} file still unread.', percent(index), index.pending),
            say('The index is {0} % complete: {1} files still unread.', percent(index), index.pending),
          ),
        ]
      : []),
  ];
}
