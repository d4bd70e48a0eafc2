/** A summary as Markdown pages, one a folder, with links between them and to the lines of the repository. */
import type { Nodes } from 'mdast';
import {
  type Block,
  type Inline,
  bullets,
  code,
  encodePath,
  heading,
  joined,
  link,
  paragraph,
} from '../../../markdown/tree.ts';
import { write } from '../../../markdown/write.ts';
import type { SummaryNode, SummaryPage } from '../../../protocol/summary.ts';
import { filesOf, folderLink, folderName, groupedByFolder } from './folder-text.ts';
import { claimText, linked } from './linked.ts';
import type { SummaryDocument } from './summary-document.ts';
import { opening } from './summary-text.ts';

/** Marks an address as that of a page, until it is known from where it is linked; no address of lines has a colon. */
const pageScheme = 'page:';

/** @param toRepository from the folder of the pages to the root of the repository, with forward slashes */
export function renderPages(given: SummaryDocument, toRepository: string): SummaryPage[] {
  const groups = groupedByFolder(given);
  const document: SummaryDocument = {
    ...given,
    pageOf: (folder) => (groups.has(folder) ? pageScheme + encodePath(pageOf(folder, given.scope)) : undefined),
  };
  const { scope, speaker, reader } = document;
  const folders = [...groups.keys()].filter((folder) => folder !== scope).toSorted();
  const top = groups.get(scope) ?? [];
  const pages: { readonly path: string; readonly blocks: readonly Block[] }[] = [
    {
      path: pageOf(scope, scope),
      blocks: [
        ...opening(document),
        ...(folders.length > 0
          ? [heading(2, speaker.say('Folders')), bullets(folders.map((folder) => folderItem(folder, document)))]
          : []),
        ...(top.length > 0 ? [heading(2, speaker.say('Files')), filesOf(reader, scope, top, speaker, Infinity)] : []),
      ],
    },
    ...folders.map((folder) => ({
      path: pageOf(folder, scope),
      blocks: folderPage(folder, groups.get(folder) ?? [], document),
    })),
  ];
  return pages.map(({ path, blocks }) => {
    const up = '../'.repeat(path.split('/').length - 1);
    const resolve = (url: string): string =>
      url.startsWith(pageScheme) ? up + url.slice(pageScheme.length) : `${up}${encodePath(toRepository)}/${url}`;
    return { path, markdown: `${write(blocks.map((block) => relinked(block, resolve)))}\n` };
  });
}

function pageOf(folder: string, scope: string): string {
  const below = scope === '' ? folder : folder.slice(scope.length).replace(/^\//, '');
  return below === '' ? 'index.md' : `${below}/index.md`;
}

/** A folder's page: what it is, what it imports and what imports it, and its files. */
function folderPage(folder: string, files: readonly SummaryNode[], document: SummaryDocument): Block[] {
  const { reader, scope, modules, nodes, speaker, title } = document;
  const node = nodes.find(({ path, kind }) => kind === 'folder' && path === folder);
  const needs = [...(modules.find((one) => one.folder === folder)?.dependsOn.keys() ?? [])];
  const neededBy = modules.filter(({ dependsOn }) => dependsOn.has(folder)).map((one) => one.folder);
  const inside = [...groupedByFolder(document).keys()].filter((one) => one.startsWith(`${folder}/`)).toSorted();
  const list = (label: string, all: readonly string[]): Block[] =>
    all.length === 0
      ? []
      : [
          paragraph(
            label,
            ' ',
            ...joined(
              all.map((one) => [folderLink(one, document)]),
              ', ',
            ),
          ),
        ];
  return [
    heading(1, code(folderName(folder))),
    paragraph(link(document.pageOf?.(scope) ?? pageScheme + pageOf(scope, scope), title)),
    ...(node ? linked(node, speaker) : []),
    ...list(speaker.say('Imports:'), needs),
    ...list(speaker.say('Imported by:'), neededBy),
    ...(inside.length > 0
      ? [heading(2, speaker.say('Folders')), bullets(inside.map((one) => folderItem(one, document)))]
      : []),
    heading(2, speaker.say('Files')),
    filesOf(reader, folder, files, speaker, Infinity),
  ];
}

function folderItem(folder: string, document: SummaryDocument): Inline[] {
  const node = document.nodes.find(({ path, kind }) => kind !== 'file' && path === folder);
  const [claim] = node?.claims ?? [];
  return [folderLink(folder, document), ...(claim ? [': ', ...claimText(claim, node, document.speaker)] : [])];
}

function relinked<Node extends Nodes>(node: Node, resolve: (url: string) => string): Node {
  const children =
    'children' in node ? { children: node.children.map((child: Nodes) => relinked(child, resolve)) } : {};
  return { ...node, ...children, ...(node.type === 'link' && { url: resolve(node.url) }) };
}
