/** Opens the exact lines of a citation and marks them with a colour that fades after a moment. Lines that moved since are found again. */
import * as vscode from 'vscode';
import { fault } from '../base/errors.ts';
import type { LineRange } from '../protocol/answers.ts';
import { colours } from '../protocol/contributions.ts';
import { type AnchorState, locate, splitLines } from './explain/anchor.ts';

/** How long each of the two marks stands, milliseconds. */
const markMs = 1600;

export interface LinesToOpen extends LineRange {
  /** What stood there when it was read; null when that is not known. */
  readonly text: string | null;
}

export interface OpenOptions {
  readonly preserveFocus: boolean;
}

export class LineOpener implements vscode.Disposable {
  readonly #strong = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor(colours.highlight),
    overviewRulerColor: new vscode.ThemeColor(colours.highlight),
  });
  readonly #fading = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor(colours.fading),
  });
  #timer: NodeJS.Timeout | null = null;
  #clear: () => void = () => undefined;

  /** Opens the lines of this file; null: in no repository of this window. Throws LS8005 when the file is not there. */
  async open(uri: vscode.Uri | null, lines: LinesToOpen, { preserveFocus }: OpenOptions): Promise<AnchorState> {
    if (!uri) throw fault('LS8005', lines.path);
    let document: vscode.TextDocument;
    try {
      document = await vscode.workspace.openTextDocument(uri);
    } catch (error) {
      throw fault('LS8005', lines.path, error);
    }
    const now =
      lines.text === null
        ? { startLine: lines.startLine, endLine: lines.endLine, state: 'same' as const }
        : locate(splitLines(document.getText()), {
            startLine: lines.startLine,
            endLine: lines.endLine,
            text: lines.text,
          });
    const range = document.validateRange(
      new vscode.Range(now.startLine - 1, 0, now.endLine - 1, Number.MAX_SAFE_INTEGER),
    );
    const editor = await vscode.window.showTextDocument(document, {
      selection: new vscode.Range(range.start, range.start),
      preview: true,
      preserveFocus,
    });
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    this.#mark(editor, range);
    if (now.state === 'changed')
      vscode.window.setStatusBarMessage(vscode.l10n.t('{0} has changed since it was read', lines.path), 5000);
    return now.state;
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#strong.dispose();
    this.#fading.dispose();
  }

  #mark(editor: vscode.TextEditor, range: vscode.Range): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#clear();
    this.#clear = () => {
      editor.setDecorations(this.#strong, []);
      editor.setDecorations(this.#fading, []);
    };
    editor.setDecorations(this.#strong, [range]);
    this.#timer = setTimeout(() => {
      editor.setDecorations(this.#strong, []);
      editor.setDecorations(this.#fading, [range]);
      this.#timer = setTimeout(() => {
        this.#clear();
      }, markMs);
    }, markMs);
  }
}
