/** An explanation as the Markdown of a comment: citations become links that run our one command, everything else stays text. */
import { speaker } from '../speaker.ts';
import * as vscode from 'vscode';
import type { Answer } from '../../protocol/answers.ts';
import type { CommandId } from '../../protocol/contributions.ts';
import { explanationText, streamedText } from './explanation-markdown.ts';
import type { ExplanationTurn } from './explanation-store.ts';

const openCitation = 'longsight.openCitation' satisfies CommandId;

export function toExplanationTurn(question: string | null, answer: Answer): ExplanationTurn {
  const textOf = new Map(answer.sources.map(({ id, text }) => [id, text]));
  return {
    question,
    answer: answer.answer,
    notice: answer.notice && speaker.words(answer.notice),
    citations: answer.citations.map(({ id, number, path, startLine, endLine, commit }) => ({
      number,
      path,
      startLine,
      endLine,
      text: commit ? null : (textOf.get(id) ?? null),
      ...(commit && { commit }),
    })),
  };
}

/**
 * @param id of the explanation; @param turn which of its answers, from 0. The links carry these and the citation's number, and the
 * lines are looked up when one is followed: with the lines themselves in it, VS Code cuts a link.
 */
export function explanationMarkdown(explained: ExplanationTurn, id: string, turn: number): vscode.MarkdownString {
  return restricted(
    explanationText(explained, (number) => {
      const citation: CitationId = [id, turn, number];
      return `command:${openCitation}?${encodeURIComponent(JSON.stringify(citation))}`;
    }),
  );
}

export function streamedMarkdown(words: string): vscode.MarkdownString {
  return restricted(streamedText(words));
}

/** Which citation a link means: the explanation's id, the answer in it from 0, the number in the answer. */
export type CitationId = readonly [id: string, turn: number, number: number];

/** The answer may hold text of the repository: only our own command may be a link, and no HTML is shown. */
function restricted(value: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(value);
  markdown.isTrusted = { enabledCommands: [openCitation] };
  markdown.supportHtml = false;
  return markdown;
}
