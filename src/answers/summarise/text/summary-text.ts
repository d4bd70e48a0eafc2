/** The summary as a Markdown document in which every statement links to its lines, as `path#L12-L40`. */
import type { Speaker } from '../../../base/speaker.ts';
import { counted, say } from '../../../base/sentences.ts';
import { phrases } from '../../../markdown/phrases.ts';
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
  quotation,
  table,
} from '../../../markdown/tree.ts';
import { write } from '../../../markdown/write.ts';
import { renderedDocumentation } from '../../code/documentation/markup.ts';
import { firstDocumentParagraph } from '../../code/file-comment.ts';
import { fileText, qualifiedName } from '../../code/file-text.ts';
import { parent } from '../../code/imports.ts';
import type { Command, EntryPoint } from '../../code/manifests/manifest.ts';
import { isData, isSupportFolder, isTestPath } from '../../code/module-map.ts';
import { whatChanged } from './changes-text.ts';
import { beginning, folders, mostSupport } from './folder-text.ts';
import { lineOf, linked, lines, oneLine } from './linked.ts';
import { asDataUri } from './module-picture.ts';
import { mainPaths } from './paths-text.ts';
import type { SummaryDocument } from './summary-document.ts';

const mostCommands = 14;
const mostEntryPoints = 16;

export function renderSummary(document: SummaryDocument): string {
  const rest = document.since === undefined ? folders(document) : whatChanged(document);
  return `${write([...opening(document), ...rest])}\n`;
}

/** All but what is said folder by folder. */
export function opening(document: SummaryDocument): Block[] {
  return [
    title(document),
    ...document.notices.map((notice) => quotation(paragraph(notice))),
    ...(document.since === undefined
      ? [
          ...whatItIs(document),
          ...commands(document),
          ...moduleTable(document),
          ...entryPoints(document),
          ...mainPaths(document),
        ]
      : []),
  ];
}

function title({ title: name, scope, since, speaker }: SummaryDocument): Block {
  const what: Inline[] = scope === '' ? [name] : [name, ': ', code(`${scope}/`)];
  return since === undefined
    ? heading(1, ...what)
    : heading(1, ...filled(speaker.say('{0}, changed since {1}'), what, [code(since)]));
}

function whatItIs({ reader, scope, nodes, manifests, speaker }: SummaryDocument): Block[] {
  const root = nodes.find(({ path, kind }) => path === scope && kind !== 'file');
  const readme = reader
    .files()
    .find(({ path }) => parent(path) === scope && /^readme(?:\.\w+)?$/i.test(path.slice(path.lastIndexOf('/') + 1)));
  const text = readme && fileText(reader, readme.path);
  const opening = text && firstDocumentParagraph(text.lines);
  const parts: Block[] = [];
  if (readme && opening)
    parts.push(
      quotation(
        paragraph(...phrases(plain(renderedDocumentation(opening.text, text.language)))),
        paragraph(lines(code(`${readme.path}:${opening.startLine}`), { path: readme.path, ...opening })),
      ),
    );
  const said = new Set<string>();
  for (const { path, name, description } of manifests.filter((manifest) => parent(manifest.path) === scope)) {
    if (!description || said.has(description.text)) continue;
    said.add(description.text);
    const subject: Inline[] = name ? [code(name.text), ': '] : [];
    parts.push(paragraph(...subject, ...phrases(description.text), ' (', lineOf(path, description.line), ')'));
  }
  if (root)
    parts.push(
      ...linked(parts.length === 0 ? root : { ...root, summary: definitionsOnly(root.summary, speaker) }, speaker),
    );
  return [heading(2, speaker.say('What it is')), ...parts];
}

/** The README's sentence stands above already; what is left of an extractive summary is what is defined. */
function definitionsOnly(summary: string, speaker: Speaker): string {
  const at = summary.indexOf(`${beginning(speaker.say('Defines {0}.'))}\``);
  return at < 0 ? summary : summary.slice(at);
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

function commands({ manifests, speaker }: SummaryDocument): Block[] {
  const all = manifests.flatMap(({ path, commands: own }) => own.map((command) => ({ path, command })));
  if (all.length === 0) return [];
  const useful = ({ command }: Command): number =>
    ['test', 'build', 'start', 'run', 'dev', 'lint', 'check', 'install'].findIndex((word) => command.includes(word)) >>>
    0;
  const depth = Math.min(...all.map(({ path }) => path.split('/').length));
  const shown = all
    .filter(({ path }) => path.split('/').length === depth)
    .toSorted((a, b) => useful(a.command) - useful(b.command))
    .slice(0, mostCommands);
  const rows = shown.map(({ path, command: { command, runs, line } }): Inline[][] => [
    [oneLine(command)],
    [
      runs === ''
        ? speaker.say('by the convention of the tool')
        : oneLine(runs.length > 90 ? `${runs.slice(0, 89)}…` : runs),
    ],
    [lineOf(path, line)],
  ]);
  return [
    heading(2, speaker.say('How to run and test it')),
    table(
      [null, null, null],
      [[[speaker.say('Command')], [speaker.say('Runs')], [speaker.say('Where it says so')]], ...rows],
    ),
    ...(all.length > shown.length
      ? [
          paragraph(
            speaker.say(
              '{0} more in {1} manifests.',
              all.length - shown.length,
              new Set(all.map(({ path }) => path)).size,
            ),
          ),
        ]
      : []),
  ];
}

function folderCell(folder: string, { pageOf }: SummaryDocument): Inline {
  const url = pageOf?.(folder);
  const name = code(folder === '' ? '.' : folder);
  return url === undefined ? name : link(url, name);
}

function moduleTable(document: SummaryDocument): Block[] {
  const { modules, picture, depth, speaker } = document;
  if (modules.length === 0) return [];
  const rows = modules.map((module): Inline[][] => {
    const main = module.main.map(({ symbol, path }) => [
      lines(code(symbol.name), { path, startLine: symbol.startLine, endLine: symbol.endLine }),
    ]);
    const needs = [...module.dependsOn.keys()].map((folder) => [folderCell(folder, document)]);
    return [
      [folderCell(module.folder, document)],
      [String(module.files.length)],
      [speaker.words(module.lines)],
      [module.languages.slice(0, 3).join(', ')],
      joined(main, ', '),
      [...joined(needs.slice(0, 6), ', '), needs.length > 6 ? '…' : ''],
    ];
  });
  const merged = modules.filter(({ folder, files }) => files.some(({ path }) => parent(path) !== folder));
  const told = [
    ...(merged.some(({ folder }) => isSupportFolder(folder))
      ? [speaker.say('Folders of tests, examples and tools are shown as one.')]
      : []),
    ...(merged.some(({ folder }) => !isSupportFolder(folder))
      ? [
          speaker.words(
            counted(
              depth,
              say('Folders more than {0} level deep are shown with the ones above them.', depth),
              say('Folders more than {0} levels deep are shown with the ones above them.', depth),
            ),
          ),
        ]
      : []),
  ];
  return [
    heading(2, speaker.say('Module map')),
    ...(picture === undefined
      ? []
      : [
          paragraph({
            type: 'image',
            url: asDataUri(picture),
            alt: speaker.say('Module map: folders, each above those it imports'),
          }),
        ]),
    table(
      [null, 'right', 'right', null, null, null],
      [
        [
          [speaker.say('Folder')],
          [speaker.say('Files')],
          [speaker.say('Lines')],
          [speaker.say('Languages')],
          [speaker.say('Main definitions')],
          [speaker.say('Imports')],
        ],
        ...rows,
      ],
    ),
    ...(told.length > 0 ? [paragraph(told.join(' '))] : []),
  ];
}

function entryPoints({ reader, manifests, scope, speaker }: SummaryDocument): Block[] {
  const declared = manifests.flatMap(({ path, entryPoints: all }) =>
    all.map(({ kind, name, target, line }: EntryPoint) => ({
      item: [
        kind,
        ...(name === '' ? [] : [' ', code(name)]),
        ...(target === '' ? [] : [' ', ...filled(speaker.say('leads to {0}'), [code(target)])]),
        ' (',
        lineOf(path, line),
        ')',
      ] as Inline[],
      isSupport: isTestPath(path),
    })),
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
          item: filled(
            speaker.say('function {0} in {1}'),
            [lines(code(qualifiedName(symbol)), { path, ...symbol })],
            [code(path)],
          ),
          isSupport: isTestPath(path),
        })),
    );
  const found = [...declared, ...mains];
  const own = found.filter(({ isSupport }) => !isSupport).map(({ item }) => item);
  const support = found.filter(({ isSupport }) => isSupport).map(({ item }) => item);
  const others = support.length - mostSupport;
  const all: Inline[][] = [
    ...own,
    ...support.slice(0, mostSupport),
    ...(others > 0 ? [[speaker.say('and {0} more in examples, tests and tools', others)]] : []),
  ];
  if (all.length === 0) return [];
  const more: Inline[][] =
    all.length > mostEntryPoints ? [[speaker.say('and {0} more', all.length - mostEntryPoints)]] : [];
  return [heading(2, speaker.say('Entry points')), bullets([...all.slice(0, mostEntryPoints), ...more])];
}
