/** What an answer reports beside its words: where its citations lead, what was read and why, what was not, and how long it took. */
import { joined, say } from '../../base/sentences.ts';
import type { Citation, Coverage, Source, Timings } from '../../protocol/answers.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import { pathAmong } from '../code/file-text.ts';
import type { AnswersDependencies } from '../dependencies.ts';
import { type Evidence, toSource } from '../evidence/evidence.ts';
import { checkCitations } from '../truth/citations.ts';
import type { Spoken } from './speak.ts';

/**
 * Citations of these numbers, each checked against the files of its own repository.
 * @param isChecked numbers of which what is said was checked too; of the others only the lines are
 */
export async function citationsOf(
  evidence: readonly Evidence[],
  numbers: ReadonlySet<number>,
  isChecked: ReadonlySet<number>,
  dependencies: AnswersDependencies,
): Promise<Citation[]> {
  const places = evidence.map((one, at) => ({ ...one, number: at + 1 })).filter(({ number }) => numbers.has(number));
  const checked: Citation[] = [];
  for (const root of new Set(places.map(({ repository }) => repository?.root))) {
    const from = dependencies.others?.find(({ repositoryRoot }) => repositoryRoot === root) ?? dependencies;
    const own = places.filter(({ repository }) => repository?.root === root);
    const lines = await checkCitations(
      own.filter(({ commit }) => !commit),
      { ...from, logger: dependencies.logger },
    );
    // What a commit says does not change, and it was read from the history just now.
    const commits = own.flatMap(({ id, number, path, startLine, endLine, commit }): Citation[] =>
      commit ? [{ id, number, path, startLine, endLine, commit, status: 'verified' }] : [],
    );
    const citations = [...lines, ...commits];
    checked.push(...citations.map((citation) => (root === undefined ? citation : { ...citation, repository: root })));
  }
  return checked
    .map((citation) =>
      citation.status === 'verified' && !isChecked.has(citation.number)
        ? { ...citation, status: 'unchanged' as const }
        : citation,
    )
    .toSorted((a, b) => a.number - b.number);
}

export function sourcesOf(evidence: readonly Evidence[], spoken: Spoken | null, decoder: Decoder | null): Source[] {
  return evidence.map((one, at) => {
    const read = spoken?.read.find(({ source }) => source.number === at + 1);
    const left = spoken?.leftOut.find(({ number }) => number === at + 1);
    // What was not read is not sent to a server to be counted either.
    const tokens = read?.tokens ?? (decoder?.info.server ? 0 : decoder?.countTokens(one.text)) ?? 0;
    // When the decoder did not speak, the answer is made of what is cited.
    const used = spoken && spoken.silentBecause === null ? read !== undefined : one.cited;
    const outcome =
      read?.reason ?? left?.reason ?? (one.reading && !used && !one.cited ? say('no model read it') : undefined);
    return toSource(one, {
      tokens,
      used,
      reason: outcome === undefined ? one.reason : joined([one.reason, outcome], '; '),
    });
  });
}

/** @param all the sources as evidence, in the same order */
export function coverageOf(all: readonly Evidence[], found: readonly Source[], spoken: Spoken | null): Coverage {
  const sources = found.map(({ used, reason }, at) => ({ used, reason, path: all[at] ? pathAmong(all[at]) : '' }));
  const files = new Set(sources.map(({ path }) => path));
  const shown = new Set(sources.filter(({ used }) => used).map(({ path }) => path));
  return {
    filesRelevant: files.size,
    filesRead: spoken?.silentBecause === null ? shown.size : 0,
    tokensRead: spoken?.budget.sources ?? 0,
    skipped: sources
      .filter(({ used, path }) => !used && !shown.has(path))
      .map(({ path, reason }) => ({ path, reason })),
  };
}

export function timingsOf(spoken: Spoken | null, retrieveMs: number, started: number): Timings {
  const { prefillTokens = 0, reusedTokens = 0, decodeTokens = 0, decodeTokensPerSecond = 0 } = spoken?.result ?? {};
  return {
    retrieveMs,
    firstTokenMs: spoken?.firstTokenAt == null ? null : spoken.firstTokenAt - started,
    totalMs: performance.now() - started,
    prefillTokens,
    reusedTokens,
    decodeTokens,
    decodeTokensPerSecond,
    ...(spoken?.result.speculation && { speculation: spoken.result.speculation }),
  };
}
