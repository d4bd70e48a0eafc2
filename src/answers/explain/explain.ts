/** Explains a definition, a range or a file: what it is, what it uses and what uses it, each with its lines. */
import { say } from '../../base/sentences.ts';
import { isCancelled, raceCancellation, throwIfCancelled } from '../../base/cancellation.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { ExplainRequest, Explanation } from '../../protocol/answers.ts';
import { chooseStrategy } from '../../reading/strategies/table.ts';
import { type OnAnswerEvent, compose } from '../writing/compose.ts';
import type { AnswersDependencies, KeptExplanation } from '../dependencies.ts';
import type { ReadingTestReport } from '../../protocol/models.ts';
import { answerOfKept, keepable, provenanceOf, stalenessOf } from './kept.ts';
import { type Evidence, gatherEvidence, toEvidence } from '../evidence/evidence.ts';
import { commitEvidence } from '../evidence/commits.ts';
import { kindOfQuestion } from '../evidence/dossier/question-kind.ts';
import { formsOfDefinition } from '../evidence/dossier/forms.ts';
import { type QuestionWords, questionWords } from '../evidence/dossier/question-words.ts';
import { addUsages, addUsed, worthOfSubject } from './neighbours.ts';
import { type ExplainedParts, renderExplanation, renderNeighbours } from './explanation-text.ts';
import { chunkAt, place, qualifiedName } from '../code/file-text.ts';
import { createImportResolver } from '../code/imports.ts';
import { explainQuestion, proseFrame, quoteFrame } from '../writing/prompts.ts';
import { acceptQuestion } from '../writing/question.ts';
import { mentionsOf, usagesOf, usesOf } from '../code/relations.ts';
import { contentWords } from '../code/words.ts';
import { type Subject, subjectOf } from './subject.ts';

/** Passages that a further question brings in. */
const mostRelated = 2;

/**
 * Explains code. Aborting the signal does not reject: the answer then has `stopped` and keeps what was there.
 * @throws LS6014, LS6015 for a place that is not in the index; LS6012 for too long a question; what search and decoder throw
 */
export async function explain(
  request: ExplainRequest,
  dependencies: AnswersDependencies,
  onEvent: OnAnswerEvent,
  signal: AbortSignal,
): Promise<Explanation> {
  const started = performance.now();
  const index = dependencies.completeness();
  const subject = subjectOf(dependencies.reader, request);
  const name = subject.symbol && subject.kind === 'definition' ? qualifiedName(subject.symbol) : null;
  const asked = request.question?.trim() ? acceptQuestion(request.question) : null;
  const question = asked ?? explainQuestion(name === null ? place(subject) : `\`${name}\``);
  let parts: ExplainedParts | null = null;
  let stopped = false;
  try {
    throwIfCancelled(signal);
    onEvent({
      type: 'status',
      phase: 'searching',
      message: say('Looking for what {0} uses and what uses it', name ?? place(subject)),
    });
    parts = await gather(subject, asked, dependencies, signal);
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = true;
  }
  const evidence = parts?.evidence ?? [];
  const history = request.history ?? [];
  const { path, startLine, endLine, contentHash } = subject;
  const under = parts ? renderNeighbours(subject, parts, index, dependencies.speaker) : '';
  const provenance = provenanceOf(subject, evidence, [asked, request.effort, request.maxTokens]);
  const about = {
    ...{ path, startLine, endLine, contentHash, madeFrom: provenance.madeFrom },
    ...(name !== null && { symbol: name }),
  };
  // What was said before belongs to an explanation that goes on from it.
  const isAlone = history.length === 0 && !stopped;
  const { keptOnly: wantsKept = false } = request;
  const kept = isAlone && request.again !== true ? dependencies.explanationCache.get(provenance.place) : undefined;
  const stale = kept ? stalenessOf(kept, provenance) : null;
  if (kept && (wantsKept || (stale === null && (await isOfDecoder(kept, request.model, dependencies))))) {
    const answer = await answerOfKept(
      kept,
      stale,
      { question, evidence, under, index, started },
      dependencies,
      onEvent,
    );
    onEvent({ type: 'done', answer });
    return { ...answer, subject: about, kept: { when: kept.when, stale } };
  }
  const answer = await compose(
    {
      question,
      words: asked === null || wantsKept ? [] : contentWords(asked),
      evidence,
      body: parts ? renderExplanation(subject, parts, index, dependencies.speaker) : '',
      // What is looked up is not left to a decoder to repeat.
      placesUnder: () => under,
      ...(parts?.historyGap && parts.evidence.length > 0 && asksWhy(asked) && { historyGap: parts.historyGap }),
      // What is explained is there: no refusal is offered.
      frame: ({ passed, cites }) =>
        passed
          ? proseFrame({ question, map: '', history, keeps: cites === undefined ? {} : { cites } })
          : quoteFrame({ question }),
      // The subject and its neighbours are what it is about: there is nothing to choose.
      strategy: chooseStrategy('stuff'),
      options: wantsKept ? {} : request,
      index,
      started,
      retrieveMs: performance.now() - started,
      stopped,
    },
    // No decoder is asked for what is only looked up.
    wantsKept ? { ...dependencies, readingTestOf: () => Promise.resolve(notTested) } : dependencies,
    onEvent,
    signal,
  );
  const made = isAlone ? keepable(answer, provenance) : null;
  if (made) dependencies.explanationCache.put(provenance.place, made);
  return { ...answer, ...(wantsKept && { notice: say('No explanation of this code is kept.') }), subject: about };
}

/** What keeps compose from starting a decoder: one that may not write has nothing to say where nothing is asked. */
const notTested: ReadingTestReport = { questions: 0, correct: 0, needed: 0, passed: false };

/** Whether the decoder that would write wrote it; without one any will do. */
async function isOfDecoder(
  { model: wrote }: KeptExplanation,
  model: string | undefined,
  { decoderName, logger }: AnswersDependencies,
): Promise<boolean> {
  try {
    const name = await decoderName(model);
    return name === null || name === wrote;
  } catch (error) {
    // What hinders the decoder is said when it is started.
    logger.debug({ error: String(error) }, 'the decoder of a kept explanation is unknown');
    return false;
  }
}

async function gather(
  subject: Subject,
  asked: string | null,
  dependencies: AnswersDependencies,
  signal: AbortSignal,
): Promise<ExplainedParts> {
  const { reader, search } = dependencies;
  // An explanation is about one repository, and nothing in it needs the name.
  const from = { ...dependencies, name: null };
  const resolver = createImportResolver(reader);
  const uses = usesOf(reader, resolver, subject.file, subject);
  throwIfCancelled(signal);
  const usages =
    subject.kind === 'definition' && subject.symbol
      ? usagesOf(reader, resolver, { ...subject, name: subject.symbol.name, isMacro: isRustMacro(subject.symbol) })
      : [];
  throwIfCancelled(signal);
  const names = subject.symbol ? [subject.symbol.name] : [];
  const words = questionWords(contentWords(asked ?? names.join(' ')), names, []);
  const evidence: Evidence[] = [subjectEvidence(subject, reader, words)];
  const shownUses = addUsed(uses, reader, words, evidence);
  const shownUsages = addUsages(usages, reader, evidence);
  const related: number[] = [];
  if (asked !== null) {
    const query = subject.symbol ? `${asked} ${subject.symbol.name}` : asked;
    const { results: ranked } = await raceCancellation(search.search(query, { limit: 5 }, signal), signal);
    const found = gatherEvidence({
      places: [from],
      ranked: ranked.map((hit) => ({ ...hit, from })),
      question: query,
      pinned: new Set(),
      dropped: new Set(),
    });
    for (const one of found.filter(({ cited }) => cited).slice(0, mostRelated)) {
      if (
        evidence.some(
          (other) => other.path === one.path && other.startLine <= one.endLine && one.startLine <= other.endLine,
        )
      )
        continue;
      evidence.push(one);
      related.push(evidence.length);
    }
  }
  const { evidence: commits, gap } = await commitEvidence({
    ...{ places: [from], evidence: evidence.slice(0, 1), question: asked ?? '', signal },
  });
  // A decoder that is not asked why has the code to read.
  const isRead = asksWhy(asked);
  const history = commits.map((one) => evidence.push(isRead ? one : { ...one, reading: null }));
  const name = subject.symbol?.name;
  return {
    evidence,
    history,
    historyGap: gap,
    members: reader
      .symbolsOf(subject.path)
      .filter((symbol) => !symbol.local && isMember(subject, symbol.scope, symbol.startLine)),
    uses: shownUses,
    moreUses: uses.used.length - shownUses.length,
    ambiguous: uses.ambiguous,
    usages: shownUsages,
    moreUsages: usages.length - shownUsages.length,
    mentions: name === undefined || usages.length > 0 ? null : mentionsOf(reader, { ...subject, name }),
    namesakes: name === undefined ? 0 : reader.definitions(name).filter((d) => !d.local).length - 1,
    related,
  };
}

/** That there is no history is worth saying to who asks for it. */
function asksWhy(asked: string | null): boolean {
  return asked !== null && kindOfQuestion(asked) === 'why';
}

function isRustMacro({ signature }: SymbolDefinition): boolean {
  return /^\s*(?:pub\s+)?macro(?:_rules!)?\s/.test(signature);
}

function isMember(subject: Subject, scope: readonly string[], line: number): boolean {
  if (line < subject.startLine || line > subject.endLine) return false;
  if (subject.kind === 'file') return scope.length === 0;
  if (subject.kind !== 'definition' || !subject.symbol || line === subject.startLine) return false;
  return scope.length === subject.symbol.scope.length + 1 && scope.at(-1) === subject.symbol.name;
}

function subjectEvidence(subject: Subject, reader: IndexReader, words: QuestionWords): Evidence {
  const { file, symbol, kind, startLine, endLine } = subject;
  const chunk = chunkAt(file, startLine) ?? {
    id: `${subject.contentHash.slice(0, 16)}:0`,
    path: file.path,
    language: file.language,
    startLine,
    endLine,
    text: '',
    scope: [],
    symbols: [],
  };
  const shown = kind === 'definition' ? symbol : null;
  const passage = { chunk, symbol: shown, startLine, endLine };
  const forms = shown ? formsOfDefinition(file, shown, reader.symbolsOf(file.path), words) : [];
  return {
    ...toEvidence(file, passage, { score: 0, ranks: {} }, true, say('what is explained')),
    ...(forms.length > 0 && { reading: { forms, worth: worthOfSubject } }),
  };
}
