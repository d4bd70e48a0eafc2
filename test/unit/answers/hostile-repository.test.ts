/** A repository whose names and texts try to break out of Markdown, through the real index: evidence, explanations, summary. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';
import { harmless, readAsGitHub, readAsPreview } from '../../support/markdown-reading.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const image = '![p](http://evil.example/p.png)';
const html = '<img src="http://evil.example/q.png">';
const breakout = `\` ${image} ${html} [x](command:evil) \``;
const never = new AbortController().signal;
const readers = [readAsGitHub, readAsPreview];

/** Case U1 of a public report, and its kind. */
const args = [
  '/** Splits a path; gives `parts[1]` and argv[1] back, else rows[2]. */',
  'export function secondPart(path: string): string {',
  "  return helper(path)[1] ?? ''",
  '}',
  '',
  '/** Cuts at slashes, see table [2] of the manual. */',
  'export function helper(path: string): string[] {',
  "  return path.split('/')",
  '}',
  '',
].join('\n');

let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFiles({ after: (cleanup) => cleanups.push(cleanup) }, 'hostile`![x](http:', {
    'package.json': JSON.stringify({
      name: breakout,
      description: `${image} ${html} ${breakout}`,
      bin: { [breakout]: `./${breakout}.js` },
      scripts: { [breakout]: `echo ${breakout}`, test: `\n${image}\n\n${html}` },
    }),
    'README.md': `# Title\n\nReads ${image} and ${html} of [the site](http://evil.example) <http://evil.example>.\n`,
    'src/a`b![c](d).js': `/** Adds ${image} ${html} [1] [z](command:evil) www.evil.example. */\nexport function add() { return 1 }\n`,
    'src/command:evil?[].js': `// ${breakout}\nimport { add } from './a\`b![c](d).js';\nexport const sum = () => add();\n`,
    'src/args.ts': args,
  });
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

describe('a hostile repository', () => {
  it('brings no picture, HTML or foreign link into the summary', async () => {
    const { answers } = answersOver(folder);
    const { markdown } = await answers.summarize({}, () => undefined, never);
    for (const reader of readers) {
      const reading = reader(markdown);
      const files = folder.index.reader.files().map(({ path }) => path);
      assert.deepEqual(reading.html, []);
      assert.ok(reading.images.every((url) => url.startsWith('data:image/svg+xml;base64,')));
      assert.deepEqual(
        reading.links.filter((url) => !files.includes(url.replace(/#L\d+(?:-L\d+)?$/, ''))),
        [],
      );
      assert.ok(reading.codes.includes(breakout.trim()));
    }
  });

  it('brings none into a summary that a decoder wrote', async () => {
    const decoder = scriptedDecoder({ says: `It is ${image} ${html} [z](command:evil) <http://evil.example> [1].` });
    const { answers } = answersOver(folder, { with: decoder, prose: true });
    const { markdown } = await answers.summarize({ model: 'scripted' }, () => undefined, never);
    for (const reader of readers) {
      const reading = reader(markdown);
      assert.deepEqual([reading.html, reading.images.filter((url) => !url.startsWith('data:'))], [[], []]);
      assert.ok(reading.links.every((url) => /#L\d/.test(url)));
    }
  });

  it('brings none into explanations and evidence', async () => {
    const { answers, onEvent } = answersOver(folder);
    for (const { path } of folder.index.reader.files()) {
      for (const startLine of [1, 2, 3]) {
        const { answer } = await answers.explain({ path, startLine }, onEvent, never).catch(() => ({ answer: '' }));
        for (const reader of readers) harmless(reader(answer));
      }
    }
    const { answer } = await answers.ask({ question: 'What does add do?' }, onEvent, never);
    assert.match(answer, /add/);
    for (const reader of readers) harmless(reader(answer));
  });

  it('reads brackets of code as code, never as citations', async () => {
    const { answers, onEvent } = answersOver(folder);
    const { answer } = await answers.explain({ path: 'src/args.ts', startLine: 2 }, onEvent, never);
    assert.match(answer, /gives `parts\[1\]` and argv\\\[1] back, else rows\\\[2]/);
    const { markdown } = await answers.summarize({}, () => undefined, never);
    for (const reader of readers) assert.ok(reader(markdown).codes.includes('parts[1]'));
    assert.match(readAsGitHub(markdown).text, /argv\[1\] back, else rows\[2\]/);
  });
});
