/** Lanes: code is ranked among code, and documents and configuration among themselves, each with statistics of its own. */

export type Lane = 'code' | 'document' | 'configuration';

const documentEndings = new Set([
  'md',
  'mdx',
  'markdown',
  'rst',
  'txt',
  'adoc',
  'asciidoc',
  'org',
  'tex',
  'html',
  'htm',
  'pod',
  'man',
  'texi',
  '1',
  '3',
  'ipynb',
]);
const configurationEndings = new Set([
  'json',
  'jsonc',
  'json5',
  'yaml',
  'yml',
  'toml',
  'ini',
  'cfg',
  'conf',
  'xml',
  'properties',
  'lock',
  'env',
  'editorconfig',
  'csproj',
  'sln',
  'props',
  'targets',
  'gradle',
  'csv',
  'tsv',
  'svg',
  'snap',
  'mod',
  'sum',
  'plist',
  'resx',
  'nuspec',
  'gemspec',
  'log',
  'diff',
  'patch',
]);
const documentNames =
  /^(readme|changelog|changes|history|license|licence|copying|notice|authors|contributors|contributing|install|news|todo|security|maintainers|code_of_conduct)\b/i;
const configurationNames =
  /^(\.[^.]+(rc|ignore|attributes|config|modules)|makefile|dockerfile|gemfile|rakefile|procfile|justfile|cmakelists\.txt|requirements.*\.txt)$/i;

/** The lane of a file, by its name alone. */
export function laneOf(path: string): Lane {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (configurationNames.test(name)) return 'configuration';
  const dot = name.lastIndexOf('.');
  const ending = dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
  if (configurationEndings.has(ending)) return 'configuration';
  if (documentEndings.has(ending)) return 'document';
  if (dot <= 0 && documentNames.test(name)) return 'document';
  return 'code';
}
