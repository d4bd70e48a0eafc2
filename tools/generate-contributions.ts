/** Writes package.json's VS Code fields, package.nls.json and l10n/bundle.l10n.json from their sources; with --check it only says whether they are true. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { catalogueSentences } from '../src/base/speaker.ts';
import { readCatalogue } from '../src/models/catalogue.ts';
import { collectStrings } from './l10n-strings.ts';
import { buildManifest } from './manifest.ts';

const root = path.join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

const { fields, words } = buildManifest();
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
// The command line speaks English only; everything else may reach the editor.
const sentences = new Set([
  ...collectStrings(path.join(root, 'src'), ['cli']),
  ...catalogueSentences(),
  ...(await readCatalogue()).map(({ note }) => note),
]);
const bundle = Object.fromEntries([...sentences].sort((a, b) => (a < b ? -1 : 1)).map((text) => [text, text]));

const style = await resolveConfig(path.join(root, 'package.json'));
const json = (value: unknown, parser: string): Promise<string> =>
  format(JSON.stringify(value, null, 2), { ...style, parser });
const outputs: readonly [string, string][] = [
  ['package.json', await json({ ...manifest, ...fields }, 'json-stringify')],
  ['package.nls.json', await json(words, 'json')],
  ['l10n/bundle.l10n.json', await json(bundle, 'json')],
];

let wrong = 0;
for (const [name, text] of outputs) {
  const file = path.join(root, name);
  const now = readOrEmpty(file);
  if (now === text) continue;
  if (check) {
    wrong += 1;
    process.stderr.write(`${name} is not what its sources say: run "npm run contributions".\n`);
  } else {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${name}\n`);
  }
}
process.exitCode = wrong > 0 ? 1 : 0;

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
