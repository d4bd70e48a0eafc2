/** How an answer is shown to a person: the evidence first, as places to click, then the words, then one line of what was read. */
import type { Answer, AnswerEvent, Citation, Source } from '../protocol/answers.ts';
import { shortId } from '../protocol/commit-id.ts';
import { formatCount, formatMs, formatRange, inline, print, styled, words } from './output.ts';
import type { ProgressLine } from './progress.ts';

/** Lines that are shown of a source without an excerpt; the place says where the rest is. */
const shownLines = 6;

/** Shows the events of one answer as they come; what is on a terminal stays in the order evidence, words, coverage. */
export class AnswerView {
  readonly #progress: ProgressLine;
  #sources = 0;
  #text = '';
  #thinks = false;
  /** A decoder that only quotes: its lines come at the end, behind a line that says whose choice they are. */
  #quotes = false;
  readonly #listsSources: boolean;

  /** @param listsSources false for an explanation, whose own text goes through what is used and what uses it */
  constructor(progress: ProgressLine, listsSources: boolean) {
    this.#progress = progress;
    this.#listsSources = listsSources;
  }

  on(event: AnswerEvent): void {
    switch (event.type) {
      case 'status':
        if (event.phase === 'writing') this.#quotes = event.quotes === true;
        this.#progress.update(event.message, event.done ?? 0, event.total ?? null);
        break;
      case 'source':
        this.#sources += 1;
        if (this.#listsSources) this.#show(event.source, this.#sources);
        break;
      case 'token':
        if (this.#quotes) break;
        this.#progress.clear();
        if (this.#text === '') print(this.#thinks ? '\n\n' : '\n');
        this.#text += event.text;
        print(event.text);
        break;
      case 'thought':
        this.#progress.clear();
        if (!this.#thinks) print(`\n${styled('bold', 'Thoughts')} ${styled('dim', '(not part of the answer)')}\n`);
        this.#thinks = true;
        print(styled('dim', event.text));
        break;
      case 'citation':
      case 'done':
        break;
    }
  }

  /** The end: the words that were not streamed, where they are cited from, and the line of coverage. */
  finish(answer: Answer): void {
    this.#progress.clear();
    if (answer.form === 'prose') print(this.#text === '' ? `\n${answer.written ?? answer.answer}\n` : '\n');
    // Under prose about one piece of code stands what was looked up.
    if (answer.form === 'prose' && !this.#listsSources) print(`${under(answer)}\n`);
    if (answer.form === 'quote' && this.#listsSources && this.#text === '') print(`\n${picked(answer)}\n`);
    if (!this.#listsSources && answer.form !== 'prose') print(`${answer.answer}\n`);
    else if (this.#sources === 0) print(`${answer.answer === '' ? 'No answer was found.' : answer.answer}\n`);
    for (const citation of answer.citations) {
      // Prose over sources that were not listed above says where its numbers lead.
      const unlisted = answer.form === 'prose' && (!this.#listsSources || citation.number > this.#sources);
      if (citation.status === 'moved' || citation.status === 'stale')
        print(`[${citation.number}] ${formatRange(citation)} is ${citation.status}.\n`);
      else if (unlisted) print(`[${citation.number}] ${citedPlace(citation)}\n`);
    }
    for (const span of answer.unsupported)
      print(styled('yellow', `Nothing that was read supports "${inline(span.text)}".\n`));
    if (answer.notice !== null) print(`\n${words(answer.notice)}\n`);
    print(`\n${styled('dim', closingLine(answer))}\n`);
  }

  /** The sources come in the order of their numbers, so that `[n]` in the words is the n-th place above them. */
  #show(source: Source, number: number): void {
    this.#progress.clear();
    if (source.commit) {
      const { id, date } = source.commit;
      const place = `${date}, last to change ${formatRange(source)}`;
      print(`${number > 1 ? '\n' : ''}${styled('cyan', `commit ${shortId(id)}`)}  ${place}  [${number}]\n`);
      const message = source.text.trimEnd().split('\n');
      for (const line of message.slice(0, shownLines)) print(`    ${inline(line)}\n`);
      if (message.length > shownLines)
        print(styled('dim', `    … ${formatCount(message.length - shownLines, 'more line')}\n`));
      return;
    }
    const symbol = source.symbol === undefined ? '' : `  ${styled('bold', inline(source.symbol))}`;
    print(`${number > 1 ? '\n' : ''}${styled('cyan', formatRange(source))}${symbol}  [${number}]\n`);
    if (source.documentation !== undefined && source.documentation.trim() !== '')
      print(`    ${styled('italic', firstParagraph(source.documentation))}\n`);
    const lines = unindent((source.excerpt ?? source.signature ?? source.text).trimEnd().split('\n'));
    const most = source.excerpt === undefined ? shownLines : Infinity;
    for (const line of lines.slice(0, most)) print(`    ${line}\n`);
    if (lines.length > most) print(styled('dim', `    … ${formatCount(lines.length - most, 'more line')}\n`));
  }
}

function citedPlace(citation: Citation): string {
  const lines = styled('cyan', formatRange(citation));
  return citation.commit
    ? `${styled('cyan', `commit ${shortId(citation.commit.id)}`)} ${inline(citation.commit.subject)} (${lines})`
    : lines;
}

/** Without the white space that all lines after the first begin with: a signature begins with its first word. */
function unindent(lines: readonly string[]): readonly string[] {
  const [first = '', ...rest] = lines;
  const widths = rest.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const outer = first.length - first.trimStart().length;
  const common = Math.min(...widths, outer > 0 ? outer : Infinity);
  const cut = Number.isFinite(common) ? common : outer;
  return [
    first.slice(Math.min(cut, outer)),
    ...rest.map((line) => line.slice(Math.min(cut, line.length - line.trimStart().length))),
  ];
}

/** What an answer in prose has under its words. */
function under({ answer, written = '' }: Answer): string {
  return answer.startsWith(written) ? answer.slice(written.length).trimEnd() : '';
}

/** The quoted lines with the line of the answer that says who picked them. */
function picked({ answer, written = '' }: Answer): string {
  const before = answer.endsWith(written) ? answer.slice(0, answer.length - written.length).trimEnd() : '';
  const says = before.slice(before.lastIndexOf('\n') + 1);
  return says === '' ? written : `${says}\n\n${written}`;
}

function firstParagraph(documentation: string): string {
  return (documentation.trim().split(/\n\s*\n/)[0] ?? '').replace(/\s+/g, ' ');
}

function closingLine({ coverage, index, budget, model, provider, server, timings, outboundRequests }: Answer): string {
  const parts = [
    coverage.filesRead === 0
      ? `found in ${formatCount(coverage.filesRelevant, 'file')}, nothing was read by a model`
      : `read ${coverage.filesRead} of ${formatCount(coverage.filesRelevant, 'relevant file')}`,
    `index ${index.indexed} of ${formatCount(index.files, 'file')}`,
  ];
  const about = budget.counts === 'estimated' ? 'about ' : '';
  if (model !== null && coverage.filesRead > 0)
    parts.push(
      `${server ? (provider ?? model) : model}: ${about}${budget.used} of ${formatCount(budget.window, 'token')}`,
    );
  if (server && !server.isLoopback && coverage.filesRead > 0) parts.push(`sent to ${server.host}`);
  if (timings.firstTokenMs !== null) parts.push(`first token ${formatMs(timings.firstTokenMs)}`);
  parts.push(
    `total ${formatMs(timings.totalMs)}`,
    outboundRequests === 0 ? 'no outbound requests' : formatCount(outboundRequests, 'outbound request'),
  );
  return parts.join(' · ');
}
