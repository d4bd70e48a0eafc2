/** Answers a question over the repository: searches, shows the evidence at once, and lets the decoder speak over it. */
import { type Sentence, say } from '../../base/sentences.ts';
import { isCancelled, raceCancellation, throwIfCancelled } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import type { IndexReader } from '../../index/types.ts';
import type { Answer, AskRequest, IndexCompleteness } from '../../protocol/answers.ts';
import { chooseStrategy } from '../../reading/strategies/table.ts';
import { type OnAnswerEvent, compose } from '../writing/compose.ts';
import { commitEvidence } from '../evidence/commits.ts';
import { attachedEvidence } from '../evidence/attached.ts';
import type { AnswersDependencies, AnswersRepository } from '../dependencies.ts';
import { type Evidence, type Hit, codeNames, gatherEvidence } from '../evidence/evidence.ts';
import { kindOfQuestion } from '../evidence/dossier/question-kind.ts';
import { unitCardKind } from '../evidence/dossier/unit-card.ts';
import { dossierOf } from '../evidence/dossier/dossier.ts';
import { readingList } from '../evidence/dossier/reading-list.ts';
import { withExcerpts } from '../evidence/excerpt.ts';
import { pinnedEvidence, referredEvidence } from '../evidence/referred.ts';
import { renderEvidence, renderPlaces } from '../evidence/evidence-text.ts';
import { computedAnswer } from './computed-answer.ts';
import { type FollowUp, understand, withMeaning } from './follow-up/follow-up.ts';
import { conversationKey } from '../writing/conversation-store.ts';
import { locate } from './follow-up/shown.ts';
import { mergeByScore } from '../evidence/merge-repositories.ts';
import { renderNothingFound } from '../evidence/nothing-found.ts';
import { type Searched, isWhole, notLookedAt } from '../evidence/searched.ts';
import { percent } from '../writing/notice.ts';
import { proseFrame, quoteFrame } from '../writing/prompts.ts';
import { acceptQuestion } from '../writing/question.ts';
import { repositoryMap } from '../writing/repository-map.ts';
import { type Absence, absenceOf } from '../truth/absence/absence.ts';
import { nowhereNotice } from '../truth/absence/absence-words.ts';
import { contentWords } from '../code/words.ts';

/** Ranked chunks from which something may be read… */
const searchLimit = 30;
/** …and those that may be shown; those of them that are not are still listed with the reason. */
const shownLimit = 15;
/** Milliseconds for which a question waits for vectors of units that were not compared before. */
const unitPatience = 1500;

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
  const places = placesOf(request, dependencies);
  const index = wholeIndex(places.map(({ from }) => from.completeness()));
  const history = request.history ?? [];
  const asRead = history.length > 0 ? dependencies.conversations?.get(conversationKey(history)) : undefined;
  const followUp = understand(
    question,
    history,
    places.map(({ from }) => from),
  );
  const { query } = followUp;
  const meant = withMeaning(question, followUp);
  let evidence: readonly Evidence[] = [];
  let byMeaning = false;
  let absence: Absence | null = null;
  let historyGap: Sentence | null = null;
  let stopped = false;
  try {
    throwIfCancelled(signal);
    if (index.pending > 0)
      onEvent({
        type: 'status',
        phase: 'indexing',
        message: say('Index {0} %: {1} files still unread', percent(index), index.pending),
        done: index.indexed,
        total: index.indexed + index.pending,
      });
    onEvent({ type: 'status', phase: 'searching', message: say('Searching') });
    // What the user attached, pinned or dropped says that it is not a list of the whole repository that is wanted.
    const isAlone = [request.attached, request.pinned, request.dropped].every((one) => (one ?? []).length === 0);
    const listed =
      isAlone &&
      (await computedAnswer({ question: followUp.asked, places, index, started }, dependencies, onEvent, signal));
    if (listed) return listed;
    ({ evidence, byMeaning } = await gather(followUp, request, places, dependencies, signal));
    absence = await absenceOf(
      question,
      places.map(({ from }) => from),
      signal,
    );
    // What the user put in front of the answer is read whatever the question is about.
    const isGiven = [...(request.attached ?? []), ...(request.pinned ?? [])].length > 0;
    if (absence.verdict === 'absent' && !isGiven && query === question) evidence = evidence.map(asNearest);
    else if (kindOfQuestion(query) === 'why')
      ({ evidence, historyGap } = await withCommits(evidence, query, request, places, signal));
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = true;
  }
  const readerOf = (one: Evidence): IndexReader =>
    (places.find(({ from }) => from.repositoryRoot === one.repository?.root)?.from ?? dependencies).reader;
  const words = contentWords(query);
  const names = codeNames(
    query,
    places.map(({ from }) => from),
  );
  const cited = withExcerpts(
    evidence.filter((one) => one.cited),
    readerOf,
    words,
    names,
  );
  const shown = [...cited, ...evidence.filter((one) => !one.cited)];
  const searched: Searched = {
    // That the index is not complete is said in any case.
    index: places.map(({ from }) => ({ ...from.completeness(), pending: 0 })),
    scope: places.flatMap(({ scope }) => scope ?? []),
    byMeaning,
  };
  const isFound = stopped || cited.length > 0;
  const found = stopped ? '' : renderEvidence(cited, query, dependencies.speaker);
  const isAbsent = absence?.verdict === 'absent';
  const body = isFound
    ? found
    : renderNothingFound(searched, index, evidence, dependencies.speaker, isAbsent ? absence : null);
  const nowhere = absence && isFound ? nowhereNotice(absence, isWhole(searched.index) && index.pending === 0) : null;
  return compose(
    {
      question,
      history,
      words,
      evidence: shown,
      body,
      placesUnder: (numbers) => {
        const all = shown.map((one, at) =>
          one.cited || !numbers.has(at + 1) ? one : (withExcerpts([one], readerOf, words, names)[0] ?? one),
        );
        return renderPlaces(all, numbers, query);
      },
      ...(!isFound && { notLookedAt: notLookedAt(searched) }),
      ...(nowhere && { nowhere }),
      ...(historyGap && { historyGap }),
      frame: (readingTest) =>
        readingTest.passed
          ? proseFrame({
              question: meant,
              map: kindOfQuestion(query) === 'overview' ? mapOf(places.map(({ from }) => from)) : '',
              history,
              ...(asRead && { asRead }),
              keeps: readingTest,
            })
          : quoteFrame({ question: followUp.asked }),
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

/** What was found for a question whose subject is not in the repository: told as what is nearest, rested on for nothing. */
function asNearest(evidence: Evidence): Evidence {
  return {
    ...evidence,
    cited: false,
    reading: null,
    reason: say('nearest; what the question asks for was not found'),
  };
}

/** Behind the places that are cited, the commits that say why these are as they are. */
async function withCommits(
  evidence: readonly Evidence[],
  question: string,
  { dropped }: AskRequest,
  places: readonly SearchedPlace[],
  signal: AbortSignal,
): Promise<{ readonly evidence: readonly Evidence[]; readonly historyGap: Sentence | null }> {
  const cited = evidence.filter((one) => one.cited);
  const read = evidence.filter((one) => !one.cited && one.reading);
  const { evidence: commits, gap } = await commitEvidence({
    places: places.map(({ from }) => from),
    evidence: [...cited, ...read],
    question,
    dropped: new Set(dropped),
    signal,
  });
  const isCited = (one: Evidence): boolean => one.cited;
  return {
    evidence: [
      ...cited,
      ...commits.filter(isCited),
      ...evidence.filter((one) => !one.cited),
      ...commits.filter((one) => !isCited(one)),
    ],
    historyGap: cited.length > 0 ? gap : null,
  };
}

/** A repository that is asked over, and the part of it that is meant. */
interface SearchedPlace {
  readonly from: AnswersRepository;
  readonly scope: readonly string[] | undefined;
}

function placesOf({ repositories, scope }: AskRequest, dependencies: AnswersDependencies): SearchedPlace[] {
  if (repositories) return repositories.map((one) => ({ from: named(one.repository, dependencies), scope: one.scope }));
  return [dependencies, ...(dependencies.others ?? [])].map((from) => ({ from, scope }));
}

/** The repository of this root; the first when none is named. @throws LS4001 */
function named(root: string | undefined, dependencies: AnswersDependencies): AnswersRepository {
  if (root === undefined) return dependencies;
  const found = [dependencies, ...(dependencies.others ?? [])].find(({ repositoryRoot }) => repositoryRoot === root);
  if (!found) throw fault('LS4001', root);
  return found;
}

function wholeIndex(all: readonly IndexCompleteness[]): IndexCompleteness {
  const sum = (of: (one: IndexCompleteness) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    files: sum(({ files }) => files),
    indexed: sum(({ indexed }) => indexed),
    pending: sum(({ pending }) => pending),
    embedded: sum(({ embedded }) => embedded),
  };
}

/** The map of each repository, under its name where there are several. */
function mapOf(places: readonly AnswersRepository[]): string {
  return places
    .map(({ reader, name }) => (name === null ? repositoryMap(reader) : `${name}:\n${repositoryMap(reader)}`))
    .join('\n');
}

/** What is attached, then what search finds in each repository, by score. */
async function gather(
  { query, referents }: FollowUp,
  request: AskRequest,
  places: readonly SearchedPlace[],
  dependencies: AnswersDependencies,
  signal: AbortSignal,
): Promise<{ readonly evidence: readonly Evidence[]; readonly byMeaning: boolean }> {
  const attached = await attachedEvidence(request.attached ?? [], (root) => named(root, dependencies), query);
  const pins = (request.pinnedPlaces ?? []).filter(({ id }) => request.pinned?.includes(id));
  const asked = places.map(({ from }) => from);
  const pinned = pinnedEvidence(
    pins.flatMap((place) => locate(place, asked) ?? []),
    attached,
  );
  const given = [...attached, ...pinned];
  const dropped = new Set(request.dropped);
  const meant = referredEvidence(referents, given).filter(({ id }) => !dropped.has(id));
  const lists = await Promise.all(
    places.map(async ({ from, scope }) => {
      const options = { limit: searchLimit, nearWords: true, ...(scope === undefined ? {} : { scope }) };
      const { results, byMeaning, nearWords } = await raceCancellation(
        from.search.search(query, options, signal),
        signal,
      );
      return { hits: results.map((hit): Hit => ({ ...hit, from })), byMeaning, nearWords };
    }),
  );
  const ranked = mergeByScore(
    lists.map(({ hits }) => hits),
    query,
    searchLimit,
  );
  const pinnedIds = new Set(request.pinned);
  const shown = gatherEvidence({
    places: asked,
    ranked: ranked.slice(0, shownLimit),
    attached: [...given, ...meant],
    question: query,
    pinned: pinnedIds,
    dropped,
  });
  const { pieces, words } = await dossierOf({
    ...{ question: query, places: asked, ranked },
    nearWords: lists.map(({ nearWords }) => nearWords),
    similarities: (from, texts) => {
      const place = asked.find(({ repositoryRoot }) => repositoryRoot === from.repositoryRoot);
      const options = { kind: unitCardKind, patience: unitPatience };
      return place?.search.similarities(query, texts, options, signal) ?? Promise.resolve([]);
    },
  });
  const first = new Set([...pinnedIds, ...[...given, ...meant].map(({ id }) => id)]);
  const evidence = readingList({ evidence: shown, pieces, words, places: asked, first, dropped });
  return { evidence, byMeaning: lists.every((list) => list.byMeaning) };
}
