/** An explanation as the Markdown of a comment: citations become links that run our one command, everything else stays text. */
import * as vscode from 'vscode';
import type { Answer } from '../protocol/answers.ts';
import type { CommandId } from '../protocol/contributions.ts';
import type { ExplanationTurn } from './explanation-store.ts';
import type { LinesToOpen } from './open-lines.ts';

const openCitation = 'longsight.openCitation' satisfies CommandId;

export function toExplanationTurn(question: string | null, answer: Answer): ExplanationTurn {
  const textOf = new Map(answer.sources.map(({ id, text }) => [id, text]));
  return {
    question,
    answer: answer.answer,
    notice: answer.notice,
    citations: answer.citations.map(({ id, number, path, startLine, endLine }) => ({
      number,
      path,
      startLine,
      endLine,
      text: textOf.get(id) ?? null,
    })),
  };
}

export function explanationMarkdown({ answer, notice, citations }: ExplanationTurn): vscode.MarkdownString {
  const links = new Map(citations.map((citation) => [citation.number, citationLink(citation)]));
  // Outside of fenced code only: there `[1]` is code.
  const body = answer
    .split(/(```[\s\S]*?(?:```|$))/)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(/\[(\d{1,4})\](?!\()/g, (whole, n: string) => links.get(Number(n)) ?? whole),
    )
    .join('');
  const sources = citations.map((citation) => `- ${citationLink(citation)} ${placeLink(citation)}`);
  const markdown = new vscode.MarkdownString(
    [
      body,
      ...(notice === null ? [] : [`*${escape(notice)}*`]),
      ...(sources.length > 0 ? [sources.join('\n')] : []),
    ].join('\n\n'),
  );
  // The answer may hold text of the repository: only our own command may be a link, and no HTML is shown.
  markdown.isTrusted = { enabledCommands: [openCitation] };
  markdown.supportHtml = false;
  return markdown;
}

type Cited = ExplanationTurn['citations'][number];

function citationLink(citation: Cited): string {
  return `[${circled(citation.number)}](${command(citation)} "${place(citation)}")`;
}

function placeLink(citation: Cited): string {
  return `[${escape(place(citation))}](${command(citation)})`;
}

function place({ path, startLine, endLine }: Cited): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function command({ path, startLine, endLine, text }: Cited): string {
  const lines: LinesToOpen = { path, startLine, endLine, text };
  return `command:${openCitation}?${encodeURIComponent(JSON.stringify([lines])).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))}`;
}

/** ① to ⑳, and (21) beyond. */
function circled(number: number): string {
  return number >= 1 && number <= 20 ? String.fromCodePoint(0x2460 + number - 1) : `(${number})`;
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|]/g, '\\$&');
}
