/** Every file, npm script, command, option, setting and environment variable that the documents name exists. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { z } from 'zod';
import { createProgram } from '../../../src/cli/program.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('docs/*.md', { cwd: root }),
];
const manifest = z
  .looseObject({
    scripts: z.record(z.string(), z.string()),
    contributes: z.looseObject({ configuration: z.unknown() }),
  })
  .parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));

/** What is made by a command and is in no checkout. */
const isMade = (name: string): boolean => /^(?:out|dist|node_modules)(?:\/|$)/.test(name);
/** A place in this repository: it begins with one of its folders. */
const place =
  /(?<![\w/.:-])(?:src|test|tools|webview|docs|media|l10n|native-models|\.ci|out|dist)\/[\w./*{},-]*[\w*}]|(?<![\w/.-])(?:src|test|tools|webview)(?=`)/g;

/** Inline code and code blocks. */
function codeOf(text: string): readonly string[] {
  return [...text.matchAll(/```[^\n]*\n([\s\S]*?)```|(?<!`)`([^`\n]+)`(?!`)/g)].map(
    ([, block, inline]) => block ?? inline ?? '',
  );
}

const program = createProgram(
  new AbortController().signal,
  () => undefined,
  () => undefined,
);

/** What a line that begins with `longsight` names and is not there: a command, a subcommand, an option. */
function unknownIn(line: string): readonly string[] {
  const words = line
    .replaceAll(/"[^"]*"/g, 'TEXT')
    .split(/\s+/)
    .slice(1);
  let at: Command = program;
  const unknown: string[] = [];
  for (const word of words) {
    // `list|get|import` stands for each of them.
    const names = word.split(/\\?\|/);
    if (word.startsWith('--')) {
      const name = (word.split('=')[0] ?? '').replace(/[,.)…]+$/, '');
      const known = [...at.options, ...program.options].some(({ long }) => long === name) || name === '--help';
      if (!known) unknown.push(`${at.name()} ${name}`);
    } else if (at.commands.length > 0 && /^[a-z|\\]+$/.test(word)) {
      const found = names.map((name) => at.commands.find((one) => one.name() === name));
      for (const [i, one] of found.entries()) if (!one) unknown.push(names[i] ?? '');
      at = found[0] ?? at;
    }
  }
  return unknown;
}

for (const document of documents)
  describe(document, () => {
    const text = readFileSync(path.join(root, document), 'utf8');
    const code = codeOf(text);

    it('names only places that exist', () => {
      const named = code.flatMap((one) => `${one}\``.match(place) ?? []).filter((name) => !isMade(name));
      const missing = named.filter((name) =>
        /[*{]/.test(name) ? globSync(name, { cwd: root }).length === 0 : !existsSync(path.join(root, name)),
      );
      assert.deepEqual(missing, []);
    });

    it('links only to files that exist', () => {
      const links = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, target = '']) => target);
      const own = links.filter((target) => !/^[a-z]+:/.test(target));
      const missing = own.filter((target) => !existsSync(path.join(root, path.dirname(document), target)));
      assert.deepEqual(missing, []);
    });

    it('names only commands and options of longsight that there are', () => {
      const lines = code
        .flatMap((one) => one.split('\n'))
        .flatMap(
          (line) =>
            /(?:^|\s)longsight(?: --)? [^#]*/.exec(line)?.[0].trim().replace('longsight -- ', 'longsight ') ?? [],
        )
        .filter((line) => /^longsight [a-z<]/.test(line));
      assert.deepEqual(lines.flatMap(unknownIn), []);
    });

    it('names only npm scripts, settings and variables that there are', () => {
      const scripts = code.flatMap((one) =>
        [...one.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name),
      );
      assert.deepEqual(
        scripts.filter((name) => !Object.hasOwn(manifest.scripts, name)),
        [],
      );
      const settings = code.flatMap((one) => [...one.matchAll(/^longsight\.[a-zA-Z.]+$/g)].map(([name]) => name));
      const known = JSON.stringify(manifest.contributes);
      assert.deepEqual(
        settings.filter((name) => !known.includes(`"${name}"`)),
        [],
      );
      const variables = new Set(text.match(/\bLONGSIGHT_[A-Z_]+\b/g));
      const sources = globSync('{src,test,tools}/**/*.{ts,mjs}', { cwd: root })
        .filter((name) => !name.endsWith('documents.test.ts'))
        .map((name) => readFileSync(path.join(root, name), 'utf8'))
        .join('\n');
      assert.deepEqual(
        [...variables].filter((name) => !sources.includes(name)),
        [],
      );
    });
  });
