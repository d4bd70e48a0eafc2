/** What can be put beside a question: files and symbols by the letters behind @, and what the editor shows, its selection and its file. */
import * as vscode from 'vscode';
import type { Completion, EngineApi } from '../../protocol/engine.ts';
import type { AttachmentView, CompletionView } from '../../protocol/webview.ts';
import type { Places } from '../repository.ts';

/** Suggestions behind @ and #. */
const most = 12;

/** Suggestions for the letters: folders behind #; behind @ the editor's selection and file, then symbols and files in turn. */
export async function suggestions(
  engine: EngineApi,
  places: Places,
  kind: 'file-or-symbol' | 'folder',
  prefix: string,
): Promise<CompletionView[]> {
  const find = async (wanted: 'file' | 'symbol' | 'folder'): Promise<CompletionView[]> =>
    (await engine.complete({ prefix, kind: wanted, limit: most })).map((found) => toView(found, wanted));
  if (kind === 'folder') return find('folder');
  const [symbols, files] = await Promise.all([find('symbol'), find('file')]);
  const inTurn = Array.from({ length: most }, (_, at) => [symbols[at] ?? [], files[at] ?? []].flat()).flat();
  const wanted = prefix.toLowerCase();
  const shown = shownInEditor(places).filter(({ label, path }) => `${label} ${path}`.toLowerCase().includes(wanted));
  const isShown = ({ kind: found, path, repository }: CompletionView): boolean =>
    found === 'file' &&
    shown.some((one) => one.kind === 'open-file' && one.path === path && one.repository === repository);
  return [...shown, ...inTurn.filter((one) => !isShown(one))].slice(0, most);
}

/** The selection of the active editor, or its file, as an attachment; null when it is in no repository of the window. */
export function editorAttachment(places: Places): AttachmentView | null {
  const [first] = shownInEditor(places);
  return first ? toAttachment(first) : null;
}

/** A file of the explorer as an attachment; null outside of the repositories. */
export function fileAttachment(places: Places, file: vscode.Uri): AttachmentView | null {
  const place = places.locate(file);
  return place && { kind: 'file', label: nameOf(place.path), ...place, startLine: null, endLine: null };
}

/** Documents with changes that are not saved, which a question about their files would miss. */
export function unsavedOf(places: Places, attached: readonly AttachmentView[]): vscode.TextDocument[] {
  const uris = new Set(attached.flatMap((one) => places.uri(one)?.toString() ?? []));
  return vscode.workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && uris.has(uri.toString()));
}

/** What the active editor shows: its selection when there is one, and its file. */
function shownInEditor(places: Places): CompletionView[] {
  const editor = vscode.window.activeTextEditor;
  const place = editor && places.locate(editor.document.uri);
  if (!editor || !place) return [];
  const { selection } = editor;
  const name = nameOf(place.path);
  const file: CompletionView = { kind: 'open-file', label: name, ...place, startLine: null, endLine: null };
  if (selection.isEmpty) return [file];
  // A selection that ends at the start of a line does not mean that line.
  const last = selection.end.character === 0 && selection.end.line > selection.start.line ? 0 : 1;
  const lines = { startLine: selection.start.line + 1, endLine: selection.end.line + last };
  const range = lines.startLine === lines.endLine ? `${lines.startLine}` : `${lines.startLine}–${lines.endLine}`;
  return [{ kind: 'selection', label: `${name}:${range}`, ...place, ...lines }, file];
}

function toAttachment({ kind, label, repository, path, startLine, endLine }: CompletionView): AttachmentView {
  return {
    kind: kind === 'selection' || kind === 'symbol' ? kind : 'file',
    ...{ label, repository, path, startLine, endLine },
  };
}

function toView(found: Completion, kind: 'file' | 'symbol' | 'folder'): CompletionView {
  const { path, repository, startLine, endLine } = found;
  return {
    kind,
    label: kind === 'file' ? nameOf(path) : found.label,
    repository: repository ?? null,
    path,
    startLine: startLine ?? null,
    endLine: endLine ?? null,
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
