/** Brings the lanes together: a question on code gets code with a document in between, one on documents gets documents first. */
import { laneOf, type Lane } from './lanes.ts';
import { type Query, speaksOf } from './query.ts';

const documentStems = new Set(
  'readme document documentation docs doc changelog licens instal contribut guid tutori faq roadmap quickstart handbook'.split(
    ' ',
  ),
);
const configurationStems = new Set(
  'config configur workflow ci lint eslint prettier dependenc packag docker compil manifest makefil pipelin json yaml toml'.split(
    ' ',
  ),
);

/** Places (from 0) where another lane's next file stands in a list of code. */
const documentPlaces = [6, 12, 16, 20];
const configurationPlaces = [14, 22];

/** What the lane's best file must reach of the best code file's word score to be shown among code at all. */
const fewestWords = 0.5;

/** One lane's files in order; `wordShare` is how much of the question's weight of words its best chunk holds, 0..1. */
export interface LaneRanking<T> {
  readonly lane: Lane;
  readonly files: readonly T[];
  readonly wordShare: number;
}

/**
 * One list of all lanes.
 * @param named true for files that the question names by path or that hold its phrase: they go first, whatever their lane
 */
export function mergeLanes<T>(query: Query, rankings: readonly LaneRanking<T>[], named: (file: T) => boolean): T[] {
  const filesOf = (lane: Lane): readonly T[] => rankings.find((ranking) => ranking.lane === lane)?.files ?? [];
  const shareOf = (lane: Lane): number => rankings.find((ranking) => ranking.lane === lane)?.wordShare ?? 0;
  const first = rankings.flatMap(({ files }) => files.filter(named));
  const rest = (lane: Lane): T[] => filesOf(lane).filter((file) => !named(file));
  const code = rest('code');
  const documents = rest('document');
  const configuration = rest('configuration');
  if (query.identifier) return [...first, ...code, ...documents, ...configuration];
  // Code that makes documentation is asked about in the same words; the lane that holds more of them is meant.
  if (asksDocuments(query) && (asksChanges.test(query.text) || shareOf('document') >= shareOf('code')))
    return [...first, ...alternate(documents, alternate(code, configuration, [6, 9]), [2, 3, 4, 6, 7, 8, 9])];
  if (speaksOf(query, configurationStems) && shareOf('configuration') > shareOf('code')) {
    return [...first, ...alternate(alternate(code, configuration, [1, 4, 7]), documents, documentPlaces)];
  }
  const good = (lane: Lane, files: readonly T[]): readonly T[] =>
    shareOf(lane) >= fewestWords * shareOf('code') ? files : [];
  const later = (lane: Lane, files: readonly T[]): readonly T[] =>
    shareOf(lane) >= fewestWords * shareOf('code') ? [] : files;
  const mixed = alternate(
    alternate(code, good('document', documents), documentPlaces),
    good('configuration', configuration),
    configurationPlaces,
  );
  return [...first, ...mixed, ...later('document', documents), ...later('configuration', configuration)];
}

/** True when the question is on documents rather than code: it says so, or names one. */
function asksDocuments(query: Query): boolean {
  return (
    speaksOf(query, documentStems) ||
    asksChanges.test(query.text) ||
    query.paths.some((path) => laneOf(path) === 'document')
  );
}

const asksChanges = /\bwhat(?:'s| is| was| has| have)? (?:new|changed)\b|\brelease notes?\b|\bchange ?log\b/i;

/** Puts the next of `others` at each of the places, and what is left of them at the end. */
function alternate<T>(main: readonly T[], others: readonly T[], places: readonly number[]): T[] {
  const merged: T[] = [];
  const taken = new Set(places);
  let next = 0;
  for (const item of main) {
    while (taken.has(merged.length) && next < others.length) merged.push(others[next++] as T);
    merged.push(item);
  }
  return [...merged, ...others.slice(next)];
}
