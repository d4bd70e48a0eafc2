/** What is said of folders and their files. */
import type { List, ListItem } from 'mdast';
import type { Speaker } from '../../../base/speaker.ts';
import { counted, joined as sentence, say } from '../../../base/sentences.ts';
import type { IndexReader } from '../../../index/types.ts';
import {
  type Block,
  type Inline,
  bullets,
  code,
  filled,
  heading,
  joined,
  link,
  paragraph,
} from '../../../markdown/tree.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import type { SummaryNode } from '../../../protocol/summary.ts';
import { parent } from '../../code/imports.ts';
import { isData, isSupportFolder, isTestPath, moduleFolder } from '../../code/module-map.ts';
import { linked, lines } from './linked.ts';
import type { SummaryDocument } from './summary-document.ts';

const mostFiles = 40;
/** Of folders of tests, examples and tools, and of programs in them, a few show what the others are like. */
export const mostSupport = 6;

export function folders({ reader, scope, nodes, depth, speaker }: SummaryDocument): Block[] {
  const byFolder = groupedByFolder({ nodes, scope, depth });
  const contains = `${beginning(speaker.say('Contains {0}.'))}\``;
  const isSilent = (folder: string, files: readonly SummaryNode[]): boolean =>
    files.every(({ path }) => isData(reader.file(path) ?? { language: '' })) &&
    (folder === scope ||
      (nodes.find(({ path, kind }) => kind !== 'file' && path === folder)?.summary ?? contains).startsWith(contains));
  const silent = [...byFolder].filter(([folder, files]) => isSilent(folder, files)).map(([folder]) => folder);
  const sections = [...byFolder]
    .filter(([folder]) => !silent.includes(folder))
    .toSorted(([a], [b]) => Number(isSupportFolder(a)) - Number(isSupportFolder(b)) || (a < b ? -1 : 1))
    .flatMap(([folder, files]): Block[] => {
      const node = nodes.find(({ path, kind }) => kind !== 'file' && path === folder);
      return [
        heading(3, code(folderName(folder))),
        ...(node && node.kind === 'folder' && folder !== scope ? linked(node, speaker) : []),
        filesOf(reader, folder, files, speaker),
      ];
    });
  if (silent.length > 0)
    sections.push(
      paragraph(
        ...filled(
          speaker.say('Data and text alone: {0}.'),
          joined(
            silent.toSorted().map((folder) => [code(folderName(folder))]),
            ', ',
          ),
        ),
      ),
    );
  return sections.length === 0 ? [] : [heading(2, speaker.say('Folder by folder')), ...sections];
}

/** Files by the folder of the map that they are told under. */
export function groupedByFolder({
  nodes,
  scope,
  depth,
}: Pick<SummaryDocument, 'nodes' | 'scope' | 'depth'>): Map<string, SummaryNode[]> {
  const byFolder = new Map<string, SummaryNode[]>();
  for (const node of nodes) {
    if (node.kind !== 'file') continue;
    const folder = moduleFolder(parent(node.path), scope, depth);
    const group = byFolder.get(folder);
    if (group) group.push(node);
    else byFolder.set(folder, [node]);
  }
  return byFolder;
}

/** A folder's name, a link where it has a page. */
export function folderLink(folder: string, { pageOf: address }: Pick<SummaryDocument, 'pageOf'>): Inline {
  const name = code(folderName(folder));
  const url = address?.(folder);
  return url === undefined ? name : link(url, name);
}

/** @param most files that are told; left out: a few of tests, and as many others as a document bears */
export function filesOf(
  reader: IndexReader,
  folder: string,
  files: readonly SummaryNode[],
  speaker: Speaker,
  most = isSupportFolder(folder) ? mostSupport : mostFiles,
): List {
  const isCode = files.filter(({ path }) => !isData(reader.file(path) ?? { language: '' }));
  const quiet = files.length - isCode.length;
  const isSupport = isSupportFolder(folder);
  const told = isSupport ? isCode : isCode.filter(({ path }) => !isTestPath(path));
  const tests = isCode.length - told.length;
  const items = told.slice(0, most).map((file) => {
    const name = code(file.path.slice(folder === '' ? 0 : folder.length + 1));
    const [first, ...others] = linked(file, speaker);
    const opens = first?.type === 'paragraph' ? first.children : [];
    const rest = first?.type === 'paragraph' ? others : linked(file, speaker);
    return [paragraph(lines(name, wholeFile(reader, file.path)), ': ', ...opens), ...rest];
  });
  const rest = told.length - items.length;
  const more = [
    ...(rest > 0 ? [counted(rest, say('{0} more file of code', rest), say('{0} more files of code', rest))] : []),
    ...(tests > 0 ? [counted(tests, say('{0} file of tests', tests), say('{0} files of tests', tests))] : []),
    ...(quiet > 0
      ? [counted(quiet, say('{0} file of data and text', quiet), say('{0} files of data and text', quiet))]
      : []),
  ];
  const others = sentence(more, ', ');
  const list = bullets(
    more.length > 0 ? [[items.length > 0 ? speaker.say('and {0}', others) : speaker.words(others)]] : [],
  );
  const entries = items.map((children): ListItem => ({
    type: 'listItem',
    spread: false,
    children: children as ListItem['children'],
  }));
  return { ...list, children: [...entries, ...list.children] };
}

export function folderName(folder: string): string {
  return folder === '' ? '.' : `${folder}/`;
}

function wholeFile(reader: IndexReader, path: string): LineRange {
  return { path, startLine: 1, endLine: Math.max(reader.file(path)?.lines ?? 1, 1) };
}

/** What stands before the first gap of a sentence. */
export function beginning(template: string): string {
  return template.slice(0, template.indexOf('{'));
}
