/** Evidence as Markdown that stands on its own: each place with its symbol, declaration and documentation, word for word. */
import type { Speaker } from '../../base/speaker.ts';
import {
  type Block,
  type Inline,
  attached,
  cite,
  code,
  fence,
  filled,
  paragraph,
  quotation,
  strong,
} from '../../markdown/tree.ts';
import { write } from '../../markdown/write.ts';
import { shortId } from '../../protocol/commit-id.ts';
import type { CommitPlace } from '../../protocol/answers.ts';
import type { Evidence } from './evidence.ts';
import { pathAmong, place, qualifiedName } from '../code/file-text.ts';
import { firstSentence } from '../code/first-sentence.ts';
import { phrases } from '../../markdown/phrases.ts';
import { contentWords, wordsOf } from '../code/words.ts';

/** Lines shown of a passage that is no definition. */
export const excerptLines = 6;

/**
 * The evidence list of an answer; every statement in it is a fact of the index.
 * @param cited passages in the order of their numbers, from 1
 */
export function renderEvidence(cited: readonly Evidence[], question: string, speaker: Speaker): string {
  return write([...lead(cited, speaker), ...cited.flatMap((evidence, at) => blocksOf(evidence, at + 1, question))]);
}

/** The places of these numbers under an answer in prose, in their order. @param found all places, the one of number 1 first */
export function renderPlaces(found: readonly Evidence[], numbers: ReadonlySet<number>, question: string): string {
  return write(found.flatMap((evidence, at) => (numbers.has(at + 1) ? blocksOf(evidence, at + 1, question) : [])));
}

function lead(cited: readonly Evidence[], speaker: Speaker): Block[] {
  const files = new Set(cited.map(pathAmong));
  const [first] = cited;
  if (!first) return [];
  const best = code(pathAmong(first));
  return [
    paragraph(
      ...(files.size === 1
        ? filled(speaker.say('Found in {0} {1}.'), [best], [cite(1)])
        : filled(speaker.say('Found in {0} files, first in {1} {2}.'), [String(files.size)], [best], [cite(1)])),
    ),
  ];
}

/** One place: what it is and where, its first lines as they stand there, and what its documentation says first. */
function blocksOf(evidence: Evidence, number: number, question: string): Block[] {
  if (evidence.commit) return commitBlocks(evidence, evidence.commit, number);
  const name: Inline[] = evidence.symbol ? [strong(code(qualifiedName(evidence.symbol))), ' · '] : [];
  const sentence = firstSentence(evidence.documentation);
  const shown = evidence.excerpt ?? (evidence.declaration === '' ? excerpt(evidence, question) : evidence.declaration);
  return [
    paragraph(...name, code(place(evidence)), ' ', cite(number)),
    attached(fence(shown, evidence.language)),
    ...(sentence === '' ? [] : [attached(quotation(paragraph(...phrases(sentence))))]),
  ];
}

/** A commit: its id and day, the lines that it changed last, and its message. */
function commitBlocks(evidence: Evidence, { id, date, subject }: CommitPlace, number: number): Block[] {
  const [first = ''] = evidence.text
    .slice(subject.length)
    .trim()
    .split(/\n\s*\n/);
  return [
    paragraph(strong(code(shortId(id))), ` · ${date} · `, code(place(evidence)), ' ', cite(number)),
    attached(
      quotation(
        paragraph(subject),
        ...(first === '' ? [] : [paragraph(first.replaceAll(/\s+/g, ' ').slice(0, longestShown))]),
      ),
    ),
  ];
}

/** Of a message's body. */
const longestShown = 300;

/** The few consecutive lines that hold most of the question's words; the first ones when none does. */
function excerpt({ text }: Evidence, question: string): string {
  const lines = text.split('\n');
  const words = new Set(contentWords(question));
  const hits = lines.map((line) => wordsOf(line).filter((word) => words.has(word)).length);
  const first = Math.max(
    lines.findIndex((line) => line.trim() !== ''),
    0,
  );
  let best = first;
  let most = 0;
  for (let start = first; start < lines.length; start++) {
    const sum = hits.slice(start, start + excerptLines).reduce((total, hit) => total + hit, 0);
    if (sum > most && lines[start]?.trim() !== '') {
      most = sum;
      best = start;
    }
  }
  return lines
    .slice(best, best + excerptLines)
    .join('\n')
    .trimEnd();
}
