/** The candidates of one repository: the units of the files that search found or the question names, and what these are related to. */
import { type Sentence, say } from '../../../base/sentences.ts';
import type { IndexReader, IndexedFile } from '../../../index/types.ts';
import { laneOf } from '../../../search/lanes.ts';
import { type ImportResolver, createImportResolver } from '../../code/imports.ts';
import { isData, isTestPath } from '../../code/module-map.ts';
import type { Hit } from '../evidence.ts';
import type { Candidate } from './candidate.ts';
import type { Mention } from './mentions.ts';
import type { Place } from './piece.ts';
import type { Mix } from './question-kind.ts';
import type { QuestionWords } from './question-words.ts';
import { remembered } from './remembered.ts';
import { type Related, usedBy, usersOf } from './related.ts';
import { type Unit, unitsOf } from './units.ts';

/** Files of search's list whose units are looked at. */
const mostFiles = 20;
/** What the chunk that search chose adds. */
const chosenChunk = 1.25;
/** Of tests and examples, where the question asks for none, and where it speaks of them: most such questions are about the code. */
const ofTests = 0.2;
const ofTestsAsked = 0.7;
/** Of documents, where the question asks for none. */
const ofDocuments = 0.4;
/** A type that the question names is where it is about; what answers is more often in one of its members. */
const namedType = 0.6;
/** A file that the question names, and one that search did not rank, beside search's best. */
const namedFile = 0.7;
const unrankedFile = 0.15;
/** A further part of a long definition that the question names. */
const namedPart = 0.4;
/** How much of what is related depends on its own words, and what its second part is worth. */
const relatedWords = 0.5;
const secondPart = 0.6;
const mostRelatedParts = 2;

interface FoundFile extends Pick<Hit, 'score' | 'ranks'> {
  readonly chunks: Hit['chunk'][];
}

export interface CandidatesInput {
  readonly from: Place;
  /** Of this repository. */
  readonly hits: readonly Hit[];
  readonly mentions: readonly Mention[];
  readonly words: QuestionWords;
  /** The best score of all repositories. */
  readonly best: number;
  readonly wantsTests: boolean;
}

export interface Candidates {
  readonly from: Place;
  readonly found: readonly Candidate[];
  /** What the seeds use and what uses them. @param norm the fit that counts as 1 */
  relatedTo(seeds: readonly Candidate[], norm: number, mix: Mix): Candidate[];
}

export function candidatesOf({ from, hits, mentions, words, best, wantsTests }: CandidatesInput): Candidates {
  const reader = remembered(from.reader);
  const files = new Map<string, FoundFile>();
  for (const { chunk, score, ranks } of hits) {
    const known = files.get(chunk.path);
    if (known) known.chunks.push(chunk);
    else if (files.size < mostFiles) files.set(chunk.path, { score, ranks, chunks: [chunk] });
  }
  for (const { path } of mentions) if (!files.has(path)) files.set(path, { score: 0, ranks: {}, chunks: [] });
  const known = new Map<string, readonly Unit[]>();
  const units = (path: string): readonly Unit[] => {
    let found = known.get(path);
    if (!found) known.set(path, (found = unitsOf(reader, path, words)));
    return found;
  };
  const isAside = (path: string): boolean => !wantsTests && isTestPath(path);
  const ofTest = (path: string): number => {
    if (isTestPath(path)) return wantsTests ? ofTestsAsked : ofTests;
    return laneOf(path) === 'document' && !wantsTests ? ofDocuments : 1;
  };
  const found = [...files].flatMap(([path, file]): Candidate[] => {
    const isNamed = mentions.some((one) => one.kind === 'file' && one.path === path);
    const factor = Math.max(file.score / best, isNamed ? namedFile : unrankedFile) * ofTest(path);
    return units(path).map((unit): Candidate => {
      const isChosen = file.chunks.some(
        ({ startLine, endLine }) => startLine <= unit.endLine && unit.startLine <= endLine,
      );
      const mention = mentions.find((one) => one.path === path && isMeant(one, unit));
      return {
        ...unit,
        from,
        claim: mention ? 'named' : 'found',
        byWord: unit.byWord.map((worth) => worth * factor * (isChosen ? chosenChunk : 1)),
        beyondWords: 0,
        factor: unit.factor * ofTest(path),
        base: mention ? certaintyOf(mention) : partOfNamed(unit, mentions),
        worth: 0,
        reason: mention ? reasonOf(mention) : say('fits the question'),
        hit: file.chunks.length > 0 ? file : null,
      };
    });
  });

  const relatedTo = (seeds: readonly Candidate[], norm: number, mix: Mix): Candidate[] => {
    const resolver = resolverOf(from.reader);
    const all = seeds.flatMap((seed): Related[] => [
      ...weighed(usedBy(reader, resolver, seed), mix.uses),
      ...weighed(usersOf(reader, resolver, seed), mix.users),
    ]);
    return all.flatMap((one): Candidate[] => {
      if (isAside(one.path) || isData(reader.file(one.path))) return [];
      const own = units(one.path).filter((unit) => isAt(unit, one));
      return own
        .toSorted((a, b) => b.fit - a.fit)
        .slice(0, mostRelatedParts)
        .map((unit, at): Candidate => {
          const fit = 1 - relatedWords + relatedWords * Math.min(1, unit.fit / norm);
          const base = one.share * one.parent.worth * fit * (at === 0 ? 1 : secondPart);
          return {
            ...unit,
            from,
            claim: 'related',
            byWord: [],
            beyondWords: 0,
            base,
            worth: 0,
            reason: one.reason,
            hit: null,
          };
        });
    });
  };
  return { from, found, relatedTo };
}

function weighed(related: readonly Related[], factor: number): Related[] {
  return related.map((one) => ({ ...one, share: one.share * factor }));
}

/** Whether a unit is where a related definition begins, or holds the line that uses something. */
function isAt({ symbol, kind, startLine, endLine }: Unit, { line, symbol: related }: Related): boolean {
  if (line === null) return symbol?.startLine === related.startLine && symbol.name === related.name;
  return startLine <= line && line <= endLine && (kind !== 'definition' || symbol?.kind !== 'type');
}

/** Whether the question means this unit. Of a long definition it is the beginning: the other parts have to have its words. */
function isMeant(mention: Mention, { symbol, kind, startLine, endLine }: Unit): boolean {
  switch (mention.kind) {
    case 'definition':
      return isOf(symbol, mention) && startLine <= mention.symbol.startLine;
    case 'file':
      return false;
    case 'line':
    case 'text':
      return startLine <= mention.line && mention.line <= endLine && (kind !== 'definition' || symbol?.kind !== 'type');
  }
}

function isOf(symbol: Unit['symbol'], mention: Mention): boolean {
  return (
    mention.kind === 'definition' &&
    mention.symbol.startLine === symbol?.startLine &&
    mention.symbol.name === symbol.name
  );
}

function certaintyOf(mention: Mention): number {
  const isType = mention.kind === 'definition' && mention.symbol.kind === 'type';
  return mention.certainty * (isType ? namedType : 1);
}

function partOfNamed({ symbol, kind, file }: Unit, mentions: readonly Mention[]): number {
  if (kind !== 'part') return 0;
  const named = mentions.find((one) => one.path === file.path && isOf(symbol, one));
  return named ? namedPart * named.certainty : 0;
}

function reasonOf(mention: Mention): Sentence {
  switch (mention.kind) {
    case 'definition':
      return say('defines {0}, which the question names', mention.name);
    case 'line':
      return say('has line {0}, which the question names', mention.line);
    case 'text':
      return say('has the text “{0}”', mention.text);
    case 'file':
      return say('in a file that the question names');
  }
}

const resolvers = new WeakMap<readonly IndexedFile[], ImportResolver>();

/** One resolver for a state of the index: its list of files is another one when a file changed. */
function resolverOf(reader: IndexReader): ImportResolver {
  const files = reader.files();
  let resolver = resolvers.get(files);
  if (!resolver) resolvers.set(files, (resolver = createImportResolver(reader)));
  return resolver;
}
