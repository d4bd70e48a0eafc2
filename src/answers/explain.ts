/** Explains a definition, a range or a file: what it is, what it uses and what uses it, each with its lines. */
import { isCancelled, raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import type { SymbolDefinition } from '../index/types.ts';
import type { ExplainRequest, Explanation } from '../protocol/answers.ts';
import { chooseStrategy } from '../reading/strategies.ts';
import { type OnAnswerEvent, compose } from './compose.ts';
import type { AnswersDependencies } from './dependencies.ts';
import { type Evidence, gatherEvidence, toEvidence } from './evidence.ts';
import { type ExplainedParts, renderExplanation } from './explanation-text.ts';
import { chunkAt, fileText, place, qualifiedName } from './file-text.ts';
import { createImportResolver } from './imports.ts';
import { explainQuestion, proseFrame, quoteFrame } from './prompts.ts';
import { acceptQuestion } from './question.ts';
import { type Usage, type Uses, usagesOf, usesOf } from './relations.ts';
import { repositoryMap } from './repository-map.ts';
import { contentWords } from './words.ts';
import { type Subject, subjectOf } from './subject.ts';

const mostUsed = 8;
const mostUsages = 6;
/** Lines shown around the place where a name is used. */
const around = 2;
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
      message: `Looking for what ${name ?? place(subject)} uses and what uses it`,
    });
    parts = await gather(subject, asked, dependencies, signal);
  } catch (error) {
    if (!isCancelled(error)) throw error;
    stopped = true;
  }
  const history = request.history ?? [];
  const answer = await compose(
    {
      question,
      words: asked === null ? [] : contentWords(asked),
      evidence: parts?.evidence ?? [],
      body: parts ? renderExplanation(subject, parts, index) : '',
      frame: (writesProse) =>
        writesProse
          ? proseFrame({ question, map: repositoryMap(dependencies.reader), history })
          : quoteFrame({ question }),
      strategy: chooseStrategy('auto'),
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
  const { path, startLine, endLine, contentHash } = subject;
  return { ...answer, subject: { path, startLine, endLine, contentHash, ...(name === null ? {} : { symbol: name }) } };
}

async function gather(
  subject: Subject,
  asked: string | null,
  { reader, search }: AnswersDependencies,
  signal: AbortSignal,
): Promise<ExplainedParts> {
  const resolver = createImportResolver(reader);
  const uses = usesOf(reader, resolver, subject.file, subject);
  throwIfCancelled(signal);
  const usages =
    subject.kind === 'definition' && subject.symbol
      ? usagesOf(reader, resolver, { ...subject, name: subject.symbol.name, isMacro: isRustMacro(subject.symbol) })
      : [];
  throwIfCancelled(signal);
  const evidence: Evidence[] = [subjectEvidence(subject)];
  const shownUses = usedEvidence(uses, reader, evidence);
  const shownUsages = usageEvidence(usages, reader, evidence);
  const related: number[] = [];
  if (asked !== null) {
    const query = subject.symbol ? `${asked} ${subject.symbol.name}` : asked;
    const { results: ranked } = await raceCancellation(search.search(query, { limit: 5 }, signal), signal);
    const found = gatherEvidence({ reader, ranked, question: query, pinned: new Set(), dropped: new Set() });
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
  const name = subject.symbol?.name;
  return {
    evidence,
    members: reader
      .symbolsOf(subject.path)
      .filter((symbol) => !symbol.local && isMember(subject, symbol.scope, symbol.startLine)),
    uses: shownUses,
    moreUses: uses.used.length - shownUses.length,
    ambiguous: uses.ambiguous,
    usages: shownUsages,
    moreUsages: usages.length - shownUsages.length,
    namesakes: name === undefined ? 0 : reader.definitions(name).filter((d) => !d.local).length - 1,
    related,
  };
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

function subjectEvidence(subject: Subject): Evidence {
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
  return toEvidence(
    file,
    { chunk, symbol: shown, startLine, endLine },
    { score: 0, ranks: {} },
    true,
    'what is explained',
  );
}

/** The used definitions as evidence, after those that are there; each with its number. */
function usedEvidence(uses: Uses, reader: AnswersDependencies['reader'], evidence: Evidence[]): ExplainedParts['uses'] {
  const shown: { number: number; how: string }[] = [];
  for (const { definition, how } of uses.used) {
    if (shown.length >= mostUsed) break;
    const file = fileText(reader, definition.path);
    const chunk = file && chunkAt(file, definition.startLine);
    if (!file || !chunk) continue;
    const { startLine, endLine } = definition;
    evidence.push(
      toEvidence(
        file,
        { chunk, symbol: definition, startLine, endLine },
        { score: 0, ranks: {} },
        true,
        `used: ${how}`,
      ),
    );
    shown.push({ number: evidence.length, how });
  }
  return shown;
}

/** The places of use as evidence, a few lines each. */
function usageEvidence(
  usages: readonly Usage[],
  reader: AnswersDependencies['reader'],
  evidence: Evidence[],
): ExplainedParts['usages'] {
  const shown: { number: number; line: number }[] = [];
  for (const usage of usages.slice(0, mostUsages)) {
    const file = fileText(reader, usage.path);
    const chunk = reader.chunk(usage.chunkId);
    if (!file || !chunk) continue;
    const startLine = Math.max(usage.startLine - around, usage.within?.startLine ?? 1);
    const endLine = Math.min(usage.startLine + around, usage.within?.endLine ?? file.lines.length);
    evidence.push(
      toEvidence(file, { chunk, symbol: usage.within, startLine, endLine }, { score: 0, ranks: {} }, true, 'uses it'),
    );
    shown.push({ number: evidence.length, line: usage.startLine });
  }
  return shown;
}
