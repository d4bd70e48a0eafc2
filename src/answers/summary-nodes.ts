/**
 * The summary as a tree that is built bottom-up: files, folders, the repository. A node's hash is made of the hashes below it
 * (Merkle), so after a commit only the nodes on the way from a changed file to the top are made again.
 */
import { createHash } from 'node:crypto';
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import type { IndexedFile, IndexReader } from '../index/types.ts';
import type { Citation, SummaryNode } from '../protocol/answers.ts';
import { type CitationContext, checkCitations } from './citations.ts';
import type { SummaryCache } from './dependencies.ts';
import { fileText, linesOf } from './file-text.ts';
import { parent } from './imports.ts';

/** Changes when summaries are made differently, so that older ones are not reused. */
const version = 2;

/** One text with its citations, before it has a place in the tree. */
export type Draft = Pick<SummaryNode, 'summary' | 'citations'>;

/** How texts are made: by extraction, or by a decoder that may write. */
export interface Summarizer {
  /** Part of every hash: what one writer made is not reused by another. */
  readonly id: string;
  file(file: IndexedFile, signal: AbortSignal): Promise<Draft>;
  /** @param path empty for the repository; @param children the nodes right below, by path */
  folder(path: string, children: readonly SummaryNode[], signal: AbortSignal): Promise<Draft>;
}

export interface TreeContext extends CitationContext {
  readonly cache: SummaryCache;
  readonly summarizer: Summarizer;
  readonly onNode: (path: string, done: number, total: number) => void;
}

/**
 * Summarises the files below a folder and the folders over them.
 * @param wanted the files to summarise; with the folders above them they are what comes back
 * @returns nodes, children before their parents; what was in the cache has `reused`
 */
export async function buildTree(
  reader: IndexReader,
  scope: string,
  wanted: readonly IndexedFile[],
  context: TreeContext,
  signal: AbortSignal,
): Promise<SummaryNode[]> {
  const folders = new Map<string, { files: IndexedFile[]; folders: Set<string> }>();
  const folderOf = (path: string): { files: IndexedFile[]; folders: Set<string> } => {
    let folder = folders.get(path);
    if (!folder) {
      folders.set(path, (folder = { files: [], folders: new Set() }));
      if (path !== scope) folderOf(above(path, scope)).folders.add(path);
    }
    return folder;
  };
  folderOf(scope);
  for (const file of wanted) folderOf(parent(file.path)).files.push(file);
  const total = wanted.length + folders.size;
  const nodes = new Map<string, SummaryNode>();
  let done = 0;

  const make = async (
    path: string,
    kind: SummaryNode['kind'],
    hash: string,
    draft: () => Promise<Draft>,
  ): Promise<void> => {
    throwIfCancelled(signal);
    const known = context.cache.get(hash);
    const node: SummaryNode = known
      ? { ...known, path, kind, hash, reused: true }
      : { path, kind, hash, ...(await draft()), reused: false };
    if (!known) context.cache.put(hash, node);
    nodes.set(`${kind === 'file' ? 'file' : 'folder'} ${path}`, {
      ...node,
      citations: await recheck(reader, node.citations, context, signal),
    });
    context.onNode(path, ++done, total);
    // The engine answers other requests meanwhile.
    if (done % 16 === 0) await yieldToEventLoop();
  };

  for (const file of wanted)
    await make(file.path, 'file', hashOf('file', context.summarizer.id, file.path, file.contentHash), () =>
      context.summarizer.file(file, signal),
    );
  const deepestFirst = [...folders.keys()].toSorted((a, b) => partsIn(b) - partsIn(a) || (a < b ? -1 : 1));
  for (const path of deepestFirst) {
    const { files, folders: inner } = folders.get(path) ?? { files: [], folders: new Set<string>() };
    const children = [
      ...files.map((file) => nodes.get(`file ${file.path}`)),
      ...[...inner].map((name) => nodes.get(`folder ${name}`)),
    ]
      .filter((node) => node !== undefined)
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const kind = path === '' ? 'repository' : 'folder';
    const hash = hashOf(kind, context.summarizer.id, path, ...children.map((child) => child.hash));
    await make(path, kind, hash, () => context.summarizer.folder(path, children, signal));
  }
  return [...nodes.values()];
}

function above(path: string, scope: string): string {
  const up = parent(path);
  return up.length < scope.length ? scope : up;
}

function partsIn(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([version, ...parts]))
    .digest('hex');
}

/** Citations as they stand on disk now; a summary from the cache may be older than an edit that is not indexed yet. */
function recheck(
  reader: IndexReader,
  citations: readonly Citation[],
  context: CitationContext,
  signal: AbortSignal,
): Promise<Citation[]> {
  const places = citations.map((citation) => {
    const file = fileText(reader, citation.path);
    return { ...citation, text: file ? linesOf(file, citation.startLine, citation.endLine) : '' };
  });
  return checkCitations(places, context, signal);
}
