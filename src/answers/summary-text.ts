/** The summary as a Markdown document in which every statement links to its lines, as `path#L12-L40`. */
import type { IndexReader } from '../index/types.ts';
import type { LineRange, SummaryNode } from '../protocol/answers.ts';
import { escapeMarkdown } from './evidence-text.ts';
import { firstDocumentParagraph } from './file-comment.ts';
import { fileText } from './file-text.ts';
import { parent } from './imports.ts';
import type { Command, EntryPoint, Manifest } from './manifests/manifest.ts';
import { type Module, isData, isSupportFolder, isTestPath, moduleFolder } from './module-map.ts';
import { asDataUri } from './module-picture.ts';

export interface SummaryDocument {
  readonly reader: IndexReader;
  readonly title: string;
  /** Folder that is summarised; empty for the repository. */
  readonly scope: string;
  readonly nodes: readonly SummaryNode[];
  readonly manifests: readonly Manifest[];
  readonly modules: readonly Module[];
  readonly picture: string | undefined;
  /** Folders deeper than this are told with the ones above them. */
  readonly depth: number;
  readonly since?: string;
  /** Sentences that stand on top: how complete it is, who wrote it. */
  readonly notices: readonly string[];
}

const mostCommands = 14;
const mostEntryPoints = 16;
const mostFiles = 40;
/** Of folders of tests, examples and tools, and of programs in them, a few show what the others are like. */
const mostSupport = 6;

export function renderSummary(document: SummaryDocument): string {
  const sections = [
    title(document),
    ...document.notices.map((notice) => `> ${notice}`),
    whatItIs(document),
    ...(document.since === undefined ? [commands(document), moduleTable(document), entryPoints(document)] : []),
    folders(document),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** A link in the form that doors may rewrite: the path relative to the repository and the lines as a fragment. */
function link(text: string, { path, startLine, endLine }: LineRange): string {
  const lines = startLine === endLine ? `#L${startLine}` : `#L${startLine}-L${endLine}`;
  return `[${text}](${encodeURI(path).replaceAll(/[()#?]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}${lines})`;
}

function title({ title: name, scope, since }: SummaryDocument): string {
  const what = scope === '' ? name : `${name}: \`${scope}/\``;
  return since === undefined ? `# ${what}` : `# ${what}, changed since \`${since.replaceAll('`', '')}\``;
}

function whatItIs({ reader, scope, nodes, manifests, since }: SummaryDocument): string {
  const root = nodes.find(({ path, kind }) => path === scope && kind !== 'file');
  if (since !== undefined) return root ? `## What changed\n\n${linked(root)}` : '';
  const readme = reader
    .files()
    .find(({ path }) => parent(path) === scope && /^readme(?:\.\w+)?$/i.test(path.slice(path.lastIndexOf('/') + 1)));
  const text = readme && fileText(reader, readme.path);
  const paragraph = text && firstDocumentParagraph(text.lines);
  const parts: string[] = [];
  if (readme && paragraph)
    parts.push(
      `> ${escapeMarkdown(plain(paragraph.text))}\n>\n> ${link(`${readme.path}:${paragraph.startLine}`, { path: readme.path, ...paragraph })}`,
    );
  const said = new Set<string>();
  for (const { path, name, description } of manifests.filter((manifest) => parent(manifest.path) === scope)) {
    if (!description || said.has(description.text)) continue;
    said.add(description.text);
    const where = link(`${path}:${description.line}`, { path, startLine: description.line, endLine: description.line });
    parts.push(`${name ? `\`${name.text}\`: ` : ''}${escapeMarkdown(description.text)} (${where})`);
  }
  if (root && parts.length === 0) parts.push(linked(root));
  else if (root) parts.push(linked({ ...root, summary: definitionsOnly(root.summary) }));
  return `## What it is\n\n${parts.filter((part) => part !== '').join('\n\n')}`;
}

/** The README's sentence stands above already; what is left of an extractive summary is what is defined. */
function definitionsOnly(summary: string): string {
  return /Defines `[\s\S]*$/.exec(summary)?.[0] ?? summary;
}

/** Markdown links and images of a README as their text: their addresses are relative to other places. */
function plain(text: string): string {
  return text
    .replaceAll(/!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '')
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replaceAll(/`?([^`<]+?)\s*<[^>\s]+>`_+/g, '$1')
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll(/\*\*|__(?=\w)|(?<=\w)__/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function commands({ manifests }: SummaryDocument): string {
  const all = manifests.flatMap(({ path, commands: own }) => own.map((command) => ({ path, command })));
  if (all.length === 0) return '';
  const useful = ({ command }: Command): number =>
    ['test', 'build', 'start', 'run', 'dev', 'lint', 'check', 'install'].findIndex((word) => command.includes(word)) >>>
    0;
  const depth = Math.min(...all.map(({ path }) => path.split('/').length));
  const shown = all
    .filter(({ path }) => path.split('/').length === depth)
    .toSorted((a, b) => useful(a.command) - useful(b.command))
    .slice(0, mostCommands);
  const rows = shown.map(({ path, command: { command, runs, line } }) => {
    const what =
      runs === '' ? 'by the convention of the tool' : `\`${cell(runs.length > 90 ? `${runs.slice(0, 89)}…` : runs)}\``;
    return `| \`${cell(command)}\` | ${what} | ${link(`${path}:${line}`, { path, startLine: line, endLine: line })} |`;
  });
  const more =
    all.length > shown.length
      ? `\n\n${all.length - shown.length} more in ${new Set(all.map(({ path }) => path)).size} manifests.`
      : '';
  return `## How to run and test it\n\n| Command | Runs | Where it says so |\n| --- | --- | --- |\n${rows.join('\n')}${more}`;
}

function moduleTable({ modules, picture, depth }: SummaryDocument): string {
  if (modules.length === 0) return '';
  const rows = modules.map((module) => {
    const main = module.main.map(({ symbol, path }) =>
      link(`\`${symbol.name}\``, { path, startLine: symbol.startLine, endLine: symbol.endLine }),
    );
    const needs = [...module.dependsOn.keys()].map((folder) => `\`${folder === '' ? '.' : folder}\``);
    return `| \`${module.folder === '' ? '.' : module.folder}\` | ${module.files.length} | ${module.lines.toLocaleString('en')} | ${module.languages.slice(0, 3).join(', ')} | ${main.join(', ')} | ${needs.slice(0, 6).join(', ')}${needs.length > 6 ? '…' : ''} |`;
  });
  const image =
    picture === undefined ? '' : `![Module map: folders, each above those it imports](${asDataUri(picture)})\n\n`;
  const merged = modules.filter(({ folder, files }) => files.some(({ path }) => parent(path) !== folder));
  const told = [
    ...(merged.some(({ folder }) => isSupportFolder(folder))
      ? ['Folders of tests, examples and tools are told as one.']
      : []),
    ...(merged.some(({ folder }) => !isSupportFolder(folder))
      ? [`Folders more than ${depth} ${depth === 1 ? 'level' : 'levels'} deep are told with the ones above them.`]
      : []),
  ];
  const deeper = told.length > 0 ? `\n\n${told.join(' ')}` : '';
  return `## Module map\n\n${image}| Folder | Files | Lines | Languages | Main definitions | Imports |\n| --- | ---: | ---: | --- | --- | --- |\n${rows.join('\n')}${deeper}`;
}

function entryPoints({ reader, manifests, scope }: SummaryDocument): string {
  const declared = manifests.flatMap(({ path, entryPoints: all }) =>
    all.map((entry: EntryPoint) => {
      const where = link(`${path}:${entry.line}`, { path, startLine: entry.line, endLine: entry.line });
      const text = `- ${entry.kind}${entry.name === '' ? '' : ` \`${entry.name}\``}${entry.target === '' ? '' : ` leads to \`${entry.target}\``} (${where})`;
      return { text, isSupport: isTestPath(path) };
    }),
  );
  const mains = reader
    .files()
    .filter(({ path, language }) => (scope === '' || path.startsWith(`${scope}/`)) && !isData({ language }))
    .flatMap(({ path, language }) =>
      reader
        .symbolsOf(path)
        .filter(
          ({ name, kind, local, scope: outer }) =>
            name === 'main' &&
            (kind === 'function' || kind === 'method') &&
            !local &&
            outer.length <= 1 &&
            language !== 'markdown',
        )
        .map((symbol) => ({
          path,
          text: `- function ${link(`\`${[...symbol.scope, symbol.name].join('.')}\``, { path, startLine: symbol.startLine, endLine: symbol.endLine })} in \`${path}\``,
        })),
    )
    .map(({ path, text }) => ({ text, isSupport: isTestPath(path) }));
  const found = [...declared, ...mains];
  const own = found.filter(({ isSupport }) => !isSupport).map(({ text }) => text);
  const support = found.filter(({ isSupport }) => isSupport).map(({ text }) => text);
  const others = support.length - mostSupport;
  const all = [
    ...own,
    ...support.slice(0, mostSupport),
    ...(others > 0 ? [`- and ${others} more in examples, tests and tools`] : []),
  ];
  if (all.length === 0) return '';
  const more = all.length > mostEntryPoints ? [`- and ${all.length - mostEntryPoints} more`] : [];
  return `## Entry points\n\n${[...all.slice(0, mostEntryPoints), ...more].join('\n')}`;
}

function folders({ reader, scope, nodes, depth }: SummaryDocument): string {
  const byFolder = new Map<string, SummaryNode[]>();
  for (const node of nodes.filter(({ kind }) => kind === 'file')) {
    const folder = moduleFolder(parent(node.path), scope, depth);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), node]);
  }
  const isSilent = (folder: string, files: readonly SummaryNode[]): boolean =>
    files.every(({ path }) => isData(reader.file(path) ?? { language: '' })) &&
    (folder === scope ||
      /^Holds `/.test(nodes.find(({ path, kind }) => kind !== 'file' && path === folder)?.summary ?? 'Holds `'));
  const silent = [...byFolder].filter(([folder, files]) => isSilent(folder, files)).map(([folder]) => folder);
  const sections = [...byFolder]
    .filter(([folder]) => !silent.includes(folder))
    .toSorted(([a], [b]) => Number(isSupportFolder(a)) - Number(isSupportFolder(b)) || (a < b ? -1 : 1))
    .map(([folder, files]) => {
      const node = nodes.find(({ path, kind }) => kind !== 'file' && path === folder);
      const code = files.filter(({ path }) => !isData(reader.file(path) ?? { language: '' }));
      const quiet = files.length - code.length;
      const isSupport = isSupportFolder(folder);
      const told = isSupport ? code : code.filter(({ path }) => !isTestPath(path));
      const tests = code.length - told.length;
      const lines = told
        .slice(0, isSupport ? mostSupport : mostFiles)
        .map(
          (file) =>
            `- ${link(`\`${file.path.slice(folder === '' ? 0 : folder.length + 1)}\``, wholeFile(reader, file.path))}: ${linked(file)}`,
        );
      const rest = told.length - lines.length;
      const more = [
        ...(rest > 0 ? [`${rest} more ${rest === 1 ? 'file' : 'files'} of code`] : []),
        ...(tests > 0 ? [`${tests} ${tests === 1 ? 'file' : 'files'} of tests`] : []),
        ...(quiet > 0 ? [`${quiet} ${quiet === 1 ? 'file' : 'files'} of data and text`] : []),
      ];
      const own = node && node.kind === 'folder' && folder !== scope ? `\n\n${linked(node)}` : '';
      const list = [
        ...lines,
        ...(more.length > 0 ? [`- ${lines.length > 0 ? 'and ' : ''}${more.join(', ')}`] : []),
      ].join('\n');
      return `### \`${folder === '' ? '.' : `${folder}/`}\`${own}\n\n${list}`;
    });
  if (silent.length > 0)
    sections.push(
      `Data and text alone: ${silent
        .toSorted()
        .map((folder) => `\`${folder === '' ? '.' : `${folder}/`}\``)
        .join(', ')}.`,
    );
  return sections.length === 0 ? '' : `## Folder by folder\n\n${sections.join('\n\n')}`;
}

function wholeFile(reader: IndexReader, path: string): LineRange {
  return { path, startLine: 1, endLine: Math.max(reader.file(path)?.lines ?? 1, 1) };
}

/** A node's text with its numbers as links: a name becomes the link itself, any other number the place in parentheses. */
function linked(node: Pick<SummaryNode, 'summary' | 'citations'>): string {
  const place = (number: string): SummaryNode['citations'][number] | undefined =>
    node.citations.find((citation) => citation.number === Number(number));
  const mark = (citation: SummaryNode['citations'][number]): string =>
    citation.status === 'stale' ? ' (changed since it was read)' : '';
  return node.summary.replaceAll(
    /(`[^`]+`) \[(\d+)\]| ?(?<!\\)\[(\d+)\]/g,
    (whole: string, name: string | undefined, ofName: string | undefined, alone: string | undefined) => {
      const citation = place(ofName ?? alone ?? '');
      if (!citation) return whole;
      if (name !== undefined) return link(name, citation) + mark(citation);
      const file = citation.path.slice(citation.path.lastIndexOf('/') + 1);
      return ` (${link(`${file}:${citation.startLine}`, citation)})${mark(citation)}`;
    },
  );
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('`', "'").replaceAll(/\s+/g, ' ');
}
