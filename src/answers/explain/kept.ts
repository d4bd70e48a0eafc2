/**
 * Explanations that are kept: by the place they are of, with the model and a hash of all that they were made from. One whose
 * hash is still that of the code is shown at once, at the lines where the code is now.
 */
import { createHash } from 'node:crypto';
import { say } from '../../base/sentences.ts';
import type { Answer, IndexCompleteness } from '../../protocol/answers.ts';
import { noBudget } from '../../reading/budget.ts';
import { qualifiedName } from '../code/file-text.ts';
import type { AnswersDependencies, KeptExplanation } from '../dependencies.ts';
import { type Evidence, toSource } from '../evidence/evidence.ts';
import { type OnAnswerEvent, withPlaces } from '../writing/compose.ts';
import { citationsOf } from '../writing/report.ts';
import type { Subject } from './subject.ts';

/** Grows when the prompt, the forms in which neighbours are read, or the checks change: what was kept would not be made so today. */
const version = 3;

/** What an explanation is made from: where it is kept, and the hashes that tell whether it still fits. */
export interface Provenance {
  /** Key of the cache. */
  readonly place: string;
  readonly madeFrom: string;
  readonly code: string;
}

const hash = (...parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/**
 * Line numbers are no part of it, so that code which only moves keeps its explanation.
 * @param settings what else the decoder is told
 */
export function provenanceOf(
  subject: Subject,
  evidence: readonly Evidence[],
  settings: readonly unknown[],
): Provenance {
  const { path, kind, symbol, startLine, endLine } = subject;
  const name = kind === 'definition' && symbol ? qualifiedName(symbol) : kind === 'range' ? [startLine, endLine] : null;
  const code = evidence[0]?.text ?? '';
  // A commit that leaves the lines as they are changes nothing of what they do.
  const read = evidence
    .filter(({ commit }) => !commit)
    .map((one) => [one.path, one.symbol && qualifiedName(one.symbol), one.text, one.documentation]);
  return { place: hash(path, kind, name, settings), madeFrom: hash(version, read), code: hash(code) };
}

/** What has changed since; null: nothing. */
export function stalenessOf(kept: KeptExplanation, now: Provenance): 'code' | 'neighbours' | null {
  return kept.code !== now.code ? 'code' : kept.madeFrom !== now.madeFrom ? 'neighbours' : null;
}

/** What is worth keeping of an answer; null for one that a decoder did not write to its end. */
export function keepable(answer: Answer, { madeFrom, code }: Provenance): KeptExplanation | null {
  const { form, stopped, written = '', thoughts, unsupported, citations, sources, model, provider } = answer;
  if (form !== 'prose' || stopped || model === null) return null;
  return {
    ...{ madeFrom, code, written, unsupported, model, provider },
    ...(thoughts !== undefined && { thoughts }),
    cited: citations.map(({ number }) => number),
    verified: citations.flatMap(({ number, status }) => (status === 'verified' ? [number] : [])),
    read: sources.flatMap(({ used }, at) => (used ? [at + 1] : [])),
    when: Date.now(),
  };
}

/** A kept explanation as an answer over the evidence as it is now. */
export async function answerOfKept(
  kept: KeptExplanation,
  stale: 'code' | 'neighbours' | null,
  about: {
    readonly question: string;
    readonly evidence: readonly Evidence[];
    /** What stands under it, looked up now. */
    readonly under: string;
    readonly index: IndexCompleteness;
    readonly started: number;
  },
  dependencies: AnswersDependencies,
  onEvent: OnAnswerEvent,
): Promise<Answer> {
  const { question, evidence, under, index, started } = about;
  // Of an older text the numbers are those of other places.
  const isCited = (number: number): boolean => stale === null && kept.cited.includes(number);
  const isRead = (number: number): boolean => stale === null && kept.read.includes(number);
  const retrieveMs = performance.now() - started;
  const sources = evidence.map((one, at) => toSource(one, { tokens: 0, used: isRead(at + 1), reason: one.reason }));
  for (const source of sources) if (source.used) onEvent({ type: 'source', source });
  const written = stale === null ? kept.written : kept.written.replace(/ ?\[\d{1,3}\](?!\()/g, '');
  onEvent({ type: 'token', text: written });
  // The commits under it are those of now.
  const commits = evidence.flatMap(({ commit }, at) => (commit && stale === null ? [at + 1] : []));
  const cited = new Set([
    ...kept.cited.filter((number) => isCited(number) && !evidence[number - 1]?.commit),
    ...commits,
  ]);
  const citations = await citationsOf(evidence, cited, new Set([...kept.verified, ...commits]), dependencies);
  for (const citation of citations) onEvent({ type: 'citation', citation });
  const files = new Set(evidence.map(({ path }) => path)).size;
  return {
    ...{ question, form: 'prose', written, citations, sources, index },
    answer: stale === null ? withPlaces(written, under) : written,
    ...(kept.thoughts !== undefined && { thoughts: kept.thoughts }),
    notice:
      stale === 'code'
        ? say('Stale: the code has changed since this explanation was written.')
        : stale === 'neighbours'
          ? say('Stale: what the code uses, or what uses it, has changed since this explanation was written.')
          : say('Kept from before: nothing that it was made from has changed.'),
    unsupported: stale === null ? kept.unsupported : [],
    budget: noBudget,
    strategy: 'kept',
    coverage: { filesRelevant: files, filesRead: 0, tokensRead: 0, skipped: [] },
    model: kept.model,
    provider: kept.provider,
    timings: {
      retrieveMs,
      firstTokenMs: null,
      totalMs: performance.now() - started,
      ...{ prefillTokens: 0, reusedTokens: 0, decodeTokens: 0, decodeTokensPerSecond: 0 },
    },
    outboundRequests: dependencies.outboundRequests(),
    stopped: false,
  };
}
