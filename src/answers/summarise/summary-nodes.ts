/**
 * The summary as a tree that is built bottom-up: files, folders, the repository. A node's hash is made of the hashes below it
 * (Merkle). A part is written again only when what it was written from is another text: a file's, when a line that the writer
 * reads changed; a folder's, when a summary below says something else (build systems call this early cut-off).
 */
import { createHash } from 'node:crypto';
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import type { IndexedFile, IndexReader } from '../../index/types.ts';
import type { Citation } from '../../protocol/answers.ts';
import type { Claim, SummaryNode } from '../../protocol/summary.ts';
import { type CitationContext, checkCitations } from '../truth/citations.ts';
import type { ClaimStore } from '../dependencies.ts';
import { fileText, linesOf } from '../code/file-text.ts';
import { parent } from '../code/imports.ts';
import { type KeptPart, resolveClaims } from './claims.ts';

/** Changes when summaries are made differently, so that older ones are not reused. */
const version = 5;

/** What a part is made from. */
export interface Material {
  /** All that the text depends on, but for the summarizer. */
  readonly madeFrom: readonly string[];
  /** Left out: it cannot be written now. */
  readonly write?: (signal: AbortSignal) => Promise<KeptPart>;
}

/** How texts are made: by extraction, or by a decoder that may write. */
export interface Summarizer {
  /** Part of every key: what one writer made is not reused by another. */
  readonly id: string;
  /** Null: it has nothing to read. */
  file(file: IndexedFile): Material | null;
  /** @param path empty for the repository; @param children the nodes right below, by path; @param hash of all content below */
  folder(path: string, children: readonly SummaryNode[], hash: string): Material | null;
}

export interface TreeContext extends Pick<CitationContext, 'logger'> {
  /** Where the files are that the claims are held against; null: they are nowhere on disk. */
  readonly repositoryRoot: string | null;
  readonly store: ClaimStore;
  /** Tried in this order; the last always has something to say. */
  readonly summarizers: readonly Summarizer[];
  /** Whether a part may be written now where nothing is kept of what it would be made from. */
  readonly mayWrite: (path: string) => boolean;
  /** Whether what was written last of a part is shown where nothing newer is, its stale claims marked; false for the past. */
  readonly showsStale: boolean;
  /** @param isNew it was made just now */
  readonly onNode: (node: SummaryNode, isNew: boolean, done: number, total: number) => void;
}

/**
 * Summarises the files below a folder and the folders over them.
 * @param wanted the files to summarise; with the folders above them they are what comes back
 * @returns nodes, children before their parents
 */
export async function buildTree(
  reader: IndexReader,
  scope: string,
  wanted: readonly IndexedFile[],
  context: TreeContext,
  signal: AbortSignal,
): Promise<SummaryNode[]> {
  const folders = foldersOf(scope, wanted);
  const total = wanted.length + folders.size;
  const nodes = new Map<string, SummaryNode>();
  let done = 0;
  const add = async (
    path: string,
    kind: SummaryNode['kind'],
    hash: string,
    children: readonly SummaryNode[],
    material: (summarizer: Summarizer) => Material | null,
  ): Promise<void> => {
    throwIfCancelled(signal);
    const { part, isCurrent, isNew } = await partOf(path, kind, material, context, signal);
    const resolved = resolveClaims(part, reader, children);
    const node: SummaryNode = {
      ...{ path, kind, hash },
      summary: part.claims.map(({ text }) => text).join(''),
      ...(await againstDisk(resolved, reader, context, signal)),
      reused: isCurrent && !isNew,
      writer: part.writer,
    };
    nodes.set(`${kind === 'file' ? 'file' : 'folder'} ${path}`, node);
    context.onNode(node, isNew, ++done, total);
    // The engine answers other requests meanwhile.
    if (done % 16 === 0) await yieldToEventLoop();
  };

  for (const file of wanted)
    await add(file.path, 'file', hashOf('file', file.path, file.contentHash), [], (one) => one.file(file));
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
    const hash = hashOf(kind, path, ...children.map((child) => child.hash));
    await add(path, kind, hash, children, (one) => one.folder(path, children, hash));
  }
  return [...nodes.values()];
}

interface FolderContent {
  readonly files: IndexedFile[];
  readonly folders: Set<string>;
}

function foldersOf(scope: string, wanted: readonly IndexedFile[]): Map<string, FolderContent> {
  const folders = new Map<string, FolderContent>();
  const folderOf = (path: string): FolderContent => {
    let folder = folders.get(path);
    if (!folder) {
      folders.set(path, (folder = { files: [], folders: new Set() }));
      if (path !== scope) folderOf(above(path, scope)).folders.add(path);
    }
    return folder;
  };
  folderOf(scope);
  for (const file of wanted) folderOf(parent(file.path)).files.push(file);
  return folders;
}

interface FoundPart {
  readonly part: KeptPart;
  /** It was made from what it would be made from now. */
  readonly isCurrent: boolean;
  /** It was made just now. */
  readonly isNew: boolean;
}

const nothing: FoundPart = { part: { claims: [], supports: [], writer: null }, isCurrent: true, isNew: false };

/** What the first summarizer has that has anything to say: kept, written now, or written last. */
async function partOf(
  path: string,
  kind: SummaryNode['kind'],
  materialOf: (summarizer: Summarizer) => Material | null,
  { store, summarizers, mayWrite, showsStale }: TreeContext,
  signal: AbortSignal,
): Promise<FoundPart> {
  for (const summarizer of summarizers) {
    const material = materialOf(summarizer);
    if (!material) continue;
    const key = hashOf(summarizer.id, kind, ...material.madeFrom);
    const place = hashOf('place', summarizer.id, kind, path);
    const found = (part: KeptPart, isCurrent: boolean, isNew: boolean): FoundPart => ({ part, isCurrent, isNew });
    let one: FoundPart | null = null;
    const kept = store.get(key);
    if (kept) one = found(kept, true, false);
    else if (material.write && (mayWrite(path) || summarizer === summarizers.at(-1))) {
      one = found(await material.write(signal), true, true);
      store.put(key, one.part);
    } else if (showsStale) {
      const last = store.last(place);
      const part = last === undefined ? undefined : store.get(last);
      if (part) one = found(part, false, false);
    }
    // What is extracted is never stale: it is made again at once.
    if (one?.isCurrent && showsStale && summarizer !== summarizers.at(-1)) store.putLast(place, key);
    // One that had nothing to say leaves it to the next.
    if (one && one.part.claims.length > 0) return one;
  }
  return nothing;
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

/** Claims and citations held against the files on disk now: an edit may not be indexed yet. */
async function againstDisk(
  { claims, citations }: Pick<SummaryNode, 'claims' | 'citations'>,
  reader: IndexReader,
  { repositoryRoot, logger }: TreeContext,
  signal: AbortSignal,
): Promise<Pick<SummaryNode, 'claims' | 'citations'>> {
  if (repositoryRoot === null) return { claims, citations };
  const places = citations.map((citation) => {
    const file = fileText(reader, citation.path);
    return { ...citation, text: file ? linesOf(file, citation.startLine, citation.endLine) : '' };
  });
  const checked = await checkCitations(places, { reader, repositoryRoot, logger }, signal);
  const goneFrom = new Set(checked.filter(({ status }) => status === 'stale').map(placeOf));
  return {
    claims: claims.map((claim): Claim =>
      claim.rests.some((ground) => goneFrom.has(placeOf(ground))) ? { ...claim, status: 'stale' } : claim,
    ),
    citations: citations.map((citation, at): Citation => {
      const now = checked[at];
      return now === undefined || now.status === 'verified' || citation.status === 'stale' ? citation : now;
    }),
  };
}

function placeOf({ path, startLine, endLine }: Citation | Claim['rests'][number]): string {
  return `${path} ${startLine} ${endLine}`;
}
